// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ponte-cns/ponte/daemon/documents"
	"github.com/ponte-cns/ponte/portal/asic"
	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/timestamp"
	"github.com/ponte-cns/ponte/portal/xades"
)

// pending is a signature that waits for the card.
type pending struct {
	digest   []byte
	assemble func(signature []byte) (complete, error)
	format   string
	shape    string
}

// complete is a signature that waits to be written.
type complete struct {
	stamp func(context.Context, timestamp.Stamper) error
	write func(io.Writer) error
}

// prepared is what a format has prepared, and S what that becomes with the value of the card.
type prepared[S interface {
	Stamp(context.Context, timestamp.Stamper) error
}] interface {
	Digest() []byte
	Assemble(signature []byte) (S, error)
}

// wait makes one pending of all formats' preparations. write writes what is complete.
func wait[S interface {
	Stamp(context.Context, timestamp.Stamper) error
}](p prepared[S], write func(S, io.Writer) error) *pending {
	return &pending{digest: p.Digest(), assemble: func(signature []byte) (complete, error) {
		s, err := p.Assemble(signature)
		if err != nil {
			return complete{}, err
		}
		return complete{s.Stamp, func(w io.Writer) error { return write(s, w) }}, nil
	}}
}

// prepare says what the card is to sign. Another certificate or another time makes another digest, which takes the place
// of the one before.
func (d *paper) prepare(certificate []byte, now time.Time) ([]byte, error) {
	i, err := d.inspect(context.Background())
	if err != nil {
		return nil, err
	}
	if i.Refusal != "" {
		return nil, documents.Refuse(i.Refusal, "as its inspection said")
	}
	cert, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, documents.Refuse(documents.RefusedCertificate, "not a certificate")
	}
	if now.IsZero() {
		return nil, documents.Refuse(documents.RefusedOrder, "no time")
	}
	d.pending, d.signed = nil, nil
	var p *pending
	switch i.Format {
	case documents.FormatPAdES:
		p, err = d.preparePDF(cert, now)
	case documents.FormatXAdES:
		p, err = d.prepareXML(cert, now, i.Shape)
	case documents.FormatASiC:
		p, err = d.prepareContainer(cert, now)
	default:
		p, err = d.prepareMessage(cert, now, i)
	}
	if i.Format != documents.FormatPAdES && errors.Is(err, &document.Refusal{Fault: document.FaultNotAllowed}) {
		return nil, documents.Refuse(documents.RefusedNotAllowed, err.Error())
	}
	if err != nil {
		return nil, err
	}
	p.format, p.shape = i.Format, i.Shape
	d.pending = p
	return p.digest, nil
}

func (d *paper) stamped() bool { return d.options.Level == documents.LevelT }

func (d *paper) mimeType() string { return mimeTypes[d.kind][0] }

func (d *paper) preparePDF(cert *x509.Certificate, now time.Time) (*pending, error) {
	o := pades.Options{
		Certificate: cert, SigningTime: now, Name: d.options.Name, Reason: d.options.Reason, Location: d.options.Location,
	}
	if o.Name == "" {
		o.Name = holderOf(cert)
	}
	if b := d.options.Visible; b != nil {
		o.Box = &pades.Box{Page: b.Page, X: b.X, Y: b.Y, Width: b.Width, Height: b.Height, Language: d.options.Lang}
	}
	if d.stamped() {
		o.StampRoom = cades.StampRoom
	}
	p, err := pades.Prepare(d.bytes, o)
	if err != nil {
		return nil, err
	}
	return wait(p, func(s *pades.Signed, w io.Writer) error { _, err := s.WriteTo(w); return err }), nil
}

func (d *paper) prepareMessage(cert *x509.Certificate, now time.Time, i *documents.Inspection) (*pending, error) {
	o := cades.Options{Certificate: cert, SigningTime: now}
	var p *cades.Prepared
	var err error
	switch i.Shape {
	case documents.ShapeParallel:
		var m *cades.Message
		if m, err = cades.Read(d.bytes); err == nil {
			p, err = cades.PrepareBeside(m, o)
		}
	case documents.ShapeDetached:
		o.MimeType = d.mimeType()
		p, err = cades.PrepareDigest(i.SHA256, o)
	default:
		o.MimeType = d.mimeType()
		p, err = cades.Prepare(bytes.NewReader(d.bytes), o)
	}
	if err != nil {
		return nil, err
	}
	return wait(p, func(s *cades.Signed, w io.Writer) error {
		switch i.Shape {
		case documents.ShapeParallel:
			return s.WriteAttached(w, nil)
		case documents.ShapeDetached:
			b, err := s.Detached()
			if err == nil {
				_, err = w.Write(b)
			}
			return err
		}
		return s.WriteAttached(w, bytes.NewReader(d.bytes))
	}), nil
}

