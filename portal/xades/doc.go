// SPDX-License-Identifier: BSD-3-Clause

// Package xades makes and verifies XAdES signatures (ETSI EN 319 132-1) of the baseline levels B-B and B-T: inside of the
// XML that is signed (enveloped), around any document (enveloping), and apart from it (detached). It holds no key, speaks
// to no card and fetches nothing: Prepare gives the digest that a card signs, Assemble takes the signature.
//
// # Signing
//
//	p, err := xades.PrepareEnveloped(file, xades.Options{Certificate: cert, SigningTime: time.Now()})
//	signature := ... // RSASSA-PKCS1-v1_5 with SHA-256 over p.Digest(), by the card
//	s, err := p.Assemble(signature)
//	err = s.Stamp(ctx, tsa) // for B-T
//	err = s.Write(out, nil) // the file as it was, byte for byte, and the signature at the end of its root element
//
// An enveloped signature covers the whole file but for signatures, comments and the XML declaration; a further one leaves
// those before it good. An enveloping one keeps each byte of its document, in base64. XAdES has no place for the reason
// and the shown name that a PDF has.
//
// # Verifying
//
//	m, err := xades.Read(data)
//	found, err := m.Verify(ctx, trust, xades.Input{}) // Contents, if documents are outside
//	if found[0].Good() { ... found[0].Covered[0].WriteTo(w) ... }
//
// What is verified is what is returned: Covered names what a good signature vouches for, and writes its very bytes. The
// defences, each with its fault: a document type declaration, and with it entities; identifiers that two elements share,
// where a signature refers to them; signed properties that are not in the signature itself; an Object that nobody has
// signed; transforms other than canonical forms, base64, and leaving out signatures; methods with a shared key, SHA-1 and
// MD5; a part of a document; a document outside that was not given. Certificates and keys inside are believed in nothing.
//
// XML of up to 20 MB is read, with at most 32 signatures, of 16 references each. What is not looked at:
// countersignatures, the references of a manifest, and what is above B-T.
package xades
