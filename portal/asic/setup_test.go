// SPDX-License-Identifier: BSD-3-Clause

package asic_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/asic"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var pki = testpki.New()

const name = "domanda è.txt"

var text = []byte("Domanda di iscrizione\r\nIl sottoscritto chiede che vi siano accenti: è ì ò ù\n")

func options(f document.Format) asic.Options {
	cert, _ := pki.Issue(testpki.LeafOptions{})
	return asic.Options{Format: f, Name: name, Certificate: cert, SigningTime: time.Now(), MimeType: "text/plain"}
}

func signed(t testing.TB, content []byte, o asic.Options) *asic.Signed {
	t.Helper()
	_, key := pki.Issue(testpki.LeafOptions{})
	p, err := asic.Prepare(bytes.NewReader(content), o)
	if err != nil {
		t.Fatal(err)
	}
	value, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, p.Digest())
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Assemble(value)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// container is one in order.
func container(t testing.TB, f document.Format) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := signed(t, text, options(f)).Write(&out, bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// authority gives time stamps without a network.
type authority struct{ *testpki.TSA }

func (a authority) Stamp(_ context.Context, digest [sha256.Size]byte) ([]byte, error) {
	return a.Token(digest[:], nil), nil
}

// file is one of a container that a test makes.
type file struct {
	zip.FileHeader
	content []byte
}

// files takes a container apart.
func files(t testing.TB, b []byte) []file {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var all []file
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, file{zip.FileHeader{Name: f.Name, Method: f.Method}, content})
	}
	return all
}

// joined makes a container of files, none with its sizes behind it.
func joined(t testing.TB, all []file) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range all {
		w, err := z.CreateHeader(&f.FileHeader)
		if err == nil {
			_, err = w.Write(f.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func trust(t testing.TB) *document.Trust {
	t.Helper()
	return documenttest.Trust(t, pki.CA(), nil)
}

func read(b []byte) (*asic.Container, error) {
	return asic.Read(bytes.NewReader(b), int64(len(b)))
}

// verify reads and verifies a container with one signature.
func verify(t testing.TB, b []byte) document.Signature {
	t.Helper()
	c, err := read(b)
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.Verify(t.Context(), trust(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 {
		t.Fatalf("%d signatures", len(found))
	}
	return found[0]
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func caPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pki.CA().Raw})
}

// isRefusal says that an error is a refusal for this fault.
func isRefusal(err error, f document.Fault) bool { return errors.Is(err, &document.Refusal{Fault: f}) }

// changed makes another container of the files of one.
func changed(t testing.TB, good []byte, change func([]file) []file) func() []byte {
	return func() []byte { return compact(t, joined(t, change(files(t, good)))) }
}

// compact writes the first file as it must be where it is in order, with its sizes before it.
func compact(t testing.TB, b []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, f := range z.File {
		if i > 0 || f.Name != "mimetype" || f.Method != zip.Store {
			if err := w.Copy(f); err != nil {
				t.Fatal(err)
			}
			continue
		}
		content := files(t, b)[0].content
		raw, err := w.CreateRaw(&zip.FileHeader{Name: f.Name, Extra: f.Extra, CRC32: crc32.ChecksumIEEE(content), CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content))})
		if err == nil {
			_, err = raw.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func named(f file, name string) file {
	f.Name = name
	return f
}

func commented(t testing.TB, good []byte) []byte {
	t.Helper()
	b := append(bytes.Clone(good), 'x')
	b[len(good)-2] = 1
	return b
}

// local changes a byte of the header of the document, beside its data.
func local(good []byte, offset int, to byte) func() []byte {
	return func() []byte {
		b := bytes.Clone(good)
		b[bytes.Index(b, []byte(name))-30+offset] = to
		return b
	}
}

// replaced changes a byte in both headers of the document: that beside its data, and that in the list.
func replaced(good []byte, offset int, to byte) func() []byte {
	return func() []byte {
		b := local(good, offset, to)()
		b[bytes.LastIndex(b, []byte(name))-46+offset+2] = to
		return b
	}
}

// listed changes a byte of what the list says of the document.
func listed(good []byte, offset int, to byte) func() []byte {
	return func() []byte {
		b := bytes.Clone(good)
		b[bytes.LastIndex(b, []byte(name))-46+offset] = to
		return b
	}
}
