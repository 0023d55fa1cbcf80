// SPDX-License-Identifier: BSD-3-Clause

package asic_test

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/rsa"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/xades"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestASignatureOfSomethingElseIsFound(t *testing.T) {
	for _, format := range []document.Format{document.CAdES, document.XAdES} {
		good := container(t, format)
		if s := verify(t, changed(t, good, func(f []file) []file { f[1].content[3] ^= 1; return f })()); !s.Has(document.FaultDocumentChanged) {
			t.Errorf("%s: another document: %v", format, s.Faults)
		}
	}
	renamed := verify(t, changed(t, container(t, document.XAdES), func(f []file) []file { f[1].Name = "altro.txt"; return f })())
	if !renamed.Has(document.FaultNoContent) {
		t.Errorf("another name: %v", renamed.Faults)
	}
}

// A signature may be good, and be of something that is not the document of the container.
func TestASignatureThatBringsItsOwnDocumentAlongIsRefused(t *testing.T) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	sign := func(digest []byte) []byte {
		value, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	with := func(format document.Format, content []byte) []byte {
		return changed(t, container(t, format), func(f []file) []file { f[2].content = content; return f })()
	}

	p, err := cades.Prepare(bytes.NewReader(text), cades.Options{Certificate: cert, SigningTime: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Assemble(sign(p.Digest()))
	if err != nil {
		t.Fatal(err)
	}
	var p7m bytes.Buffer
	if err := s.WriteAttached(&p7m, bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	c, err := read(with(document.CAdES, p7m.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Verify(t.Context(), trust(t)); !isRefusal(err, document.FaultReference) {
		t.Errorf("a .p7m: %v", err)
	}

	options := xades.Options{Certificate: cert, SigningTime: time.Now()}
	enveloping, err := xades.PrepareEnveloping(bytes.NewReader(text), options)
	if err != nil {
		t.Fatal(err)
	}
	inside := xmlOf(t, enveloping, sign, text)
	if found := verify(t, with(document.XAdES, inside)); !slices.ContainsFunc(found.Faults, func(r *document.Refusal) bool { return r.Fault == document.FaultReference }) || found.Cover != document.CoverNone {
		t.Errorf("an enveloping signature: %+v", found)
	}
	enveloped, err := xades.PrepareEnveloped([]byte("<a/>"), options)
	if err != nil {
		t.Fatal(err)
	}
	c, err = read(with(document.XAdES, xmlOf(t, enveloped, sign, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Verify(t.Context(), trust(t)); !isRefusal(err, document.FaultFormat) {
		t.Errorf("another signed document: %v", err)
	}
}

func xmlOf(t *testing.T, p *xades.Prepared, sign func([]byte) []byte, content []byte) []byte {
	t.Helper()
	s, err := p.Assemble(sign(p.Digest()))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var in io.Reader
	if content != nil {
		in = bytes.NewReader(content)
	}
	if err := s.Write(&out, in); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestADocumentThatIsDamagedIsAFault(t *testing.T) {
	for _, format := range []document.Format{document.CAdES, document.XAdES} {
		damaged := changed(t, container(t, format), func(f []file) []file { f[1].Method = zip.Store; return f })()
		at := bytes.Index(damaged, []byte("Domanda"))
		damaged[at] ^= 1
		c, err := read(damaged)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Verify(t.Context(), trust(t)); !isRefusal(err, document.FaultFormat) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestWhatIsMadeHereIsGoodAndOtherProgramsReadIt(t *testing.T) {
	for _, format := range []document.Format{document.CAdES, document.XAdES} {
		t.Run(string(format), func(t *testing.T) {
			const name = "domanda.txt" // xmlsec1 does not undo what is escaped in a URI
			o := options(format)
			o.Name = name
			s := signed(t, text, o)
			if err := s.Stamp(t.Context(), authority{pki.NewTSA(testpki.TSAOptions{})}); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := s.Write(&out, bytes.NewReader(text)); err != nil {
				t.Fatal(err)
			}
			found := verify(t, out.Bytes())
			if !found.Good() || found.Level != document.LevelT || found.Cover != document.CoverWhole || found.Format != format || found.Kind != document.KindFEA {
				t.Errorf("%+v", found)
			}
			if !bytes.HasPrefix(out.Bytes()[30:], []byte("mimetypeapplication/vnd.etsi.asic-s+zip")) {
				t.Error("the type is not where other programs look for it")
			}
			c, err := read(out.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			r, err := c.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if b, err := io.ReadAll(r); err != nil || !bytes.Equal(b, text) || c.Name() != name || c.Size() != int64(len(text)) {
				t.Errorf("%q %q %v", c.Name(), b, err)
			}
			judgedByOthers(t, format, name, out.Bytes())
		})
	}
}

// judgedByOthers takes the container apart with unzip and gives its signature to openssl or xmlsec1.
func judgedByOthers(t *testing.T, format document.Format, name string, b []byte) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "c.asics"), b)
	write(t, filepath.Join(dir, "ca.pem"), caPEM())
	run := func(args ...string) ([]byte, error) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		return cmd.CombinedOutput()
	}
	if words, err := run("unzip", "-q", "c.asics"); err != nil {
		t.Fatalf("%s", words)
	}
	args := []string{"openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "META-INF/signature.p7s", "-content", name, "-CAfile", "ca.pem", "-purpose", "any", "-out", "out"}
	if format == document.XAdES {
		args = []string{"xmlsec1", "--verify", "--trusted-pem", "ca.pem", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties", "META-INF/signatures.xml"}
	}
	if words, err := run(args...); err != nil {
		t.Errorf("%s", words)
	}
	write(t, filepath.Join(dir, name), []byte("altro"))
	if words, err := run(args...); err == nil {
		t.Errorf("another document is accepted: %s", words)
	}
}

func TestANameWithAccentsIsKept(t *testing.T) {
	for _, format := range []document.Format{document.CAdES, document.XAdES} {
		good := container(t, format)
		if s := verify(t, good); !s.Good() || s.Level != document.LevelB {
			t.Errorf("%s: %+v", format, s)
		}
		if c, err := read(good); err != nil || c.Name() != name {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(container(f, document.CAdES))
	f.Add(container(f, document.XAdES))
	tr := trust(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := read(b)
		if err != nil {
			if _, ok := errors.AsType[*document.Refusal](err); !ok {
				t.Errorf("not a refusal: %v", err)
			}
			return
		}
		found, err := c.Verify(t.Context(), tr)
		if err != nil {
			return
		}
		for _, s := range found {
			if !s.Good() {
				continue
			}
			r, err := c.Open()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, text) {
				t.Errorf("good, with another document: %q %v", got, err)
			}
			r.Close()
		}
	})
}
