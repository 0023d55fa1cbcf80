// SPDX-License-Identifier: BSD-3-Clause

package xades_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/xades"
	"github.com/ponte-cns/ponte/portal/xades/canon"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestOptionsThatDoNotFitAreRefused(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve := *giada.cert
	curve.PublicKey = key.Public()
	for name, change := range map[string]func(*xades.Options){
		"no certificate":                  func(o *xades.Options) { o.Certificate = nil },
		"the certificate of an authority": func(o *xades.Options) { o.Certificate = pki.CA() },
		"a key of an elliptic curve":      func(o *xades.Options) { o.Certificate = &curve },
		"no signing time":                 func(o *xades.Options) { o.SigningTime = time.Time{} },
		"a signing time of 10000":         func(o *xades.Options) { o.SigningTime = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"a chain of nine":                 func(o *xades.Options) { o.Chain = make([]*x509.Certificate, 9) },
		"nothing in the chain":            func(o *xades.Options) { o.Chain = make([]*x509.Certificate, 1) },
		"a long MIME type":                func(o *xades.Options) { o.MimeType = strings.Repeat("x/", 100) },
		"no MIME type":                    func(o *xades.Options) { o.MimeType = "text\x00plain" },
	} {
		o := giada.options()
		change(&o)
		if _, err := xades.PrepareEnveloped([]byte(simple), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := xades.PrepareEnveloping(bytes.NewReader(text), o); err == nil {
			t.Errorf("%s: accepted around a document", name)
		}
	}
}

func TestOnlyARelativeURIThatStaysInItsFolderIsWritten(t *testing.T) {
	o := card(testpki.LeafOptions{}).options()
	for _, uri := range []string{
		"", "#a", "/etc/passwd", "http://x/y", "file:///x", "//x/y", "../x", "a/../../x", "a%2f..%2fx", `a\..\x`, "%5c", "a b", "è", "a\n", "x?y", "x?", "x#y", "mailto:x", "a/%2e%2e/x",
		strings.Repeat("x", 2000),
	} {
		if _, err := xades.PrepareDetached(bytes.NewReader(text), uri, o); err == nil {
			t.Errorf("%.80q: accepted", uri)
		}
	}
	for _, name := range []string{"domanda.txt", "domanda è.txt", "a&b<c>\"'.txt", "a:b", "50%.pdf", "a#b?c"} {
		uri := xades.FileURI(name)
		p, err := xades.PrepareDetached(bytes.NewReader(text), uri, o)
		signed := written(t, card(testpki.LeafOptions{}).assembled(t, p, err), nil)
		wantGood(t, documenttest.Only(t, verify(t, signed, uri, string(text))))
	}
}

func TestADocumentThatCannotBeReadOrIsTooLargeIsRefused(t *testing.T) {
	o, broken := card(testpki.LeafOptions{}).options(), errors.New("the disk is broken")
	if _, err := xades.PrepareEnveloping(iotest.ErrReader(broken), o); !errors.Is(err, broken) {
		t.Errorf("a broken disk: %v", err)
	}
	if _, err := xades.PrepareEnveloping(zeros{}, o); !isRefusal(err, document.FaultTooLarge) {
		t.Errorf("a document without end: %v", err)
	}
	if _, err := xades.PrepareDetached(zeros{}, "x", o); !isRefusal(err, document.FaultTooLarge) {
		t.Errorf("a document without end, outside: %v", err)
	}
	if _, err := xades.PrepareEnveloped(make([]byte, canon.MaxSize), o); !isRefusal(err, document.FaultTooLarge) {
		t.Errorf("a file that could not be read again: %v", err)
	}
	m := read(t, written(t, card(testpki.LeafOptions{}).detached(t, text, "x"), nil))
	if _, err := m.Verify(t.Context(), trust(t, nil), xades.Input{Contents: map[string]io.Reader{"x": iotest.ErrReader(broken)}}); !errors.Is(err, broken) {
		t.Errorf("a broken disk when it is verified: %v", err)
	}
	if _, err := m.Verify(t.Context(), trust(t, nil), xades.Input{Contents: map[string]io.Reader{"x": zeros{}}}); !isRefusal(err, document.FaultTooLarge) {
		t.Errorf("a document without end when it is verified: %v", err)
	}
	if _, err := m.Verify(t.Context(), trust(t, nil), xades.Input{Contents: map[string]io.Reader{"x": nil}}); err == nil {
		t.Error("a document that is nil is accepted")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Verify(gone, trust(t, nil), xades.Input{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a visitor who went away: %v", err)
	}
}

// zeros is a document without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func TestAValueThatTheCardDidNotMakeIsRefused(t *testing.T) {
	giada, other := card(testpki.LeafOptions{}), card(testpki.LeafOptions{FreshKey: true})
	p, err := xades.PrepareEnveloped([]byte(simple), giada.options())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(simple))
	short := giada.value(t, p.Digest())
	for name, value := range map[string][]byte{
		"nothing": nil, "of another key": other.value(t, p.Digest()), "of the document itself": giada.value(t, sum[:]), "cut": short[:255], "longer": append(short, 0),
	} {
		if _, err := p.Assemble(value); !isRefusal(err, document.FaultSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADocumentThatChangedBeforeItIsWrittenIsRefused(t *testing.T) {
	s := card(testpki.LeafOptions{}).enveloping(t, text)
	changed := bytes.Clone(text)
	changed[3] ^= 1
	for name, content := range map[string][]byte{"changed": changed, "shorter": text[:10], "empty": {}, "longer": append(bytes.Clone(text), 'x')} {
		if err := s.Write(io.Discard, bytes.NewReader(content)); !isRefusal(err, document.FaultDocumentChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("the disk is broken")
	if err := s.Write(io.Discard, iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("a broken disk: %v", err)
	}
	full := errors.New("the disk is full")
	length := len(written(t, s, text))
	for _, after := range []int{0, 60, length / 2, length - 30, length - 1} {
		if err := s.Write(&fullDisk{after, full}, bytes.NewReader(text)); !errors.Is(err, full) {
			t.Errorf("a disk that is full after %d bytes: %v", after, err)
		}
	}
}

type fullDisk struct {
	room int
	err  error
}

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.room -= len(b); d.room < 0 {
		return 0, d.err
	}
	return len(b), nil
}

func TestWhatFitsNotTogetherIsNotWritten(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	enveloped, enveloping, detached := giada.enveloped(t, simple), giada.enveloping(t, text), giada.detached(t, text, "x")
	for name, err := range map[string]error{
		"a document for an enveloped signature": enveloped.Write(io.Discard, bytes.NewReader(text)),
		"a document for a detached signature":   detached.Write(io.Discard, bytes.NewReader(text)),
		"an enveloping signature without one":   enveloping.Write(io.Discard, nil),
		"an enveloped one in a container":       enveloped.WriteElement(io.Discard),
		"an enveloping one in a container":      enveloping.WriteElement(io.Discard),
	} {
		if err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func TestNoSignatureIsAddedWhereTheOthersCouldNotBeKept(t *testing.T) {
	giada, other := card(testpki.LeafOptions{}), card(testpki.LeafOptions{FreshKey: true})
	good := written(t, giada.enveloped(t, simple), nil)
	_, signature := cut(t, good, "<ds:Signature ", "</ds:Signature>")
	const xpath = `http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>`
	crowd := strings.Repeat(`<ds:Signature xmlns:ds="`+nsDSig+`"/>`, 32)
	for name, c := range map[string]struct {
		file string
		want document.Fault
	}{
		"no XML":                                  {"testo", document.FaultFormat},
		"XML with a type":                         {"<!DOCTYPE a><a/>", document.FaultFormat},
		"another encoding":                        {`<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, document.FaultFormat},
		"a signature only":                        {written(t, giada.enveloping(t, text), text), document.FaultNotAllowed},
		"signatures of a container":               {`<x:XAdESSignatures xmlns:x="http://uri.etsi.org/02918/v1.2.1#">` + signature + `</x:XAdESSignatures>`, document.FaultNotAllowed},
		"a signature that leaves out only itself": {change(t, good, xpath, nsDSig+`enveloped-signature">`), document.FaultNotAllowed},
		"the same, by its identifier":             {change(t, change(t, good, xpath, nsDSig+`enveloped-signature">`), `URI=""`, `URI="#d1"`), document.FaultNotAllowed},
		"a signature of a part":                   {"<x><y>" + signature + "</y></x>", document.FaultNotAllowed},
		"a signature that cannot be read":         {"<x>" + change(t, signature, "<ds:SignedInfo>", "<ds:SignedInfo>x") + "</x>", document.FaultNotAllowed},
		"the same card again":                     {good, document.FaultNotAllowed},
		"32 signatures":                           {"<x>" + crowd + "</x>", document.FaultTooLarge},
	} {
		s := other
		if name == "the same card again" {
			s = giada
		}
		if _, err := xades.PrepareEnveloped([]byte(c.file), s.options()); !isRefusal(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheFileStaysAsItIsAroundItsSignatures(t *testing.T) {
	file := form
	for i, s := range []signer{card(testpki.LeafOptions{}), card(testpki.LeafOptions{FreshKey: true}), card(testpki.LeafOptions{FreshKey: true})} {
		signed := written(t, stamped(t, s.enveloped(t, file)), nil)
		end := strings.LastIndex(file, "</m:domanda>")
		if !strings.HasPrefix(signed, file[:end]) || !strings.HasSuffix(signed, file[end:]) {
			t.Fatal("bytes of the file have changed")
		}
		file = signed
		found := verify(t, file)
		if len(found) != i+1 {
			t.Fatalf("%d signatures", len(found))
		}
		for _, f := range found {
			wantGood(t, f)
			if f.Level != document.LevelT || f.Cover != document.CoverWhole {
				t.Errorf("level %q, cover %q", f.Level, f.Cover)
			}
		}
	}
	for _, root := range []string{"<a/>", "<a b='/>' />\n", "<p:a xmlns:p='u'/><!-- x -->", "\uFEFF<a></a>"} {
		wantGood(t, documenttest.Only(t, verify(t, written(t, card(testpki.LeafOptions{}).enveloped(t, root), nil))))
	}
}

func TestTheChainAndTheTimeAreWritten(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	o := giada.options()
	o.Chain, o.MimeType = []*x509.Certificate{pki.CA()}, "text/plain"
	o.SigningTime = time.Date(2026, 5, 6, 7, 8, 9, 10, time.FixedZone("", 3600))
	p, err := xades.PrepareEnveloping(bytes.NewReader(text), o)
	signed := written(t, giada.assembled(t, p, err), text)
	s := documenttest.Only(t, verify(t, signed))
	wantGood(t, s)
	if !s.ClaimedTime.Equal(time.Date(2026, 5, 6, 6, 8, 9, 0, time.UTC)) || !s.Certificate.Equal(giada.cert) || s.Format != document.XAdES || s.Digest.String() != "SHA-256" {
		t.Errorf("%+v", s)
	}
	if !strings.Contains(signed, base64Of(pki.CA().Raw)) || !strings.Contains(signed, "<xades:MimeType>text/plain<") {
		t.Error("the chain or the type is not there")
	}
}
