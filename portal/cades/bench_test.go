// SPDX-License-Identifier: BSD-3-Clause

package cades_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// tenMB is the document of the budget.
func tenMB() []byte {
	b := make([]byte, 10<<20)
	for i := range b {
		b[i] = byte(i * 7 / 3)
	}
	return b
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestADocumentOfTenMegabytesIsNotHeldOnceMore(t *testing.T) {
	giada, document := card(testpki.LeafOptions{}), tenMB()
	var message bytes.Buffer
	message.Grow(len(document) + 8192)
	if n := allocated(func() {
		if err := giada.signed(t, document, nil).WriteAttached(&message, bytes.NewReader(document)); err != nil {
			t.Fatal(err)
		}
	}); n > 1<<20 {
		t.Errorf("signing allocates %d bytes", n)
	}
	trusted := trust(t, nil)
	if n := allocated(func() {
		found, err := read(t, message.Bytes()).Verify(t.Context(), trusted, cades.Input{})
		if err != nil {
			t.Fatal(err)
		}
		documenttest.WantGood(t, documenttest.Only(t, found))
	}); n > 1<<20 {
		t.Errorf("verifying allocates %d bytes", n)
	}
	other := card(testpki.LeafOptions{FreshKey: true})
	if n := allocated(func() {
		p, err := cades.PrepareBeside(read(t, message.Bytes()), other.options())
		if err != nil {
			t.Fatal(err)
		}
		if err := other.assembled(t, p).WriteAttached(io.Discard, nil); err != nil {
			t.Fatal(err)
		}
	}); n > 1<<20 {
		t.Errorf("signing beside another allocates %d bytes", n)
	}
}

// BER has to be written anew, once. Its parts are as small as they may be here.
func TestTenMegabytesInBERAreHeldOnceMore(t *testing.T) {
	f := forged(card(testpki.LeafOptions{}))
	f.content = tenMB()
	f.replace(cms.OIDMessageDigest, digestAttribute(f.content))
	message := looseParts(t, f, 100)
	trusted := trust(t, nil)
	if n := allocated(func() {
		found, err := read(t, message).Verify(t.Context(), trusted, cades.Input{})
		if err != nil {
			t.Fatal(err)
		}
		documenttest.WantGood(t, documenttest.Only(t, found))
	}); n > 40<<20 { // 10 MB, and the list of its 105,000 parts as it grows
		t.Errorf("it allocates %d bytes", n)
	}
}

// BenchmarkSign is what a portal or the agent pays for a document of 10 MB beside the card: two passes of SHA-256, one
// read more, one write.
func BenchmarkSign(b *testing.B) {
	giada, document := card(testpki.LeafOptions{}), tenMB()
	out, err := os.Create(filepath.Join(b.TempDir(), "out"))
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	b.ReportAllocs()
	b.SetBytes(int64(len(document)))
	for b.Loop() {
		if _, err := out.Seek(0, io.SeekStart); err != nil {
			b.Fatal(err)
		}
		if err := giada.signed(b, document, nil).WriteAttached(out, bytes.NewReader(document)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify is beside BenchmarkSHA256 the cost of verification.
func BenchmarkVerify(b *testing.B) {
	giada, document := card(testpki.LeafOptions{}), tenMB()
	message, trusted := attached(b, giada.signed(b, document, nil), document), trust(b, nil)
	b.ReportAllocs()
	b.SetBytes(int64(len(document)))
	for b.Loop() {
		m, err := cades.Read(message)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Verify(b.Context(), trusted, cades.Input{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSHA256 is one pass over the document.
func BenchmarkSHA256(b *testing.B) {
	document := tenMB()
	b.SetBytes(int64(len(document)))
	for b.Loop() {
		sha256.Sum256(document)
	}
}

// BenchmarkOpenSSL signs the same document with openssl cms, started anew each time.
func BenchmarkOpenSSL(b *testing.B) {
	giada, document := card(testpki.LeafOptions{}), tenMB()
	in := files(b, map[string][]byte{"cert.pem": certPEM(giada.cert), "key.pem": keyPEM(giada.key), "document": document})
	b.SetBytes(int64(len(document)))
	for b.Loop() {
		cmd := exec.Command("openssl", "cms", "-sign", "-binary", "-cades", "-nodetach", "-outform", "DER",
			"-in", in("document"), "-signer", in("cert.pem"), "-inkey", in("key.pem"), "-out", in("out"))
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s", out)
		}
	}
}
