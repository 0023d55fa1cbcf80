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
package cades
