// SPDX-License-Identifier: BSD-3-Clause

package xades_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal/xades"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// What ten megabytes cost, beside one pass of SHA-256 over them.

var large = strings.Repeat("<riga n=\"1\"><nome>GIADA PROVA ROSSINI</nome><valore>12,50 &amp; altro</valore></riga>\n", 10<<20/87)

func BenchmarkSHA256(b *testing.B) {
	b.SetBytes(int64(len(large)))
	for b.Loop() {
		sha256.Sum256([]byte(large))
	}
}

func BenchmarkEnveloped(b *testing.B) {
	giada, file := card(testpki.LeafOptions{}), []byte("<a>"+large+"</a>")
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := xades.PrepareEnveloped(file, giada.options())
		if err := giada.assembled(b, p, err).Write(io.Discard, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEnveloping(b *testing.B) {
	giada, file := card(testpki.LeafOptions{}), []byte(large)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := xades.PrepareEnveloping(bytes.NewReader(file), giada.options())
		if err := giada.assembled(b, p, err).Write(io.Discard, bytes.NewReader(file)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyEnveloped(b *testing.B) {
	file := []byte(written(b, card(testpki.LeafOptions{}).enveloped(b, "<a>"+large+"</a>"), nil))
	tr := trust(b, nil)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		m, err := xades.Read(file)
		if err != nil {
			b.Fatal(err)
		}
		found, err := m.Verify(b.Context(), tr, xades.Input{})
		if err != nil || !found[0].Good() {
			b.Fatal(found, err)
		}
	}
}
