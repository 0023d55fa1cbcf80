// SPDX-License-Identifier: BSD-3-Clause

package pdf

import (
	"bytes"
	"fmt"
	"strconv"
)

// parser reads objects from data, which is the file, or an object stream.
type parser struct {
	data  []byte
	pos   int
	depth int
	items int
	file  bool // data is the file: strings say where they stand
}

func (p *parser) fail(what string) error {
	return fmt.Errorf("%s at byte %d: %w", what, p.pos, ErrMalformed)
}

// The character classes of ISO 32000-2, 7.2.3.
func white(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func delimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func regular(c byte) bool { return !white(c) && !delimiter(c) }

func digit(c byte) bool { return c >= '0' && c <= '9' }

// skip passes white space and comments.
func (p *parser) skip() {
	for p.pos < len(p.data) {
		switch c := p.data[p.pos]; {
		case white(c):
			p.pos++
		case c == '%':
			for p.pos < len(p.data) && p.data[p.pos] != '\n' && p.data[p.pos] != '\r' {
				p.pos++
			}
		default:
			return
		}
	}
}

// word takes the regular characters that come next, which may be none.
func (p *parser) word() []byte {
	start := p.pos
	for p.pos < len(p.data) && regular(p.data[p.pos]) {
		p.pos++
	}
	return p.data[start:p.pos]
}

// keyword takes this word and no other.
func (p *parser) keyword(want string) error {
	p.skip()
	start := p.pos
	if string(p.word()) != want {
		p.pos = start
		return p.fail("no " + want)
	}
	return nil
}

// integer takes a number that is not negative and not larger than most.
func (p *parser) integer(most int64) (int64, error) {
	p.skip()
	start := p.pos
	w := p.word()
	if len(w) == 0 || len(w) > maxNumber || !digit(w[0]) {
		p.pos = start
		return 0, p.fail("no number")
	}
	n, err := strconv.ParseInt(string(w), 10, 64)
	if err != nil || n > most {
		p.pos = start
		return 0, p.fail("a number that cannot be")
	}
	return n, nil
}

// object reads one object, and no stream: that belongs to indirect objects only.
func (p *parser) object() (Object, error) {
	p.skip()
	if p.pos >= len(p.data) {
		return nil, p.fail("the end instead of an object")
	}
	if p.items++; p.items > maxItems {
		return nil, fmt.Errorf("an object of more than %d: %w", maxItems, ErrTooLarge)
	}
	switch c := p.data[p.pos]; {
	case c == '/':
		return p.name()
	case c == '(':
		return p.literal()
	case c == '[':
		return p.nested(p.array)
	case c == '<' && p.pos+1 < len(p.data) && p.data[p.pos+1] == '<':
		return p.nested(p.dict)
	case c == '<':
		return p.hexString()
	case digit(c):
		if r, ok := p.reference(); ok {
			return r, nil
		}
		return p.number()
	case c == '+' || c == '-' || c == '.':
		return p.number()
	}
	start := p.pos
	switch string(p.word()) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	p.pos = start
	return nil, p.fail("no object")
}

func (p *parser) nested(read func() (Object, error)) (Object, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("objects inside each other at byte %d: %w", p.pos, ErrTooLarge)
	}
	defer func() { p.depth-- }()
	return read()
}

// reference reads "12 0 R"; where there is none, nothing is taken.
func (p *parser) reference() (Ref, bool) {
	start := p.pos
	number, err := p.integer(maxObjects)
	if err == nil && p.pos < len(p.data) && white(p.data[p.pos]) {
		var generation int64
		if generation, err = p.integer(65535); err == nil && p.keyword("R") == nil {
			return Ref{int(number), int(generation)}, true
		}
	}
	p.pos = start
	return Ref{}, false
}

func (p *parser) number() (Object, error) {
	start := p.pos
	w := p.word()
	if len(w) > maxNumber {
		p.pos = start
		return nil, p.fail("a number that is too long")
	}
	digits, dots := 0, 0
	for i, c := range w {
		switch {
		case digit(c):
			digits++
		case c == '.':
			dots++
		case i == 0 && (c == '+' || c == '-'):
		default:
			p.pos = start
			return nil, p.fail("no number")
		}
	}
	switch {
	case dots == 1:
		return Real(w), nil
	case dots > 1 || digits == 0:
		p.pos = start
		return nil, p.fail("no number")
	}
	n, err := strconv.ParseInt(string(w), 10, 64)
	if err != nil {
		p.pos = start
		return nil, p.fail("a number that cannot be")
	}
	return n, nil
}

func (p *parser) name() (Object, error) {
	p.pos++
	w := p.word()
	if len(w) > maxName {
		return nil, fmt.Errorf("a name of %d bytes: %w", len(w), ErrTooLarge)
	}
	if bytes.IndexByte(w, '#') < 0 {
		return Name(w), nil
	}
	out := make([]byte, 0, len(w))
	for i := 0; i < len(w); i++ {
		if w[i] == '#' {
			high, low, ok := hexPair(w[i+1:])
			if !ok {
				return nil, p.fail("a wrong # in a name")
			}
			out = append(out, high<<4|low)
			i += 2
			continue
		}
		out = append(out, w[i])
	}
	return Name(out), nil
}

func hexPair(b []byte) (high, low byte, ok bool) {
	if len(b) < 2 {
		return 0, 0, false
	}
	high, ok1 := hexValue(b[0])
	low, ok2 := hexValue(b[1])
	return high, low, ok1 && ok2
}

func hexValue(c byte) (byte, bool) {
	switch {
	case digit(c):
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func (p *parser) array() (Object, error) {
	p.pos++
	out := Array{}
	for {
		p.skip()
		if p.pos < len(p.data) && p.data[p.pos] == ']' {
			p.pos++
			return out, nil
		}
		o, err := p.object()
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
}

// dict refuses a key that comes twice: readers differ in which of the two they take.
func (p *parser) dict() (Object, error) {
	p.pos += 2
	out := Dict{}
	for {
		p.skip()
		if p.pos+1 < len(p.data) && p.data[p.pos] == '>' && p.data[p.pos+1] == '>' {
			p.pos += 2
			return out, nil
		}
		if p.pos >= len(p.data) || p.data[p.pos] != '/' {
			return nil, p.fail("no key")
		}
		k, err := p.name()
		if err != nil {
			return nil, err
		}
		if _, twice := out[k.(Name)]; twice {
			return nil, p.fail("a key that comes twice")
		}
		v, err := p.object()
		if err != nil {
			return nil, err
		}
		out[k.(Name)] = v
	}
}
