// SPDX-License-Identifier: BSD-3-Clause

// Package pades signs PDFs and verifies their signatures: PAdES (ETSI EN 319 142-1) of the baseline levels B-B and B-T. It
// shows no document and draws nothing but the box of its own signature; it holds no key and speaks to no card. What is
// in a signature (CMS) is the work of package cades, what is in a file that of package pades/pdf.
//
// # Signing
//
//	p, err := pades.Prepare(file, pades.Options{Certificate: cert, SigningTime: time.Now()})
//	signature := ... // RSASSA-PKCS1-v1_5 with SHA-256 over p.Digest(), by the card
//	s, err := p.Assemble(signature)
//	err = s.Stamp(ctx, authority) // for B-T
//	_, err = s.WriteTo(out)
//
// The file is held once, by the caller; a signature adds some 10 to 40 kB to it and changes no byte of it (an incremental
// update, ISO 32000-2, 7.5.6), so that earlier signatures stay valid. Forms, their fields and their values are kept.
//
// # What cannot be signed
//
// An encrypted file; one that another signature certifies with no changes allowed (DocMDP, P 1); one whose structure is
// damaged, because nothing is repaired here; a file beyond the limits of package pdf. Each of them is a
// *document.Refusal.
//
// # What Verify looks at
//
// Beside what package cades says of the CMS: that /ByteRange starts at the first byte, and leaves out exactly the string
// of /Contents; that it ends where a revision of the file ends, in which the signature is there as it is now; and what
// was added to the file later. Further signatures, time stamps and validation data are no fault, nor are values of form
// fields, unless a certification or a lock forbids them: a note says that they were added. Anything else is
// document.FaultChangedAfter, however invisible it may be: a page, a font, an annotation, an object that was
// hidden in the signed file, or missing there and added later (the "shadow attacks").
package pades

import (
	"errors"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// refusal says what an error of package pdf means for a document.
func refusal(err error) error {
	if _, ok := errors.AsType[*document.Refusal](err); ok || err == nil {
		return err
	}
	switch {
	case errors.Is(err, pdf.ErrEncrypted):
		return document.RefuseFor(document.FaultEncrypted, err)
	case errors.Is(err, pdf.ErrTooLarge):
		return document.RefuseFor(document.FaultTooLarge, err)
	case errors.Is(err, pdf.ErrNotPDF), errors.Is(err, pdf.ErrMalformed):
		return document.RefuseFor(document.FaultFormat, err)
	}
	return err
}