func (d *paper) prepareXML(cert *x509.Certificate, now time.Time, shape string) (*pending, error) {
	o := xades.Options{Certificate: cert, SigningTime: now, MimeType: d.mimeType()}
	var p *xades.Prepared
	var err error
	switch shape {
	case documents.ShapeEnveloped:
		p, err = xades.PrepareEnveloped(d.bytes, o)
	case documents.ShapeDetached:
		p, err = xades.PrepareDetached(bytes.NewReader(d.bytes), xades.FileURI(d.Name), o)
	default:
		p, err = xades.PrepareEnveloping(bytes.NewReader(d.bytes), o)
	}
	if err != nil {
		return nil, err
	}
	return wait(p, func(s *xades.Signed, w io.Writer) error {
		if shape == documents.ShapeEnveloping {
			return s.Write(w, bytes.NewReader(d.bytes))
		}
		return s.Write(w, nil)
	}), nil
}

func (d *paper) prepareContainer(cert *x509.Certificate, now time.Time) (*pending, error) {
	o := asic.Options{Format: document.CAdES, Name: documents.CleanName(d.Name), Certificate: cert, SigningTime: now, MimeType: d.mimeType()}
	p, err := asic.Prepare(bytes.NewReader(d.bytes), o)
	if err != nil {
		return nil, err
	}
	return wait(p, func(s *asic.Signed, w io.Writer) error { return s.Write(w, bytes.NewReader(d.bytes)) }), nil
}

// assemble makes the signed document.
func (d *paper) assemble(ctx context.Context, signature []byte) (*documents.Signed, error) {
	if d.pending == nil {
		return nil, documents.Refuse(documents.RefusedOrder, "nothing was prepared")
	}
	c, err := d.pending.assemble(signature)
	if err != nil {
		return nil, err
	}
	level := documents.LevelB
	if d.stamped() {
		if err := d.stamp(ctx, c); err != nil {
			return nil, err
		}
		level = documents.LevelT
	}
	r := newResult(d.bytes, d.sum)
	if err := c.write(r); err != nil {
		return nil, err
	}
	format, shape := d.pending.format, d.pending.shape
	d.pending, d.signed = nil, r
	return &documents.Signed{
		Name: documents.SignedName(d.Name, format, shape), Type: documents.SignedType(format, shape),
		Size: r.size, SHA256: r.digest(), Level: level,
	}, nil
}

// stamp asks the authority of the options.
func (d *paper) stamp(ctx context.Context, c complete) error {
	authority, err := timestamp.NewClient(timestamp.Options{URL: d.options.TimeAuthority})
	if err != nil {
		return documents.Refuse(documents.RefusedTimeStamp, "the address of the authority is none")
	}
	err = c.stamp(ctx, authority)
	if errors.Is(err, &document.Refusal{Fault: document.FaultTooLarge}) {
		return documents.Refuse(documents.RefusedTimeStamp, "the time stamp is too large for the document")
	}
	return err
}

// Attributes of names (ITU-T X.520).
var (
	oidSurname   = asn1.ObjectIdentifier{2, 5, 4, 4}
	oidGivenName = asn1.ObjectIdentifier{2, 5, 4, 42}
)

// holderOf is the name of the holder as a certificate has it: given name and surname, else what its common name begins
// with, which is the fiscal code on a CNS.
func holderOf(cert *x509.Certificate) string {
	var given, surname string
	for _, a := range cert.Subject.Names {
		s, _ := a.Value.(string)
		switch {
		case a.Type.Equal(oidGivenName) && given == "":
			given = shown(s)
		case a.Type.Equal(oidSurname) && surname == "":
			surname = shown(s)
		}
	}
	if name := strings.TrimSpace(given + " " + surname); name != "" {
		return cut(name)
	}
	common, _, _ := strings.Cut(cert.Subject.CommonName, "/")
	return cut(shown(common))
}

// maxHolder is what a PDF takes as a name, in characters.
const maxHolder = 150

// shown takes out what cannot be shown.
func shown(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, s))
}

func cut(s string) string {
	if r := []rune(s); len(r) > maxHolder {
		return string(r[:maxHolder])
	}
	return s
}
