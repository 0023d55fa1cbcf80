// SPDX-License-Identifier: BSD-3-Clause

// Package asic makes and reads ASiC-S containers (ETSI EN 319 162-1): a ZIP file with one document and its detached
// signature, by CAdES or XAdES. It makes no signature itself: packages cades and xades do. It reads no ASiC-E, which
// holds several documents.
//
//	p, err := asic.Prepare(file, asic.Options{Format: document.CAdES, Name: "domanda.pdf", Certificate: cert, SigningTime: time.Now()})
//	signature := ... // RSASSA-PKCS1-v1_5 with SHA-256 over p.Digest(), by the card
//	s, err := p.Assemble(signature)
//	err = s.Write(out, file) // the file again, from its beginning
//
//	c, err := asic.Read(r, size)
//	found, err := c.Verify(ctx, trust)
//	if found[0].Good() { ... c.Name(), c.Open() ... }
//
// A container must be what every program sees in the same way: the file mimetype first and stored, the document in no
// folder, one file of signatures, nothing else, nothing twice, nothing between them, and the same names at both places
// where a ZIP file has them. What grows to more than a hundred times its size is refused.
package asic
