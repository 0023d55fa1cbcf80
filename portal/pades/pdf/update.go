// SPDX-License-Identifier: BSD-3-Clause

package pdf

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
)

// Update is an incremental update (ISO 32000-2, 7.5.6) that is being made: objects, then the cross-reference in the form
// that the file already has. The file itself stays as it is.
type Update struct {
	doc     *Document
	next    int
	offsets map[int]written
	out     []byte
}

type written struct {
	at         int
	generation int
}

// NewUpdate begins an update of the newest revision.
func (d *Document) NewUpdate() (*Update, error) {
	size := int64(0)
	for _, s := range d.sections { // the largest: an older section may have had more
		n, _ := s.trailer["Size"].(int64)
		size = max(size, n)
		if l := len(s.entries); l > 0 {
			size = max(size, int64(s.entries[l-1].number)+1)
		}
	}
	if size+1000 > maxObjects {
		return nil, fmt.Errorf("%d objects: %w", size, ErrTooLarge)
	}
	u := &Update{doc: d, next: int(max(size, 1)), offsets: map[int]written{}}
	if last := d.data[len(d.data)-1]; last != '\n' && last != '\r' {
		u.out = append(u.out, '\n')
	}
	return u, nil
}

// Reserve gives the number of a new object, to be written later.
func (u *Update) Reserve() Ref {
	u.next++
	return Ref{Number: u.next - 1}
}

// Write adds a new object, or a new version of one.
func (u *Update) Write(r Ref, o Object) {
	u.Begin(r)
	u.out = Append(u.out, o)
	u.finish()
}

// Begin starts an object whose text the caller adds with Raw, and ends with End.
func (u *Update) Begin(r Ref) {
	u.offsets[r.Number] = written{len(u.doc.data) + len(u.out), r.Generation}
	u.out = fmt.Appendf(u.out, "%d %d obj\n", r.Number, r.Generation)
}

// Raw adds text, and says where in the file it begins.
func (u *Update) Raw(text []byte) int {
	at := len(u.doc.data) + len(u.out)
	u.out = append(u.out, text...)
	return at
}

// End ends what Begin started.
func (u *Update) End() { u.finish() }

func (u *Update) finish() { u.out = append(u.out, "\nendobj\n"...) }

// Close writes the cross-reference, and gives all that is to be added to the file.
func (u *Update) Close() []byte {
	last := u.doc.sections[0]
	trailer := Dict{"Prev": int64(last.start), "Root": u.doc.Trailer["Root"]}
	if info, there := u.doc.Trailer["Info"]; there {
		trailer["Info"] = info
	}
	if last.stream {
		r := u.Reserve()
		u.offsets[r.Number] = written{at: len(u.doc.data) + len(u.out)}
		trailer["Size"] = int64(u.next)
		trailer["ID"] = u.id()
		u.writeXrefStream(r, trailer)
		return u.out
	}
	trailer["Size"] = int64(u.next)
	trailer["ID"] = u.id()
	u.writeTable(trailer)
	return u.out
}

// id keeps the first part of the file's identifier, and makes a new second one (14.4): from what is added, so that the
// same update is always the same bytes.
func (u *Update) id() Array {
	sum := sha256.Sum256(u.out)
	second := String{Value: sum[:16]}
	if old, _ := u.doc.Array(u.doc.Trailer["ID"]); len(old) == 2 {
		if first, ok := old[0].(String); ok && len(first.Value) <= 64 {
			return Array{first, second}
		}
	}
	return Array{second, second}
}

// runs are the numbers in groups that follow each other.
func (u *Update) runs() [][]int {
	var out [][]int
	for _, n := range slices.Sorted(maps.Keys(u.offsets)) {
		if l := len(out); l > 0 && out[l-1][len(out[l-1])-1] == n-1 {
			out[l-1] = append(out[l-1], n)
			continue
		}
		out = append(out, []int{n})
	}
	return out
}

func (u *Update) writeTable(trailer Dict) {
	start := len(u.doc.data) + len(u.out)
	u.out = append(u.out, "xref\n"...)
	for _, run := range u.runs() {
		u.out = fmt.Appendf(u.out, "%d %d\n", run[0], len(run))
		for _, n := range run {
			w := u.offsets[n]
			u.out = fmt.Appendf(u.out, "%010d %05d n\r\n", w.at, w.generation)
		}
	}
	u.out = append(u.out, "trailer\n"...)
	u.out = Append(u.out, trailer)
	u.out = fmt.Appendf(u.out, "\nstartxref\n%d\n%%%%EOF\n", start)
}

func (u *Update) writeXrefStream(r Ref, trailer Dict) {
	start := len(u.doc.data) + len(u.out)
	index := Array{}
	var data []byte
	for _, run := range u.runs() {
		index = append(index, int64(run[0]), int64(len(run)))
		for _, n := range run {
			w := u.offsets[n]
			data = append(data, entryPlain, byte(w.at>>24), byte(w.at>>16), byte(w.at>>8), byte(w.at),
				byte(w.generation>>8), byte(w.generation))
		}
	}
	maps.Copy(trailer, Dict{"Type": Name("XRef"), "W": Array{int64(1), int64(4), int64(2)}, "Index": index})
	u.Write(r, &Stream{Dict: trailer, Raw: data})
	u.out = fmt.Appendf(u.out, "startxref\n%d\n%%%%EOF\n", start)
}
