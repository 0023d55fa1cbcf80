// SPDX-License-Identifier: BSD-3-Clause

// Package pdftest writes PDFs for tests, right and wrong ones. It checks nothing: what it writes is what it was told.
package pdftest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// File is a PDF by the text of its objects, without obj and endobj.
type File struct {
	Version string // "": 1.7
	Objects map[int]string
	Trailer string // beside /Size; "": /Root 1 0 R
}

// Simple is a document of so many pages with a line of text each. Its catalogue is object 1, the page tree 2, the font 3;
// a page and its content are 4 and 5, 6 and 7, and so on.
func Simple(pages int) File {
	f := File{Objects: map[int]string{
		1: "<</Type /Catalog /Pages 2 0 R>>",
		3: "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>",
	}}
	var kids strings.Builder
	for i := range pages {
		n := 4 + 2*i
		fmt.Fprintf(&kids, "%d 0 R ", n)
		f.Objects[n] = fmt.Sprintf("<</Type /Page /Parent 2 0 R /Contents %d 0 R /Resources <</Font <</F1 3 0 R>>>>>>", n+1)
		f.Objects[n+1] = Stream("", fmt.Sprintf("BT /F1 24 Tf 72 720 Td (Domanda di prova, pagina %d) Tj ET", i+1))
	}
	f.Objects[2] = fmt.Sprintf("<</Type /Pages /Count %d /MediaBox [0 0 595 842] /Kids [%s]>>", pages, kids.String())
	return f
}

// WithForm is a Simple document of one page with a form: a text field (object 20), a check box (21), a signature field
// that nobody signed (22) and a group (23) of two text fields (24 and 25). The form is object 30, its fields 31.
func WithForm() File {
	f := Simple(1)
	f.Objects[1] = "<</Type /Catalog /Pages 2 0 R /AcroForm 30 0 R>>"
	f.Objects[4] = "<</Type /Page /Parent 2 0 R /Contents 5 0 R /Resources <</Font <</F1 3 0 R>>>> /Annots 32 0 R>>"
	widget := "/Type /Annot /Subtype /Widget /P 4 0 R /F 4 "
	f.Objects[20] = "<<" + widget + "/FT /Tx /T (nome) /Rect [72 600 272 620] /DA (/F1 12 Tf 0 g)>>"
	f.Objects[21] = "<<" + widget + "/FT /Btn /T (accetto) /Rect [72 570 84 582] /AS /Off /V /Off /AP <</N <</Si 33 0 R /Off 34 0 R>>>>>>"
	f.Objects[22] = "<<" + widget + "/FT /Sig /T (firma del richiedente) /Rect [72 500 272 540]>>"
	f.Objects[23] = "<</FT /Tx /T (indirizzo) /Kids [24 0 R 25 0 R]>>"
	f.Objects[24] = "<<" + widget + "/Parent 23 0 R /T (via) /Rect [300 600 400 620]>>"
	f.Objects[25] = "<<" + widget + "/Parent 23 0 R /T (citt\\340) /Rect [300 570 400 590]>>"
	f.Objects[30] = "<</Fields 31 0 R /DR <</Font <</F1 3 0 R>>>> /DA (/F1 0 Tf 0 g)>>"
	f.Objects[31] = "[20 0 R 21 0 R 22 0 R 23 0 R]"
	f.Objects[32] = "[20 0 R 21 0 R 22 0 R 24 0 R 25 0 R]"
	box := "/Type /XObject /Subtype /Form /BBox [0 0 12 12]"
	f.Objects[33], f.Objects[34] = Stream(box, "0 0 12 12 re f"), Stream(box, "0 0 12 12 re S")
	return f
}

// Stream is the text of a stream.
func Stream(dict, data string) string {
	return fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

// Flate is the text of a compressed stream.
func Flate(dict string, data []byte) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(data)
	w.Close()
	return Stream(dict+" /Filter /FlateDecode", b.String())
}

func (f File) version() string {
	if f.Version == "" {
		return "1.7"
	}
	return f.Version
}

func (f File) trailer() string {
	if f.Trailer == "" {
		return "/Root 1 0 R"
	}
	return f.Trailer
}

func (f File) header() []byte { return []byte("%PDF-" + f.version() + "\n%\xE2\xE3\xCF\xD3\n") }

// body writes the objects, and says where they are.
func body(out []byte, objects map[int]string) ([]byte, map[int]int) {
	at := map[int]int{}
	for _, n := range slices.Sorted(maps.Keys(objects)) {
		at[n] = len(out)
		out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", n, objects[n])
	}
	return out, at
}

func size(numbers map[int]int) int {
	most := 0
	for n := range numbers {
		most = max(most, n)
	}
	return most + 1
}

// Table is the file with a cross-reference table.
func (f File) Table() []byte {
	out, at := body(f.header(), f.Objects)
	return table(out, at, f.trailer(), true)
}

func table(out []byte, at map[int]int, trailer string, first bool) []byte {
	start := len(out)
	out = append(out, "xref\n"...)
	if first {
		out = append(out, "0 1\n0000000000 65535 f \n"...)
	}
	for _, n := range slices.Sorted(maps.Keys(at)) {
		if at[n] < 0 {
			out = fmt.Appendf(out, "%d 1\n0000000000 00001 f \n", n)
			continue
		}
		out = fmt.Appendf(out, "%d 1\n%010d 00000 n \n", n, at[n])
	}
	return fmt.Appendf(out, "trailer\n<</Size %d %s>>\nstartxref\n%d\n%%%%EOF\n", size(at), trailer, start)
}

// Update adds an incremental update with a table. An object "free" is freed; trailer "" repeats /Root 1 0 R.
func Update(file []byte, objects map[int]string, trailer string) []byte {
	write := maps.Clone(objects)
	maps.DeleteFunc(write, func(_ int, text string) bool { return text == "free" })
	out, at := body(slices.Clone(file), write)
	for n, text := range objects {
		if text == "free" {
			at[n] = -1
		}
	}
	if trailer == "" {
		trailer = "/Root 1 0 R"
	}
	return table(out, at, fmt.Sprintf("%s /Prev %d", trailer, LastXref(file)), false)
}

// LastXref is the number after the last startxref.
func LastXref(file []byte) int {
	var n int
	fmt.Sscan(string(file[bytes.LastIndex(file, []byte("startxref"))+len("startxref"):]), &n)
	return n
}
