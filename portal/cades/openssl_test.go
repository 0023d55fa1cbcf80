// SPDX-License-Identifier: BSD-3-Clause

package cades_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// verifiedByOpenSSL says what openssl makes of a message: the document, or its words.
func verifiedByOpenSSL(t *testing.T, message, content []byte) ([]byte, bool) {
	t.Helper()
	in := files(t, map[string][]byte{"ca.pem": pki.CAPEM(), "message": message, "content": content})
	args := []string{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", in("message"), "-CAfile", in("ca.pem"), "-purpose", "any", "-out", in("out")}
	if content != nil {
		args = append(args, "-content", in("content"))
	}
	if words, err := openssl(args...); err != nil {
		return words, false
	}
	out, err := os.ReadFile(in("out"))
	if err != nil {
		t.Fatal(err)
	}
	return out, true
}

func TestOpenSSLAcceptsWhatIsMadeHereAndRefusesWhatWasTamperedWith(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	stamped := func(s *cades.Signed) *cades.Signed {
		if err := s.Stamp(t.Context(), authority(t, testpki.TSAOptions{})); err != nil {
			t.Fatal(err)
		}
		return s
	}
	beside := func() []byte {
		m := read(t, attached(t, giada.signed(t, text, nil), text))
		other := card(testpki.LeafOptions{FreshKey: true})
		p, err := cades.PrepareBeside(m, other.options())
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := stamped(other.assembled(t, p)).WriteAttached(&out, nil); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	mime := func(o *cades.Options) { o.MimeType = "text/plain" }
	late := func(o *cades.Options) { o.SigningTime = time.Date(2051, 1, 2, 3, 4, 5, 0, time.UTC) }
	pades := func(o *cades.Options) { o.Profile, o.SigningTime = cades.PAdES, time.Time{} }
	for name, c := range map[string]struct{ message, content []byte }{
		"attached":                      {attached(t, giada.signed(t, text, nil), text), nil},
		"attached, of nothing":          {attached(t, giada.signed(t, nil, nil), nil), nil},
		"attached, with MIME type":      {attached(t, giada.signed(t, text, mime), text), nil},
		"attached, with time stamp":     {attached(t, stamped(giada.signed(t, text, nil)), text), nil},
		"attached, signed after 2050":   {attached(t, giada.signed(t, text, late), text), nil},
		"attached, the size of 300 kB":  {attached(t, giada.signed(t, bytes.Repeat(text, 4000), nil), bytes.Repeat(text, 4000)), nil},
		"detached":                      {detached(t, giada.signed(t, text, nil)), text},
		"detached, with time stamp":     {detached(t, stamped(giada.signed(t, text, nil))), text},
		"for a PDF":                     {detached(t, giada.signed(t, text, pades)), text},
		"two signers beside each other": {beside(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			out, ok := verifiedByOpenSSL(t, c.message, c.content)
			if !ok {
				t.Fatalf("%s", out)
			}
			if c.content == nil && !bytes.Equal(out, read(t, c.message).Content()) {
				t.Error("openssl finds another document")
			}
			broken := bytes.Clone(c.message)
			broken[len(broken)-len(broken)/8] ^= 1 // in a signature or a time stamp
			if c.content != nil {
				if out, ok := verifiedByOpenSSL(t, c.message, append([]byte("x"), c.content...)); ok {
					t.Errorf("openssl accepts another document: %s", out)
				}
			} else if i := bytes.Index(broken, []byte("Domanda")); i >= 0 {
				broken[i] ^= 1
				if out, ok := verifiedByOpenSSL(t, broken, nil); ok {
					t.Errorf("openssl accepts a changed document: %s", out)
				}
			}
		})
	}
}

func TestWhatOpenSSLSignsIsAcceptedHere(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	in := files(t, map[string][]byte{"cert.pem": certPEM(giada.cert), "key.pem": keyPEM(giada.key), "text": text})
	for name, c := range map[string]struct {
		args   []string
		faults []document.Fault
		level  document.Level
	}{
		"attached":                          {args: []string{"-nodetach", "-cades", "-outform", "DER"}, level: document.LevelB},
		"attached, in PEM":                  {args: []string{"-nodetach", "-cades", "-outform", "PEM"}, level: document.LevelB},
		"attached, with indefinite lengths": {args: []string{"-nodetach", "-cades", "-outform", "DER", "-stream"}, level: document.LevelB},
		"detached":                          {args: []string{"-cades", "-outform", "DER"}, level: document.LevelB},
		"detached, with SHA-512":            {args: []string{"-cades", "-outform", "DER", "-md", "sha512"}, level: document.LevelB},
		"attached, with SHA-384 and PSS":    {args: []string{"-nodetach", "-cades", "-outform", "DER", "-md", "sha384", "-keyopt", "rsa_padding_mode:pss"}, level: document.LevelB},
		"named by its key":                  {args: []string{"-nodetach", "-cades", "-outform", "DER", "-keyid"}, level: document.LevelB},
		"with SHA-1":                        {args: []string{"-nodetach", "-cades", "-outform", "DER", "-md", "sha1"}, faults: []document.Fault{document.FaultWeakAlgorithm}},
		"with MD5":                          {args: []string{"-nodetach", "-cades", "-outform", "DER", "-md", "md5"}, faults: []document.Fault{document.FaultWeakAlgorithm}},
		"without attributes":                {args: []string{"-nodetach", "-noattr", "-outform", "DER"}, faults: []document.Fault{document.FaultAttributeAbsent}},
		"no CAdES":                          {args: []string{"-nodetach", "-outform", "DER"}, faults: []document.Fault{document.FaultAttributeAbsent}},
		"without certificate":               {args: []string{"-nodetach", "-cades", "-nocerts", "-outform", "DER"}, faults: []document.Fault{document.FaultNoCertificate}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"cms", "-sign", "-binary", "-in", in("text"), "-signer", in("cert.pem"), "-inkey", in("key.pem"), "-out", in("out")}, c.args...)
			if words, err := openssl(args...); err != nil {
				t.Fatalf("%s", words)
			}
			message, err := os.ReadFile(in("out"))
			if err != nil {
				t.Fatal(err)
			}
			var with cades.Input
			if !read(t, message).Attached() {
				with.Content = bytes.NewReader(text)
			}
			s := documenttest.Only(t, verify(t, message, with))
			documenttest.WantFaults(t, s, c.faults...)
			if s.Level != c.level {
				t.Errorf("level %q, want %q: %v", s.Level, c.level, s.Notes)
			}
			if c.faults == nil && (s.Kind != document.KindFEA || s.Cover != document.CoverWhole || !s.Certificate.Equal(giada.cert)) {
				t.Errorf("%+v", s)
			}
			if read(t, message).Attached() && !bytes.Equal(read(t, message).Content(), text) {
				t.Error("another document is found")
			}
		})
	}
}
