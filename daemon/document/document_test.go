// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/documents"
	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// TestMain makes this program the one that the agent starts, when it is started as that.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == documents.Worker {
		if err := work(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) == 4 && os.Args[1] == "confined" {
		tryConfined(os.Args[2], os.Args[3])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var pki = sync.OnceValue(testpki.New)

// desk is a folder in a program of its own, and a card.
type desk struct {
	*documents.Folder
	t    *testing.T
	cert *x509.Certificate
	key  *rsa.PrivateKey
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := documents.Start(t.Context(), self)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	cert, key := pki().Issue(testpki.LeafOptions{})
	return &desk{f, t, cert, key}
}

// put adds a document with all its bytes.
func (d *desk) put(name string, data []byte, o documents.Options) int {
	d.t.Helper()
	i, err := d.Add(context.Background(), documents.Document{Name: name, Size: int64(len(data))}, o)
	if err == nil {
		err = d.Append(context.Background(), i, data)
	}
	if err != nil {
		d.t.Fatalf("%s: %v", name, err)
	}
	return i
}

func (d *desk) inspect(i int) documents.Inspection {
	d.t.Helper()
	found, err := d.Inspect(context.Background(), i)
	if err != nil {
		d.t.Fatal(err)
	}
	return found
}

// sign does everything, and gives the signed document.
func (d *desk) sign(i int) (documents.Signed, []byte) {
	d.t.Helper()
	digest, err := d.Prepare(context.Background(), i, d.cert, time.Now())
	if err != nil {
		d.t.Fatal(err)
	}
	s, err := d.Assemble(context.Background(), i, d.value(digest))
	if err != nil {
		d.t.Fatal(err)
	}
	return s, d.all(i, s)
}

func (d *desk) value(digest []byte) []byte {
	d.t.Helper()
	v, err := rsa.SignPKCS1v15(rand.Reader, d.key, crypto.SHA256, digest)
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

// all reads a signed document in pieces of an odd size.
func (d *desk) all(i int, s documents.Signed) []byte {
	d.t.Helper()
	var out []byte
	for int64(len(out)) < s.Size {
		piece, err := d.Read(context.Background(), i, true, int64(len(out)), 99_991)
		if err != nil || len(piece) == 0 {
			d.t.Fatalf("after %d bytes: %d, %v", len(out), len(piece), err)
		}
		out = append(out, piece...)
	}
	if sha256.Sum256(out) != s.SHA256 {
		d.t.Errorf("%s: the digest is that of something else", s.Name)
	}
	return out
}

// good verifies a signed document with the portal's own code.
func (d *desk) good(signed, content []byte, name string) *portal.DocumentReport {
	d.t.Helper()
	trust, err := document.NewTrust(document.Options{TrustAnchors: []*x509.Certificate{pki().CA()}, TimeAuthorities: []*x509.Certificate{pki().CA()}})
	if err != nil {
		d.t.Fatal(err)
	}
	o := portal.DocumentOptions{Trust: trust}
	if content != nil {
		o.Content, o.ContentName = bytes.NewReader(content), name
	}
	r, err := portal.VerifyDocument(context.Background(), signed, o)
	if err != nil {
		d.t.Fatal(err)
	}
	if !r.Good() {
		for _, s := range r.Signatures {
			d.t.Errorf("%v", s.Faults)
		}
	}
	return r
}

// timeAuthority answers as one does.
func timeAuthority(t *testing.T, o testpki.TSAOptions) string {
	t.Helper()
	s := httptest.NewServer(http.Handler(pki().NewTSA(o)))
	t.Cleanup(s.Close)
	return s.URL
}

var (
	letter  = bytes.Repeat([]byte("Domanda di iscrizione all'asilo nido.\n"), 5000)
	xmlFile = []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<domanda><nome>Giada</nome></domanda>\n")
)

func TestEachWayOfSigningIsVerified(t *testing.T) {
	pdf := pdftest.Simple(3).Table()
	authority := timeAuthority(t, testpki.TSAOptions{})
	for _, c := range []struct {
		name     string
		data     []byte
		options  documents.Options
		kind     string
		signed   string // name
		detached bool
	}{
		{"domanda.pdf", pdf, documents.Options{}, documents.KindPDF, "domanda-firmato.pdf", false},
		{"domanda.pdf", pdf, documents.Options{Visible: &documents.Box{Page: 2, X: 50, Y: 50, Width: 200, Height: 60}, Reason: "Domanda", Location: "Cagliari"}, documents.KindPDF, "domanda-firmato.pdf", false},
		{"domanda.pdf", pdf, documents.Options{Format: documents.FormatCAdES}, documents.KindPDF, "domanda.pdf.p7m", false},
		{"lettera.txt", letter, documents.Options{}, documents.KindText, "lettera.txt.p7m", false},
		{"lettera.txt", letter, documents.Options{Format: documents.FormatCAdES, Shape: documents.ShapeDetached}, documents.KindText, "lettera.txt.p7s", true},
		{"lettera.txt", letter, documents.Options{Format: documents.FormatXAdES}, documents.KindText, "lettera-firmato.xml", false},
		{"domanda.xml", xmlFile, documents.Options{}, documents.KindXML, "domanda.xml.p7m", false},
		{"domanda.xml", xmlFile, documents.Options{Format: documents.FormatXAdES}, documents.KindXML, "domanda-firmato.xml", false},
		{"domanda.xml", xmlFile, documents.Options{Format: documents.FormatXAdES, Shape: documents.ShapeEnveloping}, documents.KindXML, "domanda-firmato.xml", false},
		{"domanda.xml", xmlFile, documents.Options{Format: documents.FormatXAdES, Shape: documents.ShapeDetached}, documents.KindXML, "domanda-firma.xml", true},
		{"lettera.txt", letter, documents.Options{Format: documents.FormatASiC}, documents.KindText, "lettera.asics", false},
	} {
		for _, level := range []string{documents.LevelB, documents.LevelT} {
			o := c.options
			o.Level, o.TimeAuthority = level, authority
			t.Run(c.signed+" "+level, func(t *testing.T) {
				d := newDesk(t)
				i := d.put(c.name, c.data, o)
				found := d.inspect(i)
				if found.Type != c.kind || found.Refusal != "" || len(found.Notes) != 0 || found.SHA256 != sha256.Sum256(c.data) {
					t.Fatalf("%+v", found)
				}
				s, signed := d.sign(i)
				if s.Name != c.signed || s.Level != level {
					t.Errorf("%+v", s)
				}
				var content []byte
				if c.detached {
					content = c.data
				}
				r := d.good(signed, content, c.name)
				if len(r.Signatures) != 1 || string(r.Signatures[0].Level) != level {
					t.Errorf("%+v", r)
				}
			})
		}
	}
}

func TestAFurtherSignatureLeavesTheFirstOneGood(t *testing.T) {
	for name, data := range map[string][]byte{"domanda.pdf": pdftest.Simple(1).Table(), "lettera.txt": letter, "nota.xml": xmlFile} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			o := documents.Options{}
			if name == "nota.xml" {
				o.Format = documents.FormatXAdES
			}
			first, once := d.sign(d.put(name, data, o))
			i := d.put(first.Name, once, o)
			found := d.inspect(i)
			if found.Signatures != 1 || found.Refusal != "" || len(found.Notes) != 1 || found.Notes[0] != documents.NoteSigned {
				t.Fatalf("%+v", found)
			}
			d.cert, d.key = pki().Issue(testpki.LeafOptions{}) // the same person may not sign twice
			second, twice := d.sign(i)
			if second.Name == first.Name {
				t.Errorf("both are called %s", second.Name)
			}
			if r := d.good(twice, nil, ""); len(r.Signatures) != 2 {
				t.Errorf("%d signatures", len(r.Signatures))
			}
		})
	}
}
