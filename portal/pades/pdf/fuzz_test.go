// SPDX-License-Identifier: BSD-3-Clause

package pdf_test

import (
	"testing"

	"github.com/ponte-cns/ponte/portal/pades/pdf"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
)

// FuzzOpen reads everything of a file, and writes an update of it.
func FuzzOpen(f *testing.F) {
	for _, file := range forms(pdftest.WithForm()) {
		f.Add(file)
		f.Add(pdftest.Update(file, map[int]string{20: "free", 21: "<</A (x) /B <0g>>>"}, ""))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		d, err := pdf.Open(file)
		if err != nil {
			return
		}
		d.Each(func(number, _ int) bool {
			o, err := d.Number(number)
			if err != nil {
				return true
			}
			pdf.References(o, func(r pdf.Ref) { _, _ = d.Resolve(r) })
			if !pdf.Equal(o, o) {
				t.Errorf("object %d is not itself: %v", number, o)
			}
			return true
		})
		_, _ = d.Page(1)
		_, _ = d.Pages()
		if end := d.End(); end <= 0 || end > len(file) {
			t.Errorf("a file of %d bytes ends at %d", len(file), end)
		}
		u, err := d.NewUpdate()
		if err != nil {
			return
		}
		r := u.Reserve()
		u.Write(r, pdf.Name("here"))
		whole := append(append([]byte{}, file...), u.Close()...)
		again, err := pdf.Open(whole)
		if err != nil {
			t.Fatalf("the update cannot be read: %v", err)
		}
		if o, err := again.Load(r); err != nil || o != pdf.Name("here") {
			t.Errorf("the object of the update: %v, %v", o, err)
		}
	})
}

// FuzzObject writes what was read, and reads it again.
func FuzzObject(f *testing.F) {
	for _, text := range []string{"<</A [1 -2.5 (x\\)\\101) <4> /N#20] /B 12 0 R>>", "null", "true", "[[[]]]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first := object(text)
		if first == nil {
			return
		}
		second := object(string(pdf.Append(nil, first)))
		if !pdf.Equal(first, second) {
			t.Errorf("%v became %v", first, second)
		}
	})
}

// object reads a text as an object of a file; nil if it is none.
func object(text string) pdf.Object {
	file := pdftest.File{Objects: map[int]string{1: "<</Type /Catalog>>", 2: text}}
	d, err := pdf.Open(file.Table())
	if err != nil {
		return nil
	}
	o, err := d.Number(2)
	if err != nil {
		return nil
	}
	return o
}
