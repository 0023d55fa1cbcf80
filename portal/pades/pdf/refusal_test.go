// SPDX-License-Identifier: BSD-3-Clause

package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal/pades/pdf"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
)

func TestFilesThatAreNoneAreRefused(t *testing.T) {
	good := pdftest.Simple(2).Table()
	start := fmt.Sprintf("startxref\n%d", pdftest.LastXref(good))
	loop := pdftest.Update(good, map[int]string{3: "null"}, "")
	cut := pdftest.Simple(2)
	cut.Trailer = "/Root 1 0 R /Encrypt 9 0 R"
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"no bytes":                           {nil, pdf.ErrNotPDF},
		"something else":                     {[]byte("PK\x03\x04"), pdf.ErrNotPDF},
		"a version that nobody knows":        {replace(t, good, "%PDF-1.7", "%PDF-3.0"), pdf.ErrNotPDF},
		"something before the header":        {append([]byte("\n"), good...), pdf.ErrNotPDF},
		"only a header":                      {[]byte("%PDF-1.7\n"), pdf.ErrMalformed},
		"cut off":                            {good[:len(good)/2], pdf.ErrMalformed},
		"cut off by a few bytes":             {good[:len(good)-4], pdf.ErrMalformed},
		"no startxref":                       {replace(t, good, start, ""), pdf.ErrMalformed},
		"startxref of nowhere":               {replace(t, good, start, "startxref\n99999999"), pdf.ErrMalformed},
		"startxref of something else":        {replace(t, good, start, "startxref\n20"), pdf.ErrMalformed},
		"startxref of many digits":           {replace(t, good, start, "startxref\n"+strings.Repeat("9", 400)), pdf.ErrMalformed},
		"negative startxref":                 {replace(t, good, start, "startxref\n-1"), pdf.ErrMalformed},
		"an entry that is none":              {replace(t, good, "65535 f", "65535 x"), pdf.ErrMalformed},
		"a table with too many entries":      {replace(t, good, "xref\n0 1\n", "xref\n0 1999999\n"), pdf.ErrMalformed},
		"a table beyond the limit":           {replace(t, good, "xref\n0 1\n", "xref\n4294967296 1\n"), pdf.ErrMalformed},
		"an object that comes twice":         {replace(t, good, "xref\n0 1\n0000000000 65535 f \n1 1", "xref\n1 1\n0000000000 65535 f \n1 1"), pdf.ErrMalformed},
		"an encrypted file":                  {cut.Table(), pdf.ErrEncrypted},
		"an encrypted file with xref stream": {cut.Packed(), pdf.ErrEncrypted},
		"no catalogue":                       {replace(t, good, "/Root 1 0 R", "/Xoot 1 0 R"), pdf.ErrMalformed},
		"a catalogue in the trailer":         {replace(t, good, "/Root 1 0 R", "/Root <</A 0>>"), pdf.ErrMalformed},
		"updates in a circle":                {replace(t, loop, fmt.Sprintf("/Prev %d", pdftest.LastXref(good)), fmt.Sprintf("/Prev %d", pdftest.LastXref(loop))), pdf.ErrMalformed},
		"an update of nothing":               {replace(t, loop, fmt.Sprintf("/Prev %d", pdftest.LastXref(good)), "/Prev 0"), pdf.ErrMalformed},
		"a key of the trailer twice":         {replace(t, good, "/Root 1 0 R", "/Root 1 0 R /Root 2 0 R"), pdf.ErrMalformed},
		"a size beyond the limit":            {replace(t, good, "/Size 8", "/Size 99999999"), pdf.ErrMalformed},
	} {
		if _, err := pdf.Open(c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestStreamsOfTheCrossReferenceThatCannotBeAreRefused(t *testing.T) {
	file := func(dict string, data []byte) []byte {
		out := []byte("%PDF-1.7\n")
		return fmt.Appendf(out, "1 0 obj\n%s\nendobj\nstartxref\n9\n%%%%EOF\n", pdftest.Flate("/Type /XRef /Root 1 0 R "+dict, data))
	}
	rows := bytes.Repeat([]byte{1, 0, 9, 0}, 10)
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"no /W":                                {file("/Size 1", rows), pdf.ErrMalformed},
		"a wide /W":                            {file("/Size 1 /W [1 200 1]", rows), pdf.ErrMalformed},
		"an empty /W":                          {file("/Size 1 /W [0 0 0]", rows), pdf.ErrMalformed},
		"an /Index of three":                   {file("/Size 1 /W [1 2 1] /Index [0 1 2]", rows), pdf.ErrMalformed},
		"an /Index without end":                {file("/Size 1 /W [1 2 1] /Index [0 2000000]", rows), pdf.ErrMalformed},
		"an /Index beyond the limit":           {file("/Size 1 /W [1 2 1] /Index [0 99999999]", rows), pdf.ErrTooLarge},
		"an /Index that overflows":             {file("/Size 1 /W [1 2 1] /Index [9223372036854775807 9223372036854775807]", rows), pdf.ErrTooLarge},
		"a /Size of 2^40":                      {file("/Size 1099511627776 /W [1 2 1]", rows), pdf.ErrTooLarge},
		"an object that comes twice":           {file("/Size 3 /W [1 2 1] /Index [1 1 1 1]", rows), pdf.ErrMalformed},
		"a bomb":                               {file("/Size 1 /W [1 2 1]", make([]byte, 65<<20)), pdf.ErrTooLarge},
		"a predictor that nobody has":          {file("/Size 1 /W [1 2 1] /DecodeParms <</Predictor 2 /Columns 4>>", rows), pdf.ErrMalformed},
		"a predictor of very many columns":     {file("/Size 1 /W [1 2 1] /DecodeParms <</Predictor 12 /Columns 99999999999>>", rows), pdf.ErrMalformed},
		"a predictor with an incomplete row":   {file("/Size 1 /W [1 2 1] /DecodeParms <</Predictor 12 /Columns 6>>", rows), pdf.ErrMalformed},
		"a row of a predictor that nobody has": {file("/Size 1 /W [1 2 1] /DecodeParms <</Predictor 12 /Columns 3>>", bytes.Repeat([]byte{9, 1, 0, 9}, 4)), pdf.ErrMalformed},
		"another type":                         {replace(t, file("/Size 1 /W [1 2 1]", rows), "/Type /XRef", "/Type /XXef"), pdf.ErrMalformed},
		"another filter":                       {replace(t, file("/Size 1 /W [1 2 1]", rows), "/FlateDecode", "/LZWDecode  "), pdf.ErrMalformed},
		"a length that is a reference":         {replace(t, file("/Size 1 /W [1 2 1]", rows), "/Length ", "/Length 1 0 R /X "), pdf.ErrMalformed},
	} {
		if _, err := pdf.Open(c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestObjectsThatCannotBeAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":                           {"", pdf.ErrMalformed},
		"deep arrays":                       {strings.Repeat("[", 100) + strings.Repeat("]", 100), pdf.ErrTooLarge},
		"deep dictionaries":                 {strings.Repeat("<</A ", 100) + "1" + strings.Repeat(">>", 100), pdf.ErrTooLarge},
		"a million arrays that nobody ends": {strings.Repeat("[", 1<<20), pdf.ErrTooLarge},
		"more than a million numbers":       {"[" + strings.Repeat("0 ", 1_000_001) + "]", pdf.ErrTooLarge},
		"a name without end":                {"/" + strings.Repeat("A", 2000), pdf.ErrTooLarge},
		"a wrong name":                      {"/A#4", pdf.ErrMalformed},
		"a number of many digits":           {strings.Repeat("9", 25), pdf.ErrMalformed},
		"a number with two points":          {"1.2.3", pdf.ErrMalformed},
		"a sign alone":                      {"-", pdf.ErrMalformed},
		"a string without end":              {"(((", pdf.ErrMalformed},
		"a hexadecimal string with others":  {"<0G>", pdf.ErrMalformed},
		"a key that is none":                {"<<A 1>>", pdf.ErrMalformed},
		"a key that comes twice":            {"<</A 1 /A 2>>", pdf.ErrMalformed},
		"a key that comes twice in disguise": {
			"<</A 1 /#41 2>>", pdf.ErrMalformed},
		"a stream longer than the file":      {"<</Length 99999999>>\nstream\nx\nendstream", pdf.ErrMalformed},
		"a stream that ends before the file": {"<</Length -99999999>>\nstream\nx\nendstream", pdf.ErrMalformed},
		"a stream of negative length":        {"<</Length -1>>\nstream\nx\nendstream", pdf.ErrMalformed},
		"a stream that ends elsewhere":       {"<</Length 2>>\nstream\nlonger\nendstream", pdf.ErrMalformed},
		"a stream whose length is itself":    {"<</Length 3 0 R>>\nstream\nx\nendstream", pdf.ErrMalformed},
		"a stream whose length is no number": {"<</Length 1 0 R>>\nstream\nx\nendstream", pdf.ErrMalformed},
		"a stream without length":            {"<<>>\nstream\nx\nendstream", pdf.ErrMalformed},
		"no endobj":                          {"1 2", pdf.ErrMalformed},
		"an operator":                        {"Tj", pdf.ErrMalformed},
	} {
		f := pdftest.Simple(1)
		f.Objects[3] = c.text
		d, err := pdf.Open(f.Table())
		if err != nil {
			t.Fatal(err)
		}
		if o, err := d.Number(3); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, o, err, c.want)
		}
	}
}

