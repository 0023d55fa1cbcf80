// SPDX-License-Identifier: BSD-3-Clause

package pdf

import (
	"bytes"
	"fmt"
)

// Load reads an object by its number. One that the file does not have, or has freed, is nil (7.3.10).
func (d *Document) Load(r Ref) (Object, error) {
	e, found := d.lookup(r.Number)
	if !found || e.kind == entryFree {
		return nil, nil
	}
	if e.kind == entryPacked {
		if r.Generation != 0 {
			return nil, nil
		}
		o, err := d.loadPacked(r.Number, int(e.at), int(e.generation))
		if err != nil {
			return nil, fmt.Errorf("object %d: %w", r.Number, err)
		}
		return o, nil
	}
	if int(e.generation) != r.Generation {
		return nil, nil
	}
	got, o, err := d.readIndirect(int(e.at), r.Number, d.length)
	if err != nil {
		return nil, fmt.Errorf("object %d: %w", r.Number, err)
	}
	if got != r {
		return nil, fmt.Errorf("object %d: there is generation %d at its place: %w", r.Number, got.Generation, ErrMalformed)
	}
	return o, nil
}

// Number loads the object of that number, whatever its generation.
func (d *Document) Number(number int) (Object, error) {
	e, found := d.lookup(number)
	r := Ref{Number: number}
	if found && e.kind == entryPlain {
		r.Generation = int(e.generation)
	}
	return d.Load(r)
}

// Reference gives the reference of an object in use.
func (d *Document) Reference(number int) (Ref, bool) {
	e, found := d.lookup(number)
	if !found || e.kind == entryFree {
		return Ref{}, false
	}
	if e.kind == entryPacked {
		return Ref{Number: number}, true
	}
	return Ref{number, int(e.generation)}, true
}

// SamePlace says that both revisions have an object at the same place of the file.
func (d *Document) SamePlace(old *Document, number int) bool {
	a, ok1 := d.lookup(number)
	b, ok2 := old.lookup(number)
	if ok1 != ok2 || a != b {
		return false
	}
	return !ok1 || a.kind != entryPacked || d.SamePlace(old, int(a.at)) // an object stream is never packed itself
}

// Resolve follows references until something else comes.
func (d *Document) Resolve(o Object) (Object, error) {
	for range maxHops {
		r, ok := o.(Ref)
		if !ok {
			return o, nil
		}
		var err error
		if o, err = d.Load(r); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("references that only lead to references: %w", ErrTooLarge)
}

// Dict resolves a value that has to be a dictionary, or the dictionary of a stream; a missing one is nil.
func (d *Document) Dict(o Object) (Dict, error) {
	o, err := d.Resolve(o)
	if err != nil {
		return nil, err
	}
	switch o := o.(type) {
	case nil:
		return nil, nil
	case Dict:
		return o, nil
	case *Stream:
		return o.Dict, nil
	}
	return nil, fmt.Errorf("something else instead of a dictionary: %w", ErrMalformed)
}

// Array resolves a value that has to be an array; a missing one is nil.
func (d *Document) Array(o Object) (Array, error) {
	o, err := d.Resolve(o)
	if err != nil || o == nil {
		return nil, err
	}
	if a, ok := o.(Array); ok {
		return a, nil
	}
	return nil, fmt.Errorf("something else instead of an array: %w", ErrMalformed)
}

// anyNumber lets readIndirect read whatever object there is.
const anyNumber = -1

// readIndirect reads "12 0 obj ... endobj". length finds the length of a stream where that is a reference; nil: it must
// not be one.
func (d *Document) readIndirect(at, want int, length func(Ref) (int64, error)) (Ref, Object, error) {
	if at < 0 || at >= len(d.data) {
		return Ref{}, nil, fmt.Errorf("an object at byte %d of %d: %w", at, len(d.data), ErrMalformed)
	}
	p := parser{data: d.data, pos: at, file: true}
	number, err := p.integer(maxObjects)
	if err != nil {
		return Ref{}, nil, err
	}
	if want != anyNumber && int(number) != want {
		return Ref{}, nil, fmt.Errorf("there is object %d at its place: %w", number, ErrMalformed)
	}
	generation, err := p.integer(65535)
	if err != nil {
		return Ref{}, nil, err
	}
	if err := p.keyword("obj"); err != nil {
		return Ref{}, nil, err
	}
	r := Ref{int(number), int(generation)}
	o, err := p.object()
	p.skip()
	if err := d.spend(p.pos - at); err != nil {
		return r, nil, err
	}
	if err != nil {
		return r, nil, err
	}
	if dict, ok := o.(Dict); ok && bytes.HasPrefix(p.data[p.pos:], []byte("stream")) {
		s, err := p.stream(dict, length)
		return r, s, err
	}
	return r, o, p.keyword("endobj")
}

// spend counts the bytes that were parsed. Objects that are inside each other in the file would otherwise cost the square
// of its size.
func (d *Document) spend(n int) error {
	if d.parsed += n; d.parsed > parsedTimes*len(d.data)+maxInflated {
		return fmt.Errorf("objects that are inside each other, or read too often: %w", ErrTooLarge)
	}
	return nil
}

// stream reads the data of a stream, whose end must be where /Length says (7.3.8.1).
func (p *parser) stream(dict Dict, length func(Ref) (int64, error)) (Object, error) {
	p.pos += len("stream")
	start := afterLine(p.data, p.pos)
	if start == p.pos || p.data[start-1] != '\n' {
		return nil, p.fail("no end of line after stream")
	}
	var n int64
	switch l := dict["Length"].(type) {
	case int64:
		n = l
	case Ref:
		if length == nil {
			return nil, p.fail("the length of an xref stream is a reference")
		}
		var err error
		if n, err = length(l); err != nil {
			return nil, fmt.Errorf("/Length: %w", err)
		}
	default:
		return nil, p.fail("no /Length")
	}
	if n < 0 || n > int64(len(p.data)-start) {
		return nil, p.fail("a stream longer than the file")
	}
	p.pos = start + int(n)
	if err := p.keyword("endstream"); err != nil {
		return nil, err
	}
	return &Stream{Dict: dict, Raw: p.data[start : start+int(n)]}, p.keyword("endobj")
}

// length reads the number that a /Length refers to. It must be a plain object, so that this cannot go in circles.
func (d *Document) length(r Ref) (int64, error) {
	e, found := d.lookup(r.Number)
	if !found || e.kind != entryPlain || int(e.generation) != r.Generation {
		return 0, fmt.Errorf("object %d is not a plain object: %w", r.Number, ErrMalformed)
	}
	_, o, err := d.readIndirect(int(e.at), r.Number, nil)
	if err != nil {
		return 0, err
	}
	n, ok := o.(int64)
	if !ok {
		return 0, fmt.Errorf("object %d is no number: %w", r.Number, ErrMalformed)
	}
	return n, nil
}
