// SPDX-License-Identifier: BSD-3-Clause

package xades_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/xades"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// FuzzVerify changes a signed file: no signature may be good that covers anything but what was signed.
func FuzzVerify(f *testing.F) {
	giada := card(testpki.LeafOptions{})
	file := written(f, stamped(f, giada.enveloped(f, `<a xmlns:b="urn:b" b:c="1"><d>due</d><!-- e --></a>`)), nil)
	inside := written(f, giada.enveloping(f, text), text)
	want := map[string]bool{string(covered(f, documenttest.Only(f, verify(f, file)))): true, string(text): true}
	tr := trust(f, nil)
	f.Add(false, 10, 0, "x")
	f.Add(false, 0, 3, "<!-- -->")
	f.Add(true, 300, 20, "<ds:Object/>")
	f.Add(true, len(inside)-16, 0, "<ds:Object>eA==</ds:Object>")
	f.Fuzz(func(t *testing.T, which bool, at, out int, in string) {
		b := file
		if which {
			b = inside
		}
		if at < 0 || out < 0 || at > len(b) || out > len(b)-at {
			return
		}
		m, err := xades.Read([]byte(b[:at] + in + b[at+out:]))
		if err != nil {
			if _, ok := errors.AsType[*document.Refusal](err); !ok {
				t.Errorf("not a refusal: %v", err)
			}
			return
		}
		found, err := m.Verify(t.Context(), tr, xades.Input{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range found {
			if s.Good() && !want[string(covered(t, s))] {
				t.Errorf("good, and it covers %s", covered(t, s))
			}
		}
	})
}

// FuzzPrepare signs whatever can be signed, and verifies it.
func FuzzPrepare(f *testing.F) {
	giada, tr := card(testpki.LeafOptions{}), trust(f, nil)
	for _, file := range []string{form, simple, "<a/>", "<p:a xmlns:p='u' b='\r\n'/ ><!-- x -->", around} {
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		before := bytes.Clone(file)
		p, err := xades.PrepareEnveloped(file, giada.options())
		if err != nil {
			return
		}
		s, err := p.Assemble(giada.value(t, p.Digest()))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := s.Write(&out, nil); err != nil {
			t.Fatal(err)
		}
		m, err := xades.Read(out.Bytes())
		if err != nil {
			t.Fatalf("what was signed cannot be read: %v", err)
		}
		found, err := m.Verify(t.Context(), tr, xades.Input{Contents: map[string]io.Reader{}})
		if err != nil {
			t.Fatal(err)
		}
		if last := found[len(found)-1]; !last.Good() || last.Cover != document.CoverWhole {
			t.Errorf("%+v", last.Faults)
		}
		if !bytes.Equal(file, before) {
			t.Error("the file has changed")
		}
	})
}
