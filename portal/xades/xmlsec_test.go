// SPDX-License-Identifier: BSD-3-Clause

package xades_test

import (
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// verifiedByXMLSec says what xmlsec1 makes of a file: whether each signature of SignedInfo and each digest is right, and
// our authority issued the certificate. It does not know XAdES: the identifiers of its elements must be named.
func verifiedByXMLSec(t *testing.T, signed string, beside map[string]string, n int) (string, bool) {
	t.Helper()
	files := map[string]string{"signed.xml": signed, "ca.pem": certPEM(pki.CA())}
	for name, content := range beside {
		files[name] = content
	}
	dir := folder(t, files)
	path := "/descendant::*[local-name()='Signature']"
	for i := 1; i <= n; i++ {
		node := "(" + path + ")[" + string(rune('0'+i)) + "]"
		if words, err := xmlsec1(dir, "--verify", "--trusted-pem", "ca.pem", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
			"--node-xpath", node, "signed.xml"); err != nil {
			return words, false
		}
	}
	return "", true
}

func TestXMLSecAcceptsWhatIsMadeHereAndRefusesWhatWasTamperedWith(t *testing.T) {
	giada, other := card(testpki.LeafOptions{}), card(testpki.LeafOptions{FreshKey: true})
	first := written(t, giada.enveloped(t, form), nil)
	for name, c := range map[string]struct {
		signed string
		beside map[string]string
		n      int
		change string // what is changed in signed, or, of a detached one, in the document
	}{
		"enveloped":                        {signed: first, n: 1, change: "ROSSINI"},
		"enveloped, with a time stamp":     {signed: written(t, stamped(t, giada.enveloped(t, form)), nil), n: 1, change: "ROSSINI"},
		"enveloped, in a root with no end": {signed: written(t, giada.enveloped(t, `<a b="ROSSINI"/>`), nil), n: 1, change: "ROSSINI"},
		"enveloped, two signers":           {signed: written(t, other.enveloped(t, first), nil), n: 2, change: "ROSSINI"},
		"enveloping":                       {signed: written(t, giada.enveloping(t, text), text), n: 1, change: "RG9t"},
		"enveloping, with a time stamp":    {signed: written(t, stamped(t, giada.enveloping(t, text)), text), n: 1, change: "RG9t"},
		"detached":                         {signed: written(t, giada.detached(t, text, "domanda.txt"), nil), beside: map[string]string{"domanda.txt": string(text)}, n: 1, change: "Domanda"},
	} {
		t.Run(name, func(t *testing.T) {
			if words, ok := verifiedByXMLSec(t, c.signed, c.beside, c.n); !ok {
				t.Fatalf("%s", words)
			}
			broken := strings.Replace(c.signed, c.change, strings.ToLower(c.change), 1)
			beside := map[string]string{}
			for name, content := range c.beside {
				broken, beside[name] = c.signed, strings.Replace(content, c.change, strings.ToLower(c.change), 1)
			}
			if words, ok := verifiedByXMLSec(t, broken, beside, c.n); ok {
				t.Errorf("xmlsec1 accepts what was changed: %s", words)
			}
			broken = strings.Replace(c.signed, "<xades:SigningTime>2", "<xades:SigningTime>1", 1)
			if words, ok := verifiedByXMLSec(t, broken, c.beside, c.n); ok {
				t.Errorf("xmlsec1 accepts another time: %s", words)
			}
			var contents []string
			for name, content := range c.beside {
				contents = append(contents, name, content)
			}
			found := verify(t, c.signed, contents...)
			if len(found) != c.n {
				t.Errorf("%d signatures", len(found))
			}
			for _, s := range found {
				wantGood(t, s)
				if s.Cover != document.CoverWhole || s.Level == document.LevelNone || s.Kind != document.KindFEA || len(s.Covered) != 1 {
					t.Errorf("%+v", s)
				}
			}
		})
	}
}
