// SPDX-License-Identifier: BSD-3-Clause

package cms

import (
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// element of BER (X.690, 8.1), in the order in which they are written.
type element struct {
	start, length int   // of the content in the input; of a primitive one only
	size          int64 // of the content in DER
	tag           byte
	primitive     bool
	chunk         bool // part of an OCTET STRING that came in parts: only its content is written
}

// transcoder makes DER of BER, as far as SignedData needs it: indefinite lengths, lengths that are longer than they
// could be, and OCTET STRINGs in parts (X.690, 8.7). It does not put sets in order: what is signed stays as it came.
type transcoder struct {
	in       []byte
	elements []element
}

// toDER needs time and memory in proportion to what is given, within maxDepth and maxElements.
func toDER(ber []byte) ([]byte, error) {
	t := &transcoder{in: ber}
	end, size, err := t.measure(0, len(ber), 0, false)
	if err != nil {
		return nil, err
	}
	if end != len(ber) {
		return nil, malformed("%d bytes after the message", len(ber)-end)
	}
	out := make([]byte, 0, size)
	for i := range t.elements {
		e := &t.elements[i]
		if !e.chunk {
			out = appendHeader(out, der.Tag(e.tag), e.size)
		}
		if e.primitive {
			out = append(out, ber[e.start:e.start+e.length]...)
		}
	}
	return out, nil
}

const (
	constructed       = 0x20
	octetString       = 0x04
	octetStringParts  = octetString | constructed
	lengthIndefinite  = -1
	longTag           = 0x1F
	mostBytesOfLength = 8
)

// measure reads the element at off, which must end before end, and says where it ends and how long it is in DER.
func (t *transcoder) measure(off, end, depth int, chunk bool) (next int, size int64, err error) {
	if depth > maxDepth {
		return 0, 0, tooMany(maxDepth, "levels of elements")
	}
	if len(t.elements) >= maxElements {
		return 0, 0, tooMany(maxElements, "elements")
	}
	tag, start, length, err := t.header(off, end)
	if err != nil {
		return 0, 0, err
	}
	if chunk && tag != octetString && tag != octetStringParts {
		return 0, 0, malformed("a part of an OCTET STRING with the tag %#x", tag)
	}
	at := len(t.elements)
	t.elements = append(t.elements, element{tag: tag &^ (constructed * isParts(tag)), chunk: chunk})
	if tag&constructed == 0 {
		t.elements[at].primitive, t.elements[at].start, t.elements[at].length = true, start, length
		next, size = start+length, int64(length)
	} else if next, size, err = t.children(start, end, length, depth, tag == octetStringParts); err != nil {
		return 0, 0, err
	}
	t.elements[at].size = size
	if chunk {
		return next, size, nil
	}
	return next, size + int64(headerSize(size)), nil
}

// isParts is 1 for an OCTET STRING in parts, and 0 for all else.
func isParts(tag byte) byte {
	if tag == octetStringParts {
		return 1
	}
	return 0
}

// children measures what is inside a constructed element.
func (t *transcoder) children(off, end, length, depth int, chunks bool) (next int, size int64, err error) {
	if length != lengthIndefinite {
		end = off + length
	}
	for {
		if length != lengthIndefinite && off == end {
			return off, size, nil
		}
		if length == lengthIndefinite && end-off >= 2 && t.in[off] == 0 && t.in[off+1] == 0 { // end of contents
			return off + 2, size, nil
		}
		var n int64
		if off, n, err = t.measure(off, end, depth+1, chunks); err != nil {
			return 0, 0, err
		}
		size += n
	}
}

// header reads a tag of one byte and a length.
func (t *transcoder) header(off, end int) (tag byte, start, length int, err error) {
	if end-off < 2 {
		return 0, 0, 0, malformed("it ends within an element")
	}
	tag, first := t.in[off], t.in[off+1]
	start = off + 2
	switch {
	case tag&longTag == longTag || tag == 0:
		return 0, 0, 0, malformed("a tag %#x, which no message has", tag)
	case first == 0x80:
		if tag&constructed == 0 {
			return 0, 0, 0, malformed("a primitive element without length")
		}
		return tag, start, lengthIndefinite, nil
	case first < 0x80:
		length = int(first)
	default:
		n := int(first &^ 0x80)
		if n > mostBytesOfLength || end-start < n {
			return 0, 0, 0, malformed("a length of %d bytes", n)
		}
		for _, b := range t.in[start : start+n] {
			if length > MaxSize>>8 { // too long, whatever follows; it must not overflow
				length = MaxSize + 1
				break
			}
			length = length<<8 | int(b)
		}
		start += n
	}
	if length > end-start {
		return 0, 0, 0, malformed("an element that is longer than what is there")
	}
	return tag, start, length, nil
}

// headerSize is the number of bytes of a tag and the length of a content in DER.
func headerSize(length int64) int { return len(appendHeader(make([]byte, 0, 10), 0, length)) }
