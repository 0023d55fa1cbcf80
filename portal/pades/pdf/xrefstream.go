// SPDX-License-Identifier: BSD-3-Clause

package pdf

import "fmt"

// readXrefStream reads a cross-reference stream (ISO 32000-2, 7.5.8).
func (d *Document) readXrefStream(start int) (section, error) {
	_, o, err := d.readIndirect(start, anyNumber, nil)
	if err != nil {
		return section{}, err
	}
	stream, ok := o.(*Stream)
	if !ok || stream.Dict["Type"] != Name("XRef") {
		return section{}, fmt.Errorf("no xref stream: %w", ErrMalformed)
	}
	widths, err := fieldWidths(stream.Dict)
	if err != nil {
		return section{}, err
	}
	ranges, err := indexRanges(stream.Dict)
	if err != nil {
		return section{}, err
	}
	data, err := d.decode(stream)
	if err != nil {
		return section{}, fmt.Errorf("xref stream: %w", err)
	}
	s := section{trailer: stream.Dict, stream: true}
	width := widths[0] + widths[1] + widths[2]
	for _, r := range ranges {
		if r.count > len(data)/width {
			return section{}, fmt.Errorf("an xref stream that is cut off: %w", ErrMalformed)
		}
		for i := range r.count {
			e, err := streamEntry(data[i*width:], widths)
			if err != nil {
				return section{}, err
			}
			e.number = uint32(r.first + i)
			s.entries = append(s.entries, e)
		}
		data = data[r.count*width:]
	}
	return s, nil
}

// fieldWidths reads /W: three fields of at most eight bytes, and not all of them empty.
func fieldWidths(d Dict) ([3]int, error) {
	var out [3]int
	w, ok := d["W"].(Array)
	if !ok || len(w) != 3 {
		return out, fmt.Errorf("/W: %w", ErrMalformed)
	}
	for i := range w {
		n, ok := w[i].(int64)
		if !ok || n < 0 || n > 8 {
			return out, fmt.Errorf("/W: %w", ErrMalformed)
		}
		out[i] = int(n)
	}
	if out[1] == 0 {
		return out, fmt.Errorf("/W without a second field: %w", ErrMalformed)
	}
	return out, nil
}

type indexRange struct{ first, count int }

// indexRanges reads /Index, or all numbers up to /Size.
func indexRanges(d Dict) ([]indexRange, error) {
	index, there := d["Index"].(Array)
	if !there {
		index = Array{int64(0), d["Size"]}
	}
	if len(index)%2 != 0 {
		return nil, fmt.Errorf("/Index: %w", ErrMalformed)
	}
	var out []indexRange
	total := int64(0)
	for i := 0; i < len(index); i += 2 {
		first, ok1 := index[i].(int64)
		count, ok2 := index[i+1].(int64)
		if !ok1 || !ok2 || first < 0 || count < 0 {
			return nil, fmt.Errorf("/Index: %w", ErrMalformed)
		}
		if first > maxObjects || count > maxObjects || first+count > maxObjects || total+count > maxObjects {
			return nil, fmt.Errorf("/Index names objects up to %d: %w", maxObjects, ErrTooLarge)
		}
		total += count
		out = append(out, indexRange{int(first), int(count)})
	}
	return out, nil
}

// streamEntry reads one entry. Types that nobody knows yet are null objects (7.5.8.3), as free ones are.
func streamEntry(b []byte, w [3]int) (entry, error) {
	kind := uint64(entryPlain)
	if w[0] > 0 {
		kind = bigEndian(b[:w[0]])
	}
	second, third := bigEndian(b[w[0]:w[0]+w[1]]), bigEndian(b[w[0]+w[1]:w[0]+w[1]+w[2]])
	switch kind {
	case entryPlain:
		if second > MaxSize || third > 65535 {
			return entry{}, fmt.Errorf("an entry beyond every file: %w", ErrMalformed)
		}
		return entry{kind: entryPlain, at: int64(second), generation: uint16(third)}, nil
	case entryPacked:
		if second > maxObjects || third > 65535 {
			return entry{}, fmt.Errorf("an object stream beyond every file: %w", ErrMalformed)
		}
		return entry{kind: entryPacked, at: int64(second), generation: uint16(third)}, nil
	}
	return entry{}, nil
}

func bigEndian(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}
