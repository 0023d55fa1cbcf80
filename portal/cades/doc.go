// SPDX-License-Identifier: BSD-3-Clause

// Package cades makes and verifies CAdES signatures (ETSI EN 319 122-1) of the baseline levels B-B and B-T: a document
// inside its signature (.p7m), a signature apart from its document (.p7s), and a further signature beside those of a .p7m
// that exists. It holds no key and speaks to no card: Prepare gives the digest that a card signs, Assemble takes the
// signature. It makes the CMS of a PAdES signature too (EN 319 142-1, 6.3), which package pades puts into a PDF.
//
// # Signing
//
//	p, err := cades.Prepare(file, cades.Options{Certificate: cert, SigningTime: time.Now()})
//	signature := ... // RSASSA-PKCS1-v1_5 with SHA-256 over p.Digest(), by the card
//	s, err := p.Assemble(signature)
//	err = s.Stamp(ctx, tsa) // for B-T
//	err = s.WriteAttached(out, file) // the file again, from its beginning
//
// The document is read twice and never held: once for its digest, and once to be written out. A document that changed in
// between is found out while it is written.
//
// # Verifying
//
//	m, err := cades.Read(data)
//	found, err := m.Verify(ctx, trust, cades.Input{}) // Content, if it is a .p7s
//	if found[0].Good() { ... m.Content() ... }
//
// Each signature is verified by itself: the signed attributes are there once, in DER, and name this content, its digest
// and this certificate; the algorithms are not broken and fit together; the key of the certificate signed them; and what
// document.Trust says of the certificate, at the time of a time stamp or now. What is not looked at: countersignatures,
// and what is above B-T (archive time stamps, revocation data inside). Content is what was signed only if a signature is
// good, and then by whom it says.
//
// DER and BER are read, with at most 256 MB, 32 signers and 64 certificates; also in base64 or PEM, as Italian portals
// and mail programs hand them out. Sets that are out of order, repeated attributes and signatures without attributes are
// faults even where other programs accept them.
package cades
