// SPDX-License-Identifier: BSD-3-Clause

package pdf

import "fmt"

// container is an object stream (ISO 32000-2, 7.5.7), inflated.
type container struct {
	numbers []int
	offsets []int
	data    []byte // from /First on
	err     error  // why it cannot be read: to try once is enough
}

// loadPacked reads an object from an object stream.
func (d *Document) loadPacked(number, stream, index int) (Object, error) {
	c, err := d.container(stream)
	if err != nil {
		return nil, fmt.Errorf("object stream %d: %w", stream, err)
	}
	if index >= len(c.numbers) || c.numbers[index] != number {
		return nil, fmt.Errorf("object stream %d does not have it at place %d: %w", stream, index, ErrMalformed)
	}
	p := parser{data: c.data, pos: c.offsets[index]}
	o, err := p.object()
	if err := d.spend(p.pos - c.offsets[index]); err != nil {
		return nil, err
	}
	return o, err
}

// container inflates an object stream, or finds it in memory. What is kept is never more than maxInflated.
func (d *Document) container(number int) (*container, error) {
	if c := d.streams[number]; c != nil {
		return c, c.err
	}
	c, err := d.readContainer(number)
	if err != nil {
		c = &container{err: err}
	}
	if d.inflated += len(c.data); d.inflated > maxInflated {
		clear(d.streams)
		d.inflated = len(c.data)
	}
	d.streams[number] = c
	return c, err
}

func (d *Document) readContainer(number int) (*container, error) {
	e, found := d.lookup(number)
	if !found || e.kind != entryPlain {
		return nil, fmt.Errorf("no plain object: %w", ErrMalformed)
	}
	_, o, err := d.readIndirect(int(e.at), number, d.length)
	if err != nil {
		return nil, err
	}
	s, ok := o.(*Stream)
	if !ok || s.Dict["Type"] != Name("ObjStm") {
		return nil, fmt.Errorf("no object stream: %w", ErrMalformed)
	}
	data, err := d.decode(s)
	if err != nil {
		return nil, err
	}
	return parseContainer(data, s.Dict)
}

func parseContainer(data []byte, dict Dict) (*container, error) {
	n, ok1 := dict["N"].(int64)
	first, ok2 := dict["First"].(int64)
	if !ok1 || !ok2 || n < 0 || first < 0 || first > int64(len(data)) || n > first { // a pair has four characters
		return nil, fmt.Errorf("/N and /First: %w", ErrMalformed)
	}
	if n > maxPacked {
		return nil, fmt.Errorf("an object stream of %d objects: %w", n, ErrTooLarge)
	}
	c := &container{data: data[first:]}
	p := parser{data: data[:first]}
	for range n {
		number, err := p.integer(maxObjects)
		if err != nil {
			return nil, err
		}
		offset, err := p.integer(int64(len(c.data)))
		if err != nil {
			return nil, err
		}
		c.numbers = append(c.numbers, int(number))
		c.offsets = append(c.offsets, int(offset))
	}
	return c, nil
}
