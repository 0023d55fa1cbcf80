// SPDX-License-Identifier: BSD-3-Clause

package pades_test

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
)

// target is a form with what an attacker prepared in it before it was signed: a page (40) and a stream (41) that nothing
// refers to, and a reference to an object that does not exist (49).
func target() pdftest.File {
	f := pdftest.WithForm()
	f.Objects[4] = "<</Type /Page /Parent 2 0 R /Contents 5 0 R /Resources <</Font <</F1 3 0 R>> /XObject <</Logo 49 0 R>>>> /Annots 32 0 R>>"
	f.Objects[40] = "<</Type /Page /Parent 2 0 R /Contents 41 0 R>>"
	f.Objects[41] = pdftest.Stream("", "BT ET")
	f.Objects[42] = "<</Title (Domanda)>>"
	f.Trailer = "/Root 1 0 R /Info 42 0 R"
	return f
}

// catalogue of a target after it was signed. The form is object 30.
const catalogue = "<</Type /Catalog /Pages 2 0 R /AcroForm 30 0 R"

func TestWhatChangesADocumentAfterItsSignatureIsFoundOut(t *testing.T) {
	f := target()
	page := f.Objects[4]
	note := "<</Type /Annot /Subtype /FreeText /Rect [0 0 500 500] /Contents (no)>>"
	signedPage := func(annots string) string { return strings.Replace(page, "/Annots 32 0 R", "/Annots "+annots, 1) }
	for name, objects := range map[string]map[int]string{
		"another text on the page":               {5: pdftest.Stream("", "BT ET")},
		"another font":                           {3: "<</Type /Font /Subtype /Type1 /BaseFont /Symbol>>"},
		"another page instead":                   {2: "<</Type /Pages /Count 1 /MediaBox [0 0 595 842] /Kids [40 0 R]>>"},
		"another page more":                      {2: "<</Type /Pages /Count 2 /MediaBox [0 0 595 842] /Kids [4 0 R 40 0 R]>>"},
		"a page of another size":                 {4: strings.Replace(page, "/Type /Page", "/Type /Page /MediaBox [0 0 100 100]", 1)},
		"a page that is turned":                  {4: strings.Replace(page, "/Type /Page", "/Type /Page /Rotate 180", 1)},
		"a page with what was hidden":            {4: strings.Replace(page, "5 0 R", "41 0 R", 1)},
		"an annotation over the page":            {32: "[20 0 R 21 0 R 22 0 R 24 0 R 25 0 R 70 0 R 80 0 R]", 80: note},
		"an annotation, the list in the page":    {4: signedPage("[20 0 R 21 0 R 22 0 R 24 0 R 25 0 R 70 0 R 80 0 R]"), 80: note},
		"an annotation that is none of a page":   {4: signedPage("[80 0 R]"), 80: note},
		"annotations that are gone":              {32: "[20 0 R]"},
		"annotations in another order":           {32: "[21 0 R 20 0 R 22 0 R 24 0 R 25 0 R]"},
		"an object that was missing":             {49: pdftest.Stream("/Type /XObject /Subtype /Form /BBox [0 0 9 9]", "0 0 9 9 re f")},
		"an object that is gone":                 {5: "free"},
		"another page tree":                      {1: "<</Type /Catalog /Pages 80 0 R /AcroForm 30 0 R>>", 80: "<</Type /Pages /Count 0 /Kids []>>"},
		"an action when it is opened":            {1: catalogue + " /OpenAction <</S /JavaScript /JS (1)>>>>"},
		"names of actions":                       {1: catalogue + " /Names <</JavaScript 80 0 R>>>>"},
		"layers that can be hidden":              {1: catalogue + " /OCProperties <<>>>>"},
		"usage rights":                           {1: catalogue + " /Perms <<>>>>"},
		"a catalogue without its form":           {1: "<</Type /Catalog /Pages 2 0 R>>"},
		"a form that is no dictionary":           {30: "[]"},
		"a form whose fields are gone":           {31: "[20 0 R]"},
		"a field more that is no signature":      {31: "[20 0 R 21 0 R 22 0 R 23 0 R %s 80 0 R]", 80: "<</FT /Tx /T (x) /V (x)>>"},
		"a signature field with an action":       {31: "[20 0 R 21 0 R 22 0 R 23 0 R %s 80 0 R]", 80: "<</FT /Sig /T (x) /AA <</E 81 0 R>>>>"},
		"a signature field that could be a page": {31: "[20 0 R 21 0 R 22 0 R 23 0 R %s 80 0 R]", 80: "<</Type /Page /FT /Sig /T (x)>>"},
		"a form that is drawn anew":              {30: "<</Fields 31 0 R /DR <</Font <</F1 3 0 R>>>> /DA (/F1 0 Tf 0 g) /SigFlags 3 /NeedAppearances true>>"},
		"a form with other fonts":                {30: "<</Fields 31 0 R /DR <</Font <</F1 80 0 R>>>> /DA (/F1 0 Tf 0 g) /SigFlags 3>>", 80: "<<>>"},
		"a form in XFA":                          {30: "<</Fields 31 0 R /DR <</Font <</F1 3 0 R>>>> /DA (/F1 0 Tf 0 g) /SigFlags 3 /XFA (x)>>"},
		"a field that moved":                     {20: strings.Replace(f.Objects[20], "[72 600", "[72 100", 1)},
		"a field with another name":              {20: strings.Replace(f.Objects[20], "(nome)", "(cognome)", 1)},
		"a field with an action":                 {20: strings.Replace(f.Objects[20], "/FT /Tx", "/FT /Tx /A <</S /JavaScript /JS (1)>>", 1)},
		"a field that is hidden":                 {20: strings.Replace(f.Objects[20], "/F 4", "/F 2", 1)},
		"an appearance in use":                   {33: pdftest.Stream("/Type /XObject /Subtype /Form /BBox [0 0 12 12]", "")},
		"information that something else uses":   {42: "<</Title (x) /A 5 0 R>>"},
		"a damaged object":                       {3: "<<"},
	} {
		for form, file := range forms(f) {
			signed := sign(t, file, options())
			widget := fmt.Sprintf("%d 0 R", newest(t, signed))
			now := maps.Clone(objects)
			for n := range now {
				now[n] = strings.ReplaceAll(strings.ReplaceAll(now[n], "%s", widget), "70 0 R", widget)
			}
			changed := pdftest.Update(signed, now, f.Trailer)
			found, err := pades.Verify(t.Context(), changed, trust(t, nil))
			if err != nil {
				if strings.Contains(name, "damaged") || strings.Contains(name, "form") {
					continue // the whole file is refused, or says that nobody has signed
				}
				t.Errorf("%s, %s: %v", form, name, err)
				continue
			}
			if s := found[0]; !s.Has(document.FaultChangedAfter) {
				t.Errorf("%s, %s: %v", form, name, s.Faults)
			}
		}
	}
}

