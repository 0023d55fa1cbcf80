// SPDX-License-Identifier: BSD-3-Clause

// Package documenttest signs documents in each format for tests, with a key in memory in the place of a card, and says what
// a test wants of a signature. It is no way to sign: a program that does has packages cades, pades, xades and asic, and its
// own errors. Here what cannot be signed panics.
package documenttest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"time"

	"github.com/ponte-cns/ponte/portal/asic"
	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/timestamp"
	"github.com/ponte-cns/ponte/portal/xades"
)

// Signer is who signs.
type Signer struct {
	Certificate *x509.Certificate
	Key         *rsa.PrivateKey
	Chain       []*x509.Certificate
	Stamper     timestamp.Stamper // nil: no time stamps
	Time        time.Time         // zero: now
	Box         *pades.Box        // of a PDF
}

// Tokens is what gives time stamps without a network, as testpki.TSA.
type Tokens func(digest []byte) []byte

// Stamp makes it a timestamp.Stamper.
func (t Tokens) Stamp(_ context.Context, digest [sha256.Size]byte) ([]byte, error) {
	return t(digest[:]), nil
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic("documenttest: " + err.Error())
	}
}

func (s Signer) at() time.Time {
	if s.Time.IsZero() {
		return time.Now()
	}
	return s.Time
}

func (s Signer) value(digest []byte) []byte {
	return must(rsa.SignPKCS1v15(nil, s.Key, crypto.SHA256, digest))
}

// stamped adds a time stamp, if there is an authority.
func stamped[S interface {
	Stamp(context.Context, timestamp.Stamper) error
}](signer Signer, signed S) S {
	if signer.Stamper != nil {
		check(signed.Stamp(context.Background(), signer.Stamper))
	}
	return signed
}

func (s Signer) cades() cades.Options {
	return cades.Options{Certificate: s.Certificate, Chain: s.Chain, SigningTime: s.at()}
}

func (s Signer) cms(content []byte) *cades.Signed {
	p := must(cades.Prepare(bytes.NewReader(content), s.cades()))
	return stamped(s, must(p.Assemble(s.value(p.Digest()))))
}

// P7M signs with the document inside.
func (s Signer) P7M(content []byte) []byte {
	var out bytes.Buffer
	check(s.cms(content).WriteAttached(&out, bytes.NewReader(content)))
	return out.Bytes()
}

// P7S signs apart from the document.
func (s Signer) P7S(content []byte) []byte { return must(s.cms(content).Detached()) }

// Beside signs a .p7m once more.
func (s Signer) Beside(p7m []byte) []byte {
	p := must(cades.PrepareBeside(must(cades.Read(p7m)), s.cades()))
	var out bytes.Buffer
	check(stamped(s, must(p.Assemble(s.value(p.Digest())))).WriteAttached(&out, nil))
	return out.Bytes()
}

// PDF signs a PDF.
func (s Signer) PDF(file []byte) []byte {
	o := pades.Options{
		Certificate: s.Certificate, Chain: s.Chain, SigningTime: s.at(), Name: "GIADA PROVA ROSSINI", Reason: "Domanda di iscrizione", Box: s.Box,
	}
	if s.Stamper != nil {
		o.StampRoom = cades.StampRoom
	}
	p := must(pades.Prepare(file, o))
	var out bytes.Buffer
	must(stamped(s, must(p.Assemble(s.value(p.Digest())))).WriteTo(&out))
	return out.Bytes()
}

func (s Signer) xml(p *xades.Prepared, err error) *xades.Signed {
	check(err)
	return stamped(s, must(p.Assemble(s.value(p.Digest()))))
}

func (s Signer) xades() xades.Options {
	return xades.Options{Certificate: s.Certificate, Chain: s.Chain, SigningTime: s.at()}
}

// Enveloped signs XML inside of it.
func (s Signer) Enveloped(file []byte) []byte {
	var out bytes.Buffer
	check(s.xml(xades.PrepareEnveloped(file, s.xades())).Write(&out, nil))
	return out.Bytes()
}

// Enveloping signs any document by XML around it.
func (s Signer) Enveloping(content []byte) []byte {
	var out bytes.Buffer
	check(s.xml(xades.PrepareEnveloping(bytes.NewReader(content), s.xades())).Write(&out, bytes.NewReader(content)))
	return out.Bytes()
}

// DetachedXML signs a document by XML apart from it, which names its file.
func (s Signer) DetachedXML(content []byte, name string) []byte {
	var out bytes.Buffer
	check(s.xml(xades.PrepareDetached(bytes.NewReader(content), xades.FileURI(name), s.xades())).Write(&out, nil))
	return out.Bytes()
}

// Container signs a document in an ASiC-S container, by document.CAdES or document.XAdES.
func (s Signer) Container(content []byte, name string, format document.Format) []byte {
	p := must(asic.Prepare(bytes.NewReader(content), asic.Options{
		Format: format, Name: name, Certificate: s.Certificate, Chain: s.Chain, SigningTime: s.at(), MimeType: "text/plain",
	}))
	var out bytes.Buffer
	check(stamped(s, must(p.Assemble(s.value(p.Digest())))).Write(&out, bytes.NewReader(content)))
	return out.Bytes()
}