func TestAReferenceHasToLeadToItsObject(t *testing.T) {
	file := pdftest.Simple(1).Table()
	d, err := pdf.Open(replace(t, file, "3 0 obj", "9 0 obj"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Number(3); !errors.Is(err, pdf.ErrMalformed) {
		t.Errorf("another object at the place of 3: %v", err)
	}
	if o, err := d.Load(pdf.Ref{Number: 4, Generation: 7}); o != nil || err != nil {
		t.Errorf("another generation: %v, %v", o, err)
	}
	if o, err := d.Load(pdf.Ref{Number: 400}); o != nil || err != nil {
		t.Errorf("an object that is not there: %v, %v", o, err)
	}
	freed, err := pdf.Open(pdftest.Update(file, map[int]string{4: "free"}, ""))
	if err != nil {
		t.Fatal(err)
	}
	if o, err := freed.Number(4); o != nil || err != nil {
		t.Errorf("an object that was freed: %v, %v", o, err)
	}
}

func TestReferencesInCirclesEnd(t *testing.T) {
	f := pdftest.Simple(1)
	f.Objects[10], f.Objects[11] = "11 0 R", "10 0 R"
	d, err := pdf.Open(f.Table())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Resolve(pdf.Ref{Number: 10}); !errors.Is(err, pdf.ErrTooLarge) {
		t.Errorf("two references to each other: %v", err)
	}
	f.Objects[2] = "<</Type /Pages /MediaBox [0 0 9 9] /Kids [2 0 R]>>"
	if d, err = pdf.Open(f.Table()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Page(1); !errors.Is(err, pdf.ErrMalformed) {
		t.Errorf("a page tree inside itself: %v", err)
	}
	if _, err := d.Pages(); !errors.Is(err, pdf.ErrMalformed) {
		t.Errorf("a page tree inside itself: %v", err)
	}
}

func TestObjectStreamsThatCannotBeAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		dict, data string
		want       error
	}{
		"more objects than it has room for": {"/N 60000 /First 5", "3 0  null", pdf.ErrMalformed},
		"more objects than the limit":       {"/N 99999 /First 100000", strings.Repeat(" ", 100000), pdf.ErrTooLarge},
		"a /First beyond its end":           {"/N 1 /First 999", "3 0 null", pdf.ErrMalformed},
		"an object beyond its end":          {"/N 1 /First 6", "3 999 null", pdf.ErrMalformed},
		"another object":                    {"/N 4 /First 16", "1 0 2 0 9 0 4 0 null", pdf.ErrMalformed},
		"no /N":                             {"/First 4", "3 0 null", pdf.ErrMalformed},
		"a bomb":                            {"/N 1 /First 4", "3 0 " + strings.Repeat(" ", 65<<20), pdf.ErrTooLarge},
		"a stream inside":                   {"/N 1 /First 4", "3 0 endstream", pdf.ErrMalformed},
	} {
		f := pdftest.Simple(1)
		delete(f.Objects, 3)
		f.Objects[3] = "null"
		file := f.Packed()
		// Object 6 is the object stream: another one takes its place.
		file = pdftest.Update(file, map[int]string{6: pdftest.Flate("/Type /ObjStm "+c.dict, []byte(c.data))}, "")
		d, err := pdf.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if o, err := d.Number(3); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, o, err, c.want)
		}
	}
}