// newest is the number of the field that sign added: the last of the form's.
func newest(t *testing.T, file []byte) int {
	t.Helper()
	var n int
	at := bytes.LastIndex(file, []byte("[20 0 R 21 0 R 22 0 R 23 0 R "))
	if _, err := fmt.Sscanf(string(file[at:]), "[20 0 R 21 0 R 22 0 R 23 0 R %d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAFileThatForgetsItsHistoryIsFoundOut(t *testing.T) {
	f := target()
	signed := sign(t, f.Table(), options())
	widget := newest(t, signed)
	update := pdftest.Update(signed, map[int]string{5: pdftest.Stream("", "BT ET")}, f.Trailer)
	forgot := replace(t, update, fmt.Sprintf("/Prev %d>>", pdftest.LastXref(signed)), fmt.Sprintf("/Prev %d>>", pdftest.LastXref(f.Table())))
	if _, err := pades.Verify(t.Context(), forgot, trust(t, nil)); err == nil {
		t.Error("a file whose update builds on the unsigned document has no signature, and is accepted")
	}
	// The same, with the signature in the form: its objects are those of the signed bytes.
	at := func(n int) string {
		return fmt.Sprintf("%010d 00000 n ", bytes.LastIndex(signed, fmt.Appendf(nil, "\n%d 0 obj", n))+1)
	}
	start := len(signed)
	out := bytes.Clone(signed)
	for i, n := range []int{30, 31, 32, widget - 1, widget} {
		if i == 0 {
			out = append(out, "xref\n"...)
		}
		out = fmt.Appendf(out, "%d 1\n%s\n", n, at(n))
	}
	out = fmt.Appendf(out, "trailer\n<</Size %d %s /Prev %d>>\nstartxref\n%d\n%%%%EOF\n", widget+1, f.Trailer, pdftest.LastXref(f.Table()), start)
	if s := first(t, out); !s.Has(document.FaultChangedAfter) {
		t.Errorf("%v", s.Faults)
	}
}

// TestASignatureThatAnotherFieldTakesOverIsFoundOut: the signature is whole, but in the revision that it covers it was in
// another field.
func TestASignatureThatAnotherFieldTakesOverIsFoundOut(t *testing.T) {
	f := target()
	signed := sign(t, f.Table(), options())
	update := map[int]string{31: "[20 0 R 21 0 R 22 0 R 23 0 R 80 0 R]", 80: fmt.Sprintf("<</FT /Sig /T (x) /V %d 0 R>>", newest(t, signed)-1)}
	if s := first(t, pdftest.Update(signed, update, f.Trailer)); !s.Has(document.FaultReference) || !s.Has(document.FaultChangedAfter) {
		t.Errorf("%v", s.Faults)
	}
	both := map[int]string{31: fmt.Sprintf("[20 0 R 21 0 R 22 0 R 23 0 R %d 0 R 80 0 R]", newest(t, signed)), 80: update[80]}
	if all := verify(t, pdftest.Update(signed, both, f.Trailer)); len(all) != 1 {
		t.Errorf("one signature counts %d times", len(all))
	}
}

func TestAnotherCatalogueIsFoundOut(t *testing.T) {
	f := target()
	signed := sign(t, f.Table(), options())
	other := pdftest.Update(signed, map[int]string{80: catalogue + ">>"}, "/Root 80 0 R")
	if s := first(t, other); !s.Has(document.FaultChangedAfter) {
		t.Errorf("%v", s.Faults)
	}
}

func TestWhatFollowsTheEndIsFoundOut(t *testing.T) {
	signed := sign(t, target().Table(), options())
	if s := first(t, append(bytes.Clone(signed), "\n \r\n\x00"...)); !s.Good() {
		t.Errorf("white space: %v", s.Faults)
	}
	if s := first(t, append(bytes.Clone(signed), "something"...)); !s.Has(document.FaultChangedAfter) {
		t.Errorf("something: %v", s.Faults)
	}
}

// TestAnObjectStreamThatIsReplacedIsFoundOut: the validation data refer to it, so that it seems to be part of them.
func TestAnObjectStreamThatIsReplacedIsFoundOut(t *testing.T) {
	f := target()
	f.Objects[1] = catalogue + " /DSS <</Certs [43 0 R]>>>>"
	signed := sign(t, f.Packed(), options())
	f.Objects[3] = "<</Type /Font /Subtype /Type1 /BaseFont /Symbol>>"
	other := f.Packed()
	other = other[bytes.Index(other, []byte("\n43 0 obj\n"))+10:]
	text := string(other[:bytes.Index(other, []byte("\nendobj\n"))])
	if s := first(t, pdftest.Update(signed, map[int]string{43: text}, f.Trailer)); !s.Has(document.FaultChangedAfter) {
		t.Errorf("%v", s.Faults)
	}
}

// TestAnObjectStreamThatWasMissingIsFoundOut: the page refers to an object in it.
func TestAnObjectStreamThatWasMissingIsFoundOut(t *testing.T) {
	f := pdftest.Simple(1)
	f.Objects[4] = "<</Type /Page /Parent 2 0 R /Contents 5 0 R /Resources <</XObject <</Logo 90 0 R>>>>>>"
	signed := sign(t, pdftest.Update(f.Hybrid(), map[int]string{96: "free"}, ""), options())
	if s := first(t, signed); !s.Good() {
		t.Fatal(s.Faults)
	}
	later := map[int]string{96: pdftest.Flate("/Type /ObjStm /N 1 /First 5", []byte("90 0 <</Logo 1>>"))}
	if s := first(t, pdftest.Update(signed, later, "")); !s.Has(document.FaultChangedAfter) {
		t.Errorf("%v", s.Faults)
	}
}

func TestAnotherAppearanceOfASignatureIsFoundOut(t *testing.T) {
	f := target()
	signed := sign(t, f.Table(), options())
	n := newest(t, signed)
	widget := string(signed[bytes.LastIndex(signed, fmt.Appendf(nil, "\n%d 0 obj\n", n)):])
	widget = widget[strings.Index(widget, "<<")+2 : strings.Index(widget, "\nendobj")]
	if s := first(t, pdftest.Update(signed, map[int]string{n: "<</AP <</N 41 0 R>> " + widget}, f.Trailer)); !s.Has(document.FaultChangedAfter) {
		t.Errorf("%v", s.Faults)
	}
}

func TestFormsThatAreFilledInAfterTheSignatureAreNoted(t *testing.T) {
	f := target()
	fill := map[int]string{
		20: strings.Replace(f.Objects[20], "/FT /Tx", "/FT /Tx /V (Giada) /AP <</N 80 0 R>>", 1),
		21: strings.Replace(strings.Replace(f.Objects[21], "/V /Off", "/V /Si", 1), "/AS /Off", "/AS /Si", 1),
		25: strings.Replace(f.Objects[25], "/T (", "/V (Forl\\354) /T (", 1),
		42: "<</Title (Domanda) /ModDate (D:20261122)>>",
		80: pdftest.Stream("/Type /XObject /Subtype /Form /BBox [0 0 200 20]", "BT ET"),
	}
	for name, file := range forms(f) {
		filled := pdftest.Update(sign(t, file, options()), fill, f.Trailer)
		s := first(t, filled)
		if !s.Good() || s.Cover != document.CoverRevision || len(s.Notes) < 2 {
			t.Errorf("%s: %v, %q, %q", name, s.Faults, s.Cover, s.Notes)
		}
		both := verify(t, sign(t, filled, options()))
		if len(both) != 2 || !both[0].Good() || !both[1].Good() || both[1].Cover != document.CoverWhole {
			t.Errorf("%s, signed again: %+v", name, both)
		}
	}
}

func TestAValidationStoreIsNoChange(t *testing.T) {
	f := target()
	signed := sign(t, f.Table(), options())
	dss := map[int]string{
		1:  catalogue + " /DSS 80 0 R /Extensions <</ESIC <</BaseVersion /1.7 /ExtensionLevel 5>>>>>>",
		80: "<</Type /DSS /Certs [81 0 R]>>", 81: pdftest.Stream("", "certificate"),
	}
	once := pdftest.Update(signed, dss, f.Trailer)
	twice := pdftest.Update(once, map[int]string{80: "<</Type /DSS /Certs [81 0 R 82 0 R]>>", 82: pdftest.Stream("", "certificate")}, f.Trailer)
	for name, file := range map[string][]byte{"once": once, "twice": twice} {
		if s := first(t, file); !s.Good() || s.Cover != document.CoverRevision {
			t.Errorf("%s: %v, %q", name, s.Faults, s.Cover)
		}
	}
}
