// SPDX-License-Identifier: BSD-3-Clause

package pdf

import (
	"bytes"
	"fmt"
)

// Document is a PDF, or what it was before its later updates. It is for one goroutine: it keeps what it has inflated.
type Document struct {
	Trailer Dict

	data     []byte
	sections []section // the newest first
	streams  map[int]*container
	inflated int // bytes held in streams
	spent    int // bytes that were ever inflated
	parsed   int // bytes that were ever parsed
}

// section is one section of the cross-reference, with the xref stream of a hybrid file in it.
type section struct {
	start   int // where its xref is
	entries []entry
	trailer Dict
	stream  bool // it is an xref stream
}

// Open reads the cross-reference of a file. The bytes must not change while the Document is used.
func Open(data []byte) (*Document, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%d bytes: %w", len(data), ErrTooLarge)
	}
	if !bytes.HasPrefix(data, []byte("%PDF-1.")) && !bytes.HasPrefix(data, []byte("%PDF-2.")) {
		return nil, fmt.Errorf("no %%PDF-1 or %%PDF-2 at the start of %d bytes: %w", len(data), ErrNotPDF)
	}
	start, _, err := lastXref(data)
	if err != nil {
		return nil, err
	}
	d := &Document{data: data, streams: map[int]*container{}}
	if err := d.readSections(start); err != nil {
		return nil, err
	}
	d.Trailer = d.sections[0].trailer
	if d.Trailer["Encrypt"] != nil {
		return nil, ErrEncrypted
	}
	if _, ok := d.Trailer["Root"].(Ref); !ok {
		return nil, fmt.Errorf("the trailer has no /Root: %w", ErrMalformed)
	}
	return d, nil
}

// tailLength is how much of the end of a file is searched for its startxref.
const tailLength = 1024

// lastXref finds the last startxref: where the cross-reference starts, and where the %%EOF after it ends.
func lastXref(data []byte) (start, end int, err error) {
	from := max(0, len(data)-tailLength)
	tail := data[from:]
	eof := bytes.LastIndex(tail, []byte("%%EOF"))
	if eof < 0 {
		return 0, 0, fmt.Errorf("no %%%%EOF at the end, cut off: %w", ErrMalformed)
	}
	at := bytes.LastIndex(tail[:eof], []byte("startxref"))
	if at < 0 {
		return 0, 0, fmt.Errorf("no startxref at the end: %w", ErrMalformed)
	}
	p := parser{data: data[:from+eof], pos: from + at + len("startxref")}
	n, err := p.integer(int64(len(data)))
	if err != nil {
		return 0, 0, fmt.Errorf("startxref: %w", err)
	}
	for p.pos < len(p.data) && white(p.data[p.pos]) {
		p.pos++
	}
	if p.pos != from+eof {
		return 0, 0, fmt.Errorf("something between startxref and the end: %w", ErrMalformed)
	}
	return int(n), from + eof + len("%%EOF"), nil
}

// Size is the number of bytes.
func (d *Document) Size() int { return len(d.data) }

// Bytes is the file. It must not be changed.
func (d *Document) Bytes() []byte { return d.data }

// End is where the %%EOF of this revision ends, with the end of line after it.
func (d *Document) End() int {
	_, end, err := lastXref(d.data)
	if err != nil {
		return 0 // Open has read it
	}
	return afterLine(d.data, end)
}

func afterLine(data []byte, pos int) int {
	if pos < len(data) && data[pos] == '\r' {
		pos++
	}
	if pos < len(data) && data[pos] == '\n' {
		pos++
	}
	return pos
}

// Before gives the document as it was when the file ended at end. It fails when no revision ended there, and with
// ErrHistory when the file of today was not made by adding to that revision.
func (d *Document) Before(end int) (*Document, error) {
	if end <= 0 || end > len(d.data) {
		return nil, fmt.Errorf("a revision of %d bytes in %d: %w", end, len(d.data), ErrMalformed)
	}
	start, last, err := lastXref(d.data[:end])
	if err != nil {
		return nil, err
	}
	if afterLine(d.data[:end], last) != end {
		return nil, fmt.Errorf("no revision ends at byte %d: %w", end, ErrMalformed)
	}
	for i, s := range d.sections {
		if s.start != start {
			continue
		}
		old := &Document{Trailer: s.trailer, data: d.data[:end], sections: d.sections[i:], streams: map[int]*container{}}
		if old.Trailer["Encrypt"] != nil {
			return nil, ErrEncrypted
		}
		for _, s := range old.sections {
			if s.start >= end {
				return nil, fmt.Errorf("the revision of %d bytes uses what follows it: %w", end, ErrMalformed)
			}
		}
		return old, nil
	}
	return nil, fmt.Errorf("the revision of %d bytes: %w", end, ErrHistory)
}

// SameRevision says that nothing was added since an earlier revision that Before gave.
func (d *Document) SameRevision(old *Document) bool { return len(d.sections) == len(old.sections) }

// Changed lists the objects that were written since an earlier revision that Before gave, in their order.
func (d *Document) Changed(old *Document) []int {
	newer := len(d.sections) - len(old.sections)
	seen := map[int]bool{}
	var out []int
	for _, s := range d.sections[:newer] {
		for _, e := range s.entries {
			if n := int(e.number); !seen[n] {
				seen[n] = true
				out = append(out, n)
			}
		}
	}
	return out
}

// Trailers lists the trailers since an earlier revision, the newest first.
func (d *Document) Trailers(old *Document) []Dict {
	var out []Dict
	for _, s := range d.sections[:len(d.sections)-len(old.sections)] {
		out = append(out, s.trailer)
	}
	return out
}

// Each calls f for every object in use, with the number of its object stream or -1, until f answers false.
func (d *Document) Each(f func(number, stream int) bool) {
	seen := map[uint32]bool{}
	for i, s := range d.sections {
		for _, e := range s.entries {
			if i > 0 && seen[e.number] {
				continue
			}
			if i < len(d.sections)-1 {
				seen[e.number] = true
			}
			in := -1
			if e.kind == entryPacked {
				in = int(e.at)
			}
			if e.kind != entryFree && !f(int(e.number), in) {
				return
			}
		}
	}
}

// Has says that an object is in use.
func (d *Document) Has(number int) bool {
	e, found := d.lookup(number)
	return found && e.kind != entryFree
}
