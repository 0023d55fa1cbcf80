// SPDX-License-Identifier: BSD-3-Clause

package canon

import (
	"bytes"
	"unicode/utf8"
)

// level gives a text of the same length in which each white space inside of the value of an attribute is a space, as
// the XML recommendation asks (3.3.3; encoding/xml does not do it). A line end of two characters becomes one space, and
// another after the value, where it means nothing: so offsets stay what they are. It also refuses tags with too many
// attributes, before encoding/xml allocates anything for them.
func level(b []byte) ([]byte, error) {
	out, copied := b, false
	write := func(i int, c byte) {
		if !copied {
			out, copied = bytes.Clone(b), true
		}
		out[i] = c
	}
	for i := 0; i < len(b); {
		if b[i] != '<' {
			next := bytes.IndexByte(b[i:], '<')
			if next < 0 {
				break
			}
			i += next
		}
		switch rest := b[i:]; {
		case bytes.HasPrefix(rest, []byte("<!--")):
			i = after(b, i+4, "-->")
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			i = after(b, i+9, "]]>")
		case bytes.HasPrefix(rest, []byte("<?")):
			i = after(b, i+2, "?>")
		default:
			end, err := levelTag(b, i, write)
			if err != nil {
				return nil, err
			}
			i = end
		}
	}
	return out, nil
}

// after gives where b goes on behind the next end.
func after(b []byte, from int, end string) int {
	if from > len(b) {
		return len(b)
	}
	if n := bytes.Index(b[from:], []byte(end)); n >= 0 {
		return from + n + len(end)
	}
	return len(b) // encoding/xml will say what is missing
}

// levelTag does it for one tag and gives where it ends.
func levelTag(b []byte, i int, write func(int, byte)) (int, error) {
	values := 0
	for i++; i < len(b); i++ {
		switch b[i] {
		case '>':
			return i + 1, nil
		case '"', '\'':
			length := bytes.IndexByte(b[i+1:], b[i])
			if length < 0 {
				return len(b), nil
			}
			if values++; values > maxAttributes {
				return 0, tooLarge("an element with more than %d attributes", maxAttributes)
			}
			levelValue(b[i:i+length+2], func(at int, c byte) { write(i+at, c) })
			i += length + 1
		}
	}
	return len(b), nil
}

// levelValue does it for one value with its quotes.
func levelValue(quoted []byte, write func(int, byte)) {
	to := 1
	for from := 1; from < len(quoted)-1; from++ {
		c := quoted[from]
		switch {
		case c == '\r' && quoted[from+1] == '\n':
			continue // the \n becomes the space
		case c == '\t' || c == '\n' || c == '\r':
			c = ' '
		}
		if c != quoted[to] {
			write(to, c)
		}
		to++
	}
	if to == len(quoted)-1 {
		return
	}
	write(to, quoted[0])
	for to++; to < len(quoted); to++ {
		write(to, ' ')
	}
}

// legal says that a text is UTF-8 and has only characters that XML allows (2.2).
func legal(b []byte) bool {
	for i := 0; i < len(b); {
		c := b[i]
		if c < utf8.RuneSelf {
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
			return false
		}
		i += size
	}
	return true
}
