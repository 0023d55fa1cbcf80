// SPDX-License-Identifier: BSD-3-Clause

package pades_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
)

// FuzzVerify changes and extends a signed file: no signature may stay good with a revision that covers the whole, unless
// the file is the one that was signed.
func FuzzVerify(f *testing.F) {
	signed := sign(f, target().Table(), options())
	tr := trust(f, nil)
	f.Add(10, []byte{1}, []byte(nil))
	f.Add(0, []byte{}, pdftest.Update(signed, map[int]string{5: "null"}, "")[len(signed):])
	f.Add(0, []byte{}, pdftest.Update(signed, map[int]string{20: "<</FT /Tx /V (x)>>"}, "")[len(signed):])
	f.Fuzz(func(t *testing.T, at int, over, more []byte) {
		file := bytes.Clone(signed)
		if at >= 0 && at < len(file) {
			copy(file[at:], over)
		}
		same := bytes.Equal(file, signed)
		file = append(file, more...)
		found, err := pades.Verify(t.Context(), file, tr)
		if err != nil {
			if _, ok := errors.AsType[*document.Refusal](err); !ok {
				t.Errorf("not a refusal: %v", err)
			}
			return
		}
		for _, s := range found {
			blank := len(bytes.Trim(more, " \t\r\n\x00")) == 0
			if s.Good() && s.Cover == document.CoverWhole && !(same && blank) {
				// The gap may hold the hexadecimal digits in another case, and its filling.
				if _, gap := contents(t, signed); at < gap[0] || at >= gap[1] || !blank {
					t.Errorf("good, with %q at byte %d and %q at the end", over, at, more)
				}
			}
		}
	})
}

// FuzzPrepare signs whatever can be signed, and verifies it.
func FuzzPrepare(f *testing.F) {
	for _, file := range forms(pdftest.WithForm()) {
		f.Add(file)
	}
	tr := trust(f, nil)
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := pades.Prepare(file, options())
		if err != nil {
			return
		}
		s, err := p.Assemble(cardSign(t, p.Digest()))
		if err != nil {
			t.Fatal(err)
		}
		found, err := pades.Verify(t.Context(), write(t, s), tr)
		if err != nil {
			t.Fatalf("what was signed cannot be verified: %v", err)
		}
		if last := found[len(found)-1]; !last.Good() || last.Cover != document.CoverWhole {
			t.Errorf("%+v", last)
		}
	})
}
