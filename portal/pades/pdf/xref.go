// SPDX-License-Identifier: BSD-3-Clause

package pdf

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// Kinds of entries (ISO 32000-2, table 18).
const (
	entryFree = iota
	entryPlain
	entryPacked // in an object stream
)

// entry says where an object is. It is small: there may be as many as the file has objects.
type entry struct {
	at         int64 // its byte; or the number of its object stream
	number     uint32
	generation uint16 // or its index in the object stream
	kind       uint8
}

// readSections follows /Prev from the newest section to the oldest.
func (d *Document) readSections(start int) error {
	seen := map[int]bool{}
	count := 0
	for {
		if seen[start] {
			return fmt.Errorf("the cross-reference leads back to byte %d: %w", start, ErrMalformed)
		}
		if len(d.sections) == maxSections {
			return fmt.Errorf("more than %d updates: %w", maxSections, ErrTooLarge)
		}
		seen[start] = true
		s, err := d.readSection(start)
		if err != nil {
			return fmt.Errorf("cross-reference at byte %d: %w", start, err)
		}
		d.sections = append(d.sections, s)
		if count += len(s.entries); count > maxObjects {
			return fmt.Errorf("more than %d objects: %w", maxObjects, ErrTooLarge)
		}
		prev, there, err := position(s.trailer, "Prev", len(d.data))
		if err != nil {
			return err
		}
		if !there {
			return nil
		}
		start = prev
	}
}

// position is an offset in a trailer.
func position(trailer Dict, key Name, size int) (int, bool, error) {
	v, there := trailer[key]
	if !there {
		return 0, false, nil
	}
	n, ok := v.(int64)
	if !ok || n < 0 || n >= int64(size) {
		return 0, false, fmt.Errorf("/%s is no position: %w", key, ErrMalformed)
	}
	return int(n), true, nil
}

func (d *Document) readSection(start int) (section, error) {
	if start >= len(d.data) {
		return section{}, fmt.Errorf("beyond the end: %w", ErrMalformed)
	}
	p := parser{data: d.data, pos: start, file: true}
	p.skip()
	var s section
	var err error
	if digit(p.data[min(p.pos, len(p.data)-1)]) {
		s, err = d.readXrefStream(p.pos)
	} else {
		s, err = d.readTable(&p)
	}
	if err != nil {
		return section{}, err
	}
	s.start = start
	if n, ok := s.trailer["Size"].(int64); !ok || n < 0 || n > maxObjects {
		return section{}, fmt.Errorf("/Size: %w", ErrMalformed)
	}
	return s, finish(s.entries)
}

// finish sorts the entries, and refuses a number that comes twice: readers differ in which one they take.
func finish(entries []entry) error {
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.number, b.number) })
	for i := 1; i < len(entries); i++ {
		if entries[i].number == entries[i-1].number {
			return fmt.Errorf("object %d comes twice: %w", entries[i].number, ErrMalformed)
		}
	}
	return nil
}

// readTable reads a cross-reference table with its trailer (7.5.4) and, in a hybrid file (7.5.8.4), the stream beside it.
func (d *Document) readTable(p *parser) (section, error) {
	if err := p.keyword("xref"); err != nil {
		return section{}, err
	}
	var s section
	for {
		p.skip()
		if bytes.HasPrefix(p.data[p.pos:], []byte("trailer")) {
			break
		}
		first, err := p.integer(maxObjects)
		if err != nil {
			return section{}, err
		}
		n, err := p.integer(maxObjects)
		if err != nil {
			return section{}, err
		}
		if first+n > maxObjects || len(s.entries)+int(n) > maxObjects {
			return section{}, fmt.Errorf("%d objects: %w", first+n, ErrTooLarge)
		}
		p.skip()
		if int(n) > (len(p.data)-p.pos)/entryLength+1 {
			return section{}, p.fail("more entries than the file has room for")
		}
		s.entries = slices.Grow(s.entries, int(n))
		for i := range n {
			e, err := p.tableEntry()
			if err != nil {
				return section{}, err
			}
			e.number = uint32(first + i)
			s.entries = append(s.entries, e)
		}
	}
	p.pos += len("trailer")
	o, err := p.object()
	if err != nil {
		return section{}, fmt.Errorf("trailer: %w", err)
	}
	var ok bool
	if s.trailer, ok = o.(Dict); !ok {
		return section{}, p.fail("the trailer is no dictionary")
	}
	return s, d.readHybrid(&s)
}

// entryLength is that of an entry in a table with its end of line.
const entryLength = 20

// tableEntry reads "0000000016 00000 n" and the end of line after it, of one or two characters.
func (p *parser) tableEntry() (entry, error) {
	const fixed = entryLength - 2
	if len(p.data)-p.pos < fixed {
		return entry{}, p.fail("a table that is cut off")
	}
	line := p.data[p.pos : p.pos+fixed]
	at, ok1 := decimal(line[:10])
	generation, ok2 := decimal(line[11:16])
	if !ok1 || !ok2 || line[10] != ' ' || line[16] != ' ' || generation > 65535 {
		return entry{}, p.fail("no entry of a table")
	}
	e := entry{at: at, generation: uint16(generation)}
	switch line[17] {
	case 'n':
		e.kind = entryPlain
	case 'f':
	default:
		return entry{}, p.fail("an entry neither n nor f")
	}
	p.pos += fixed
	for i := 0; i < 2 && p.pos < len(p.data) && white(p.data[p.pos]); i++ {
		p.pos++
	}
	return e, nil
}

func decimal(b []byte) (n int64, ok bool) {
	for _, c := range b {
		if !digit(c) {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// readHybrid adds the objects that only /XRefStm names. The table wins where both name one as in use.
func (d *Document) readHybrid(s *section) error {
	at, there, err := position(s.trailer, "XRefStm", len(d.data))
	if err != nil || !there {
		return err
	}
	extra, err := d.readXrefStream(at)
	if err != nil {
		return fmt.Errorf("/XRefStm: %w", err)
	}
	if err := finish(s.entries); err != nil {
		return err
	}
	table := len(s.entries)
	for _, e := range extra.entries {
		i, found := find(s.entries[:table], int(e.number))
		switch {
		case !found:
			s.entries = append(s.entries, e)
		case s.entries[i].kind == entryFree:
			s.entries[i] = e
		}
	}
	return nil
}

func find(entries []entry, number int) (int, bool) {
	return slices.BinarySearchFunc(entries, number, func(e entry, n int) int { return cmp.Compare(int(e.number), n) })
}

// lookup finds the newest entry of an object.
func (d *Document) lookup(number int) (entry, bool) {
	for i := range d.sections {
		if at, found := find(d.sections[i].entries, number); found {
			return d.sections[i].entries[at], true
		}
	}
	return entry{}, false
}
