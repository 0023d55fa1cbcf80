// SPDX-License-Identifier: BSD-3-Clause

// Package document holds what all formats of signed documents share: what the verification of a signature answers
// ([Signature], [Fault], [Kind]), and the decision over the certificate that made it ([Trust]). It reads no document and
// signs none: packages cades, pades and xades do, and build on it.
//
// # What a Signature says
//
// A signature without Faults is good: the document is the one that was signed, a trusted authority issued the
// certificate, and at the time that counts it was neither expired nor revoked. That time is the one of a time stamp of a
// trusted authority; without one it is now, because what a signer claims about the time proves nothing.
//
// [Kind] says what the signature is worth in Italy. FEQ is a qualified one (regulation (EU) 910/2014, art. 3): its
// certificate says qcCompliance and qcSSCD (ETSI EN 319 412-5, 4.2.1 and 4.2.2). FEA is one made with a CNS, which takes
// the place of an advanced electronic signature towards public administrations (DPCM 22 February 2013, art. 61,
// paragraph 2); paragraph 4 leaves it to whoever verifies to check that the certificate is one of such a card, which is
// done by its policy. What a certificate says of itself counts only when a trusted authority has issued it.
package document
