// SPDX-License-Identifier: BSD-3-Clause

package pades_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/pades/pdf"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var pki = testpki.New()

// forms are the ways in which the same document may be written.
func forms(f pdftest.File) map[string][]byte {
	return map[string][]byte{"table": f.Table(), "xref stream": f.Packed(), "hybrid": f.Hybrid()}
}

func options() pades.Options {
	cert, _ := pki.Issue(testpki.LeafOptions{})
	return pades.Options{Certificate: cert, SigningTime: time.Now(), Name: "GIADA PROVA ROSSINI"}
}

// cardSign is what the card computes: all certificates of the PKI have the same key.
func cardSign(t testing.TB, digest []byte) []byte {
	t.Helper()
	_, key := pki.Issue(testpki.LeafOptions{})
	v, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func assemble(t testing.TB, file []byte, o pades.Options) *pades.Signed {
	t.Helper()
	p, err := pades.Prepare(file, o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Assemble(cardSign(t, p.Digest()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t testing.TB, s *pades.Signed) []byte {
	t.Helper()
	var out bytes.Buffer
	n, err := s.WriteTo(&out)
	if err != nil || n != int64(out.Len()) {
		t.Fatalf("%d of %d bytes: %v", n, out.Len(), err)
	}
	return out.Bytes()
}

func sign(t testing.TB, file []byte, o pades.Options) []byte {
	t.Helper()
	return write(t, assemble(t, file, o))
}

// stamper is a time stamp authority without its HTTP, which package timestamp tests.
type stamper struct{ tsa *testpki.TSA }

func (s stamper) Stamp(_ context.Context, digest [sha256.Size]byte) ([]byte, error) {
	return s.tsa.Token(digest[:], big.NewInt(1)), nil
}

func trust(t testing.TB, change func(*document.Options)) *document.Trust {
	t.Helper()
	return documenttest.Trust(t, pki.CA(), change)
}

func verify(t testing.TB, file []byte) []document.Signature {
	t.Helper()
	found, err := pades.Verify(t.Context(), file, trust(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// first is the first signature of a file.
func first(t testing.TB, file []byte) document.Signature {
	t.Helper()
	return verify(t, file)[0]
}

// wantFault checks that an error is a Refusal for a fault.
func wantFault(t *testing.T, what string, err error, want document.Fault) {
	t.Helper()
	if !errors.Is(err, &document.Refusal{Fault: want}) {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func replace(t testing.TB, file []byte, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(file, []byte(old)) {
		t.Fatalf("%q is not in the file", old)
	}
	return bytes.Replace(file, []byte(old), []byte(new), 1)
}

// contents finds the CMS of the last signature of a file, and where its gap is.
func contents(t testing.TB, file []byte) (der []byte, gap [2]int) {
	t.Helper()
	d, err := pdf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	d.Each(func(number, _ int) bool {
		o, _ := d.Number(number)
		if s, ok := o.(pdf.Dict); ok && s["Type"] == pdf.Name("Sig") {
			if c := s["Contents"].(pdf.String); c.Start > gap[0] {
				der, gap = c.Value, [2]int{c.Start, c.End}
			}
		}
		return true
	})
	return der, gap
}

func save(t testing.TB, file []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs a program of the system, and gives what it printed.
func run(t testing.TB, name string, arguments ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(name, arguments...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "HOME="+t.TempDir()) // pdfsig looks for certificates of Firefox
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// pdfsig is what poppler says of the signatures of a file.
func pdfsig(t testing.TB, file []byte) string {
	t.Helper()
	out, err := run(t, "pdfsig", "-nocert", save(t, file))
	if err != nil && !strings.Contains(out, "Signature #1") {
		t.Fatalf("pdfsig: %v\n%s", err, out)
	}
	return out
}

// qpdf checks the structure of a file.
func qpdf(t testing.TB, file []byte) {
	t.Helper()
	if out, err := run(t, "qpdf", "--check", save(t, file)); err != nil {
		t.Errorf("qpdf: %v\n%s", err, out)
	}
}

// tenMegabytes is a document of about that size.
func tenMegabytes() []byte {
	f := pdftest.Simple(1)
	noise := make([]byte, 10<<20)
	rand.Read(noise)
	f.Objects[40] = pdftest.Stream("/Type /Nothing", string(noise))
	return f.Table()
}
