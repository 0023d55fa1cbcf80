// SPDX-License-Identifier: BSD-3-Clause

package pdftest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Packed is the file with an object stream, compressed as what refers to it, and an xref stream: the way of PDF 1.5.
func (f File) Packed() []byte {
	out, at, packed := f.pack(size(places(f.Objects)))
	xref := size(at)
	return append(out, xrefStream(len(out), xref, at, packed, f.trailer(), 0)...)
}

// pack writes streams as they are and everything else into an object stream of that number.
func (f File) pack(container int) (out []byte, at map[int]int, packed map[int][2]int) {
	plain := map[int]string{}
	var index, inside strings.Builder
	packed = map[int][2]int{}
	for _, n := range slices.Sorted(maps.Keys(f.Objects)) {
		if strings.HasSuffix(f.Objects[n], "endstream") {
			plain[n] = f.Objects[n]
			continue
		}
		packed[n] = [2]int{container, len(packed)}
		fmt.Fprintf(&index, "%d %d ", n, inside.Len())
		inside.WriteString(f.Objects[n] + "\n")
	}
	plain[container] = Flate(fmt.Sprintf("/Type /ObjStm /N %d /First %d", len(packed), index.Len()), []byte(index.String()+inside.String()))
	out, at = body(f.header(), plain)
	return out, at, packed
}

// xrefStream writes an xref stream with the predictor that most writers use, and what ends the file.
func xrefStream(start, number int, at map[int]int, packed map[int][2]int, trailer string, prev int) []byte {
	at = maps.Clone(at)
	if at == nil {
		at = map[int]int{}
	}
	at[number] = start
	var index strings.Builder
	var rows, before []byte
	all := map[int]bool{}
	for n := range at {
		all[n] = true
	}
	for n := range packed {
		all[n] = true
	}
	for _, n := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&index, "%d 1 ", n)
		row := []byte{1, byte(at[n] >> 16), byte(at[n] >> 8), byte(at[n]), 0}
		if p, there := packed[n]; there {
			row = []byte{2, 0, byte(p[0] >> 8), byte(p[0]), byte(p[1])}
		}
		rows = append(rows, 2)
		for i, c := range row {
			if before != nil {
				c -= before[i]
			}
			rows = append(rows, c)
		}
		before = row
	}
	if prev > 0 {
		trailer += fmt.Sprintf(" /Prev %d", prev)
	}
	dict := fmt.Sprintf("/Type /XRef /Size %d /W [1 3 1] /Index [%s] /DecodeParms <</Predictor 12 /Columns 5>> %s", number+1, index.String(), trailer)
	return fmt.Appendf(nil, "%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n", number, Flate(dict, rows), start)
}

// Hybrid is the file with a table for old readers and an xref stream, of which old readers know nothing, for the objects
// in the object stream (ISO 32000-2, 7.5.8.4). The catalogue and the page tree are for both.
func (f File) Hybrid() []byte {
	visible := File{Version: f.Version, Objects: map[int]string{}}
	hidden := File{Version: f.Version, Objects: map[int]string{}}
	for n, text := range f.Objects {
		if n <= 4 || strings.HasSuffix(text, "endstream") {
			visible.Objects[n] = text
		} else {
			hidden.Objects[n] = text
		}
	}
	if len(hidden.Objects) == 0 {
		hidden.Objects[90] = "<</Nobody (needs this)>>"
	}
	container := size(places(f.Objects)) + 90
	whole, at, packed := hidden.pack(container)
	objects := maps.Clone(visible.Objects)
	text := string(whole[at[container]:])
	text = strings.TrimSuffix(text[strings.Index(text, "obj\n")+4:], "\nendobj\n")
	objects[container] = text
	out, starts := body(f.header(), objects)
	extra := xrefStream(len(out), container+1, nil, packed, "", 0)
	starts[container+1] = len(out)
	out = append(out, extra[:bytes.LastIndex(extra, []byte("startxref"))]...)
	return table(out, starts, fmt.Sprintf("%s /XRefStm %d", f.trailer(), starts[container+1]), true)
}

// places are the numbers of objects, for size.
func places(objects map[int]string) map[int]int {
	out := map[int]int{}
	for n := range objects {
		out[n] = 0
	}
	return out
}
