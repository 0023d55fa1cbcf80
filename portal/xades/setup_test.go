// SPDX-License-Identifier: BSD-3-Clause

package xades_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/timestamp"
	"github.com/ponte-cns/ponte/portal/xades"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var pki = testpki.New()

// form is a document as portals have them: namespaces, a comment, accents, an attribute with a line break.
const form = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<?xml-stylesheet href=\"modulo.xsl\"?>\r\n<!-- bozza -->\r\n" +
	"<m:domanda xmlns:m=\"urn:prova:modulo\" xmlns=\"urn:prova\" Id=\"d1\" anno='2026' m:tipo=\"a\r\n\tb\">\r\n" +
	"  <richiedente xml:lang=\"it\">GIADA PROVA ROSSINI</richiedente><!-- chi chiede -->\r\n" +
	"  <testo>Il sottoscritto chiede: &lt;è ì ò&gt; &amp; <![CDATA[<così>]]></testo><vuoto/>\r\n</m:domanda>\r\n<!-- fine -->\r\n"

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

func (s signer) options() xades.Options {
	return xades.Options{Certificate: s.cert, SigningTime: time.Now()}
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

func (s signer) assembled(t testing.TB, p *xades.Prepared, err error) *xades.Signed {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	signed, err := p.Assemble(s.value(t, p.Digest()))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// enveloped, enveloping and detached sign as far as Assemble.
func (s signer) enveloped(t testing.TB, file string) *xades.Signed {
	p, err := xades.PrepareEnveloped([]byte(file), s.options())
	return s.assembled(t, p, err)
}

func (s signer) enveloping(t testing.TB, content []byte) *xades.Signed {
	p, err := xades.PrepareEnveloping(bytes.NewReader(content), s.options())
	return s.assembled(t, p, err)
}

func (s signer) detached(t testing.TB, content []byte, uri string) *xades.Signed {
	p, err := xades.PrepareDetached(bytes.NewReader(content), uri, s.options())
	return s.assembled(t, p, err)
}

// written is what a signature is in a file; content is for an enveloping one only.
func written(t testing.TB, s *xades.Signed, content []byte) string {
	t.Helper()
	var out bytes.Buffer
	var in io.Reader
	if content != nil {
		in = bytes.NewReader(content)
	}
	if err := s.Write(&out, in); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func stamped(t testing.TB, s *xades.Signed) *xades.Signed {
	t.Helper()
	if err := s.Stamp(t.Context(), authority(t, testpki.TSAOptions{})); err != nil {
		t.Fatal(err)
	}
	return s
}

func trust(t testing.TB, change func(*document.Options)) *document.Trust {
	t.Helper()
	return documenttest.Trust(t, pki.CA(), change)
}

func read(t testing.TB, data string) *xades.Message {
	t.Helper()
	m, err := xades.Read([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// verify reads and verifies XML that must be readable. With contents: the first is a URI, the next a document, and so on.
func verify(t testing.TB, data string, contents ...string) []xades.Signature {
	t.Helper()
	in := xades.Input{Contents: map[string]io.Reader{}}
	for i := 0; i < len(contents); i += 2 {
		in.Contents[contents[i]] = strings.NewReader(contents[i+1])
	}
	found, err := read(t, data).Verify(t.Context(), trust(t, nil), in)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func wantGood(t testing.TB, s xades.Signature) {
	t.Helper()
	documenttest.WantGood(t, s.Signature)
}

// wantFaults wants these faults and no others.
func wantFaults(t testing.TB, s xades.Signature, want ...document.Fault) {
	t.Helper()
	documenttest.WantFaults(t, s.Signature, want...)
	if len(want) > 0 && len(s.Covered) > 0 {
		t.Errorf("it covers %v, with faults", s.Covered)
	}
}

func authority(t testing.TB, o testpki.TSAOptions) *timestamp.Client {
	t.Helper()
	return documenttest.Authority(t, pki.NewTSA(o))
}

// folder writes files into a folder of the test.
func folder(t testing.TB, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range contents {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// xmlsec1 runs it in a folder and gives what it says.
func xmlsec1(dir string, args ...string) (string, error) {
	cmd := exec.Command("xmlsec1", args...)
	cmd.Dir = dir
	words, err := cmd.CombinedOutput()
	return string(words), err
}

func certPEM(cert *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
}

func keyPEM(key *rsa.PrivateKey) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// isRefusal says that an error is a refusal for this fault.
func isRefusal(err error, f document.Fault) bool { return errors.Is(err, &document.Refusal{Fault: f}) }
