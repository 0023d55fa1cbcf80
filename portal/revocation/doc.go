// SPDX-License-Identifier: BSD-3-Clause

// Package revocation asks the authorities whether a certificate was taken back: by OCSP (RFC 6960) and, where that gives
// no answer, by the revocation list (RFC 5280), at the addresses that the certificate itself names. A [Checker] is the
// Revocation of package portal. It is not a validator of chains: who calls it has checked that the issuer is trusted and
// has signed the certificate.
//
// # The outcomes
//
// nil: good. ErrRevoked: taken back for good. ErrSuspended: on hold, which is how a lost card looks. ErrUnknown: the
// authority does not know the certificate. ErrUnavailable: there was no answer that may be believed. Each of them is
// final, except the last, which makes the Checker try the next address: OCSP first, then lists. A Checker fails closed:
// with SoftFail, and only then, ErrUnavailable counts as good. Revoked, suspended and unknown never do.
//
// # Which OCSP answers are believed
//
// Those of at most 64 kB, signed (not with SHA-1) by the issuer, or by a certificate with id-kp-OCSPSigning that the
// issuer itself has signed and that is valid now; about this certificate and this issuer; whose thisUpdate is past and
// not older than MaxAge, and whose nextUpdate, if any, is to come, give or take five minutes; and which repeat our nonce
// (RFC 9654). Authorities that sign answers beforehand repeat none: AcceptNoNonce believes those too, at the price that
// whoever stands between may repeat an answer until its nextUpdate. Whether the certificate of a delegated responder was
// revoked itself is not asked (RFC 6960, 4.2.2.2.1, leaves that to the client).
//
// # Which lists are believed
//
// Those of at most 20 MB, signed (not with SHA-1) by the issuer in its own name, with thisUpdate as above and a
// nextUpdate to come, that cover the certificate (issuingDistributionPoint). Delta and indirect lists, those for some
// reasons only, and those with a critical extension that is not understood are refused. A list is kept in memory until
// its nextUpdate, at most for a day.
//
// # Which addresses are asked
//
// http and https; others, as ldap, are skipped. At most three redirects are followed, to the same scheme only. This
// machine and link-local addresses (where clouds tell their secrets) are refused, after the name has been resolved;
// AllowLoopback is for tests. A server that does not answer at all is left alone for ten seconds, so that logins do not
// wait in turn for each of its time-outs. With Options.Proxy the proxy resolves names, and has to refuse its own network itself.
package revocation
