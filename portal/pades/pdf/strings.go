// SPDX-License-Identifier: BSD-3-Clause

package pdf

import "unicode/utf16"

func (p *parser) hexString() (Object, error) {
	start := p.pos
	p.pos++
	var out []byte
	var half byte
	odd := false
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		p.pos++
		if c == '>' {
			if odd { // ISO 32000-2, 7.3.4.3: the last digit is taken as 0
				out = append(out, half<<4)
			}
			return p.placed(out, true, start), nil
		}
		if white(c) {
			continue
		}
		v, ok := hexValue(c)
		if !ok {
			p.pos--
			return nil, p.fail("not a hexadecimal digit")
		}
		if odd {
			out = append(out, half<<4|v)
		}
		half, odd = v, !odd
	}
	return nil, p.fail("a string without an end")
}

func (p *parser) placed(value []byte, hex bool, start int) String {
	if !p.file {
		return String{Value: value, Hex: hex}
	}
	return String{Value: value, Hex: hex, Start: start, End: p.pos}
}

// literal reads a string in parentheses (ISO 32000-2, 7.3.4.2).
func (p *parser) literal() (Object, error) {
	start := p.pos
	p.pos++
	var out []byte
	for open := 1; p.pos < len(p.data); {
		c := p.data[p.pos]
		p.pos++
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return p.placed(out, false, start), nil
			}
		case '\\':
			out = p.escape(out)
			continue
		case '\r': // any end of line is one \n
			if p.pos < len(p.data) && p.data[p.pos] == '\n' {
				p.pos++
			}
			c = '\n'
		}
		out = append(out, c)
	}
	return nil, p.fail("a string without an end")
}

func (p *parser) escape(out []byte) []byte {
	if p.pos >= len(p.data) {
		return out
	}
	c := p.data[p.pos]
	p.pos++
	switch c {
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case '\n':
		return out
	case '\r':
		if p.pos < len(p.data) && p.data[p.pos] == '\n' {
			p.pos++
		}
		return out
	}
	if c < '0' || c > '7' {
		return append(out, c)
	}
	v := int(c - '0')
	for i := 0; i < 2 && p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '7'; i++ {
		v = v<<3 | int(p.data[p.pos]-'0')
		p.pos++
	}
	return append(out, byte(v))
}

// Text is a text string (ISO 32000-2, 7.9.2.2) as UTF-8: UTF-16BE, UTF-8 or PDFDocEncoding, of which the characters that
// differ from Latin-1 are given up.
func (s String) Text() string {
	b := s.Value
	switch {
	case len(b) >= 2 && b[0] == 0xFE && b[1] == 0xFF:
		units := make([]uint16, 0, len(b)/2)
		for i := 2; i+1 < len(b); i += 2 {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		}
		return string(utf16.Decode(units))
	case len(b) >= 3 && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF:
		return string([]rune(string(b[3:])))
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
		if c >= 0x80 && c < 0xA0 {
			runes[i] = '\uFFFD'
		}
	}
	return string(runes)
}

// Text makes a text string: ASCII as it is, everything else as UTF-16BE.
func Text(s string) String {
	for i := range len(s) {
		if s[i] >= 0x80 {
			b := []byte{0xFE, 0xFF}
			for _, u := range utf16.Encode([]rune(s)) {
				b = append(b, byte(u>>8), byte(u))
			}
			return String{Value: b}
		}
	}
	return String{Value: []byte(s)}
}
