// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"

	"github.com/ponte-cns/ponte/daemon/documents"
	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/xades"
)

// inspect looks at a document. What a signature would be refused for is in the inspection, not in the error.
func (d *paper) inspect(ctx context.Context) (*documents.Inspection, error) {
	if d.inspected != nil {
		return d.inspected, nil
	}
	if err := d.whole(); err != nil {
		return nil, err
	}
	d.kind = kindOf(d.bytes)
	i := &documents.Inspection{Type: d.kind}
	d.sum.Sum(i.SHA256[:0])
	i.Format, i.Shape = d.way()
	if otherThanDeclared(d.kind, d.Type) {
		i.Notes = append(i.Notes, documents.NoteOtherType)
	}
	err := d.fits(i.Format, i.Shape)
	if err == nil {
		err = d.look(ctx, i)
	}
	if err != nil {
		i.Refusal = refusalOf(err).Code
	}
	if i.Signatures > 0 {
		i.Notes = append(i.Notes, documents.NoteSigned)
	}
	d.inspected = i
	return i, nil
}

// way chooses format and shape where the options leave them open.
func (d *paper) way() (format, shape string) {
	format, shape = d.options.Format, d.options.Shape
	if format == "" {
		format = documents.FormatCAdES
		if d.kind == documents.KindPDF {
			format = documents.FormatPAdES
		}
	}
	if shape != "" {
		return format, shape
	}
	switch {
	case format == documents.FormatCAdES && d.kind == documents.KindP7M:
		shape = documents.ShapeParallel
	case format == documents.FormatCAdES:
		shape = documents.ShapeAttached
	case format == documents.FormatXAdES && d.kind == documents.KindXML:
		shape = documents.ShapeEnveloped
	case format == documents.FormatXAdES:
		shape = documents.ShapeEnveloping
	}
	return format, shape
}

// fits refuses a way that is not for this kind of document.
func (d *paper) fits(format, shape string) error {
	o := d.options
	switch {
	case format == documents.FormatPAdES && d.kind != documents.KindPDF,
		shape == documents.ShapeParallel && d.kind != documents.KindP7M,
		shape == documents.ShapeEnveloped && d.kind != documents.KindXML:
		return documents.Refuse(documents.RefusedUnsupported, "this kind of document is not signed so")
	case format != documents.FormatPAdES && (o.Visible != nil || o.Reason != "" || o.Location != ""):
		return documents.Refuse(documents.RefusedFormat, "a box, a reason and a place are for a PDF")
	case shape == documents.ShapeEnveloping && len(d.bytes) > xades.MaxInside:
		return documents.Refuse(documents.RefusedTooLarge, "too large to be put into XML")
	case shape == documents.ShapeEnveloped && len(d.bytes) > xades.MaxAround: // rather now than after the PIN
		return documents.Refuse(documents.RefusedTooLarge, "XML too large to hold its signature")
	}
	return nil
}

// look reads what is in the document.
func (d *paper) look(ctx context.Context, i *documents.Inspection) error {
	switch d.kind {
	case documents.KindPDF:
		return d.lookPDF(ctx, i)
	case documents.KindP7M:
		return d.lookMessage(ctx, i)
	case documents.KindXML:
		return d.lookXML(ctx, i)
	}
	return nil
}

// pdfNotes are the notes of package pades.
var pdfNotes = map[string]documents.Note{
	pades.NoteJavaScript: documents.NoteJavaScript,
	pades.NoteXFA:        documents.NoteForm,
	pades.NoteLaunch:     documents.NoteLaunch,
	pades.NoteFiles:      documents.NoteAttachments,
	pades.NoteUsage:      documents.NoteUsageRights,
}

// lookPDF looks at a PDF. One that cannot be read is refused as a PDF only: any bytes can be put into a .p7m.
func (d *paper) lookPDF(ctx context.Context, i *documents.Inspection) error {
	r, err := pades.Inspect(d.bytes)
	if err != nil {
		i.Notes = append(i.Notes, documents.NoteUnreadable)
		if i.Format != documents.FormatPAdES {
			return nil
		}
		return err
	}
	i.Pages, i.Signatures = r.Pages, r.Signatures
	for _, n := range r.Notes {
		if note, known := pdfNotes[n]; known {
			i.Notes = append(i.Notes, note)
		}
	}
	if r.Signatures > 0 {
		found, err := pades.Verify(ctx, d.bytes, nobody())
		d.judge(i, found, err)
	}
	if i.Format != documents.FormatPAdES {
		return nil
	}
	return r.Signable
}

// lookMessage looks at a .p7m, and at a .p7s, whose document is not here.
func (d *paper) lookMessage(ctx context.Context, i *documents.Inspection) error {
	m, err := cades.Read(d.bytes)
	if err != nil {
		if i.Shape != documents.ShapeParallel {
			return nil // bytes like others
		}
		return err
	}
	i.Signatures = m.Signatures()
	if m.Attached() {
		found, err := m.Verify(ctx, nobody(), cades.Input{})
		d.judge(i, found, err)
		return nil
	}
	if i.Shape == documents.ShapeParallel {
		return documents.Refuse(documents.RefusedUnsupported, "a signature without its document")
	}
	return nil
}

// lookXML looks at XML that a signature is put into; other XML is bytes.
func (d *paper) lookXML(ctx context.Context, i *documents.Inspection) error {
	m, err := xades.Read(d.bytes)
	if errors.Is(err, &document.Refusal{Fault: document.FaultNoSignature}) {
		return nil
	}
	if err != nil {
		if i.Shape != documents.ShapeEnveloped {
			return nil
		}
		return err
	}
	i.Signatures = m.Signatures()
	if m.Separate() && i.Shape == documents.ShapeEnveloped {
		return documents.Refuse(documents.RefusedUnsupported, "a signature without its document")
	}
	if len(m.URIs()) > 0 {
		return nil // of documents that are not here
	}
	found, err := m.Verify(ctx, nobody(), xades.Input{})
	signatures := make([]document.Signature, len(found))
	for n := range found {
		signatures[n] = found[n].Signature
	}
	d.judge(i, signatures, err)
	return nil
}

// broken are the faults that do not depend on who is trusted: the document is not the one that was signed, or is not
// clear which one that is.
var broken = []document.Fault{
	document.FaultDocumentChanged, document.FaultPartialCover, document.FaultChangedAfter, document.FaultReference, document.FaultSignature,
}

// judge notes that a signature which is there does not fit the document.
func (d *paper) judge(i *documents.Inspection, found []document.Signature, err error) {
	bad := err != nil || slices.ContainsFunc(found, func(s document.Signature) bool { return slices.ContainsFunc(broken, s.Has) })
	if bad {
		i.Notes = append(i.Notes, documents.NoteBroken)
	}
}

// noAuthorities trusts nobody: whose signatures are there is for a verification to say, not for whoever signs beside them.
type noAuthorities struct{}

func (noAuthorities) TrustAnchors() *x509.CertPool { return x509.NewCertPool() }

func nobody() *document.Trust {
	t, err := document.NewTrust(document.Options{Source: noAuthorities{}})
	if err != nil {
		panic("a trust without authorities: " + err.Error()) // the options are those above
	}
	return t
}
