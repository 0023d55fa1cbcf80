// SPDX-License-Identifier: BSD-3-Clause

package cades_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/timestamp"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var pki = testpki.New()

var text = []byte("Domanda di iscrizione\r\nIl sottoscritto chiede che vi siano accenti: è ì ò ù\n")

// signer is a card: a certificate and its key.
type signer struct {
	cert *x509.Certificate
	key  *rsa.PrivateKey
}

func card(o testpki.LeafOptions) signer {
	cert, key := pki.Issue(o)
	return signer{cert, key}
}

func (s signer) options() cades.Options {
	return cades.Options{Certificate: s.cert, SigningTime: time.Now()}
}

// value is what a card computes over a digest.
func (s signer) value(t testing.TB, digest []byte) []byte {
	t.Helper()
	v, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, digest)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// signed signs a document as far as Assemble.
func (s signer) signed(t testing.TB, content []byte, change func(*cades.Options)) *cades.Signed {
	t.Helper()
	o := s.options()
	if change != nil {
		change(&o)
	}
	p, err := cades.Prepare(bytes.NewReader(content), o)
	if err != nil {
		t.Fatal(err)
	}
	return s.assembled(t, p)
}

func (s signer) assembled(t testing.TB, p *cades.Prepared) *cades.Signed {
	t.Helper()
	signed, err := p.Assemble(s.value(t, p.Digest()))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func attached(t testing.TB, s *cades.Signed, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := s.WriteAttached(&out, bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func detached(t testing.TB, s *cades.Signed) []byte {
	t.Helper()
	der, err := s.Detached()
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func trust(t testing.TB, change func(*document.Options)) *document.Trust {
	t.Helper()
	return documenttest.Trust(t, pki.CA(), change)
}

func read(t testing.TB, data []byte) *cades.Message {
	t.Helper()
	m, err := cades.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// verify reads and verifies a message that must be readable.
func verify(t testing.TB, data []byte, in cades.Input) []document.Signature {
	t.Helper()
	found, err := read(t, data).Verify(t.Context(), trust(t, nil), in)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func authority(t testing.TB, o testpki.TSAOptions) *timestamp.Client {
	t.Helper()
	return documenttest.Authority(t, pki.NewTSA(o))
}

// files writes files into a folder of the test and gives their paths.
func files(t testing.TB, contents map[string][]byte) func(name string) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range contents {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) string { return filepath.Join(dir, name) }
}

// openssl runs it and gives what it says.
func openssl(args ...string) ([]byte, error) {
	return exec.Command("openssl", args...).CombinedOutput()
}

func keyPEM(key *rsa.PrivateKey) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err) // of a key that was just made
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func certPEM(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
}

// isRefusal says that an error is a refusal for this fault.
func isRefusal(err error, f document.Fault) bool { return errors.Is(err, &document.Refusal{Fault: f}) }
