// SPDX-License-Identifier: BSD-3-Clause

// Package portal lets a web portal check a login that a citizen made with a CNS card (a TS-CNS, or another CNS): it
// issues challenges and verifies the Web eID tokens that come back. It verifies signed documents too. It is not a web
// framework and keeps no sessions; it speaks to no card and opens no connection.
//
// A portal needs three things: a [Verifier] with the certificates of the authorities that it trusts, a [ChallengeStore],
// and its own origin. [Login] holds them together, and [Handler] serves it over HTTP: the example of [NewHandler] is the
// whole integration. A portal with several instances shares its challenges in Redis, with portal/redisstore.
//
// # What Verify checks, in this order
//
// The first check that fails ends the verification, and names the [Reason]:
//
//  1. origin: the portal's own origin is https (or localhost, with AllowInsecureLocalhost);
//  2. nonce-unknown: the challenge has the form of one (44 to 128 printable characters);
//  3. format: at most 10,000 bytes, one JSON object without repeated members, the members of a Web eID token, "format"
//     of version 1, strict base64, a certificate that parses. Unknown members are ignored, as Web eID asks;
//  4. algorithm: RS256 or PS256 with an RSA key, ES256 with one on P-256, ES384 with one on P-384;
//  5. key-size, of RSA: 2048 to 4096 bits; 1024 to 4096 with AllowRSA1024;
//  6. key-usage: digitalSignature is there and nonRepudiation is not (a certificate for signatures does not log in),
//     and it is not the certificate of an authority;
//  7. extended-key-usage: absent, or clientAuth among them;
//  8. policy: one of the policies of the CNS (DPCM 22 February 2013, art. 61, paragraph 4, leaves that check to the
//     application that verifies);
//  9. not-yet-valid, expired: the dates of the certificate;
//  10. chain: a trusted authority has signed it. The authority of a region is as a rule itself the trust anchor;
//  11. signature: the key of the certificate signed this origin and this challenge;
//  12. subject: the common name begins with a fiscal code whose check letter is right;
//  13. revocation: whatever Options.Revocation says. It comes last, so that only a person with a genuine card can make
//     the portal ask an authority.
//
// [Login.Verify] redeems the challenge before all of them: nonce-unknown, nonce-used, nonce-expired. A challenge is gone
// after one try, whatever the outcome.
//
// A token does not say for which origin it was made. One that was made for another site, or for another challenge, is
// refused as signature.
//
// # What is refused that some portals still meet
//
// Certificates signed with SHA-1, as on cards of before 2016 or so, are refused as chain: crypto/x509 has no setting
// any more that accepts SHA-1 signatures. Keys of 1024 bits, which the same cards have, are refused unless AllowRSA1024
// says otherwise.
//
// Without Options.Revocation nothing checks whether the card was reported lost. A portal in production needs it: package
// portal/revocation asks the authority, and package portal/trustlist keeps the authorities of the national list.
//
// # Signed documents
//
// [VerifyDocument] is for documents that a citizen signed, with a CNS or otherwise: a PDF, a .p7m or .p7s, XML, an ASiC-S
// container. It says of each signature who made it and when, what it is worth (document.Kind), whether the document is
// the one that was signed ([Integrity]), and everything that is wrong with it (document.Fault). A login says nothing of
// a document, and a signature of a document is no login: the two never stand in for each other. Packages cades, pades,
// xades and asic make signatures.
package portal
