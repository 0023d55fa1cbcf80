// SPDX-License-Identifier: EUPL-1.2

package transcript

import (
	"bytes"
	"crypto/elliptic"
	"encoding/asn1"
)

// element is one DER object: its tag, and what is in it. Both share memory with what was parsed.
type element struct {
	tag  byte
	body []byte
	size int // header included
}

// parse reads one object. Lengths have at most three bytes; tags have one.
func parse(b []byte) (element, bool) {
	if len(b) < 2 || b[0]&0x1F == 0x1F {
		return element{}, false
	}
	n, head := int(b[1]), 2
	if n >= 0x80 {
		count := n & 0x7F
		if count == 0 || count > 3 || len(b) < 2+count {
			return element{}, false
		}
		n = 0
		for _, c := range b[2 : 2+count] {
			n = n<<8 | int(c)
		}
		head += count
	}
	if n > len(b)-head {
		return element{}, false
	}
	return element{b[0], b[head : head+n], head + n}, true
}

// children parses all that a constructed object holds.
func (e element) children() []element {
	var all []element
	for b := e.body; len(b) > 0; {
		c, ok := parse(b)
		if !ok {
			return nil
		}
		all = append(all, c)
		b = b[c.size:]
	}
	return all
}

// redactCertificate hides the holder of the certificate at the beginning of b and gives its size; 0 where there is none,
// and then nothing was changed. What remains is its form, the authority that issued it, the years and what it is for
// (RFC 5280, section 4.1).
func redactCertificate(b []byte) int {
	whole, ok := parse(b)
	if !ok || whole.tag != 0x30 {
		return 0
	}
	outer := whole.children()
	if len(outer) != 3 {
		return 0
	}
	tbs := outer[0].children()
	if len(tbs) > 0 && tbs[0].tag == 0xA0 { // version
		tbs = tbs[1:]
	}
	if len(tbs) < 6 {
		return 0
	}
	hideNumber(tbs[0])
	for _, date := range tbs[3].children() {
		hideDay(date)
	}
	hideLeaves(tbs[4])
	hideKey(tbs[5])
	for _, e := range tbs[6:] {
		if e.tag == 0xA3 {
			hideExtensions(e)
			continue
		}
		hideLeaves(e)
	}
	hideBits(outer[2])
	return whole.size
}

// hideNumber replaces an INTEGER by a positive one of the same length.
func hideNumber(e element) {
	for i := range e.body {
		e.body[i] = 0x11
	}
}

// hideDay keeps the year of a UTCTime or a GeneralizedTime.
func hideDay(e element) {
	year := map[byte]int{0x17: 2, 0x18: 4}[e.tag]
	if year == 0 || len(e.body) != year+len("0101000000Z") {
		fill(e.body)
		return
	}
	copy(e.body[year:], "0101000000Z")
}

// hideBits keeps the number of unused bits of a BIT STRING.
func hideBits(e element) {
	if len(e.body) > 1 {
		clear(e.body[1:])
	}
}

// hideLeaves replaces the values in an object. What says what they are, object identifiers, and the country stay.
func hideLeaves(e element) {
	if e.tag&0x20 != 0 {
		inner := e.children()
		if inner == nil {
			fill(e.body)
		}
		if len(inner) == 2 && inner[0].tag == 0x06 && bytes.Equal(inner[0].body, oidCountry) && bytes.Equal(inner[1].body, []byte("IT")) {
			return
		}
		for _, c := range inner {
			hideLeaves(c)
		}
		return
	}
	switch e.tag {
	case 0x01, 0x05, 0x06: // BOOLEAN, NULL, OBJECT IDENTIFIER
	case 0x02, 0x0A:
		hideNumber(e)
	case 0x03:
		hideBits(e)
	case 0x04:
		clear(e.body)
	case 0x17, 0x18:
		hideDay(e)
	case 0x1E: // BMPString: two bytes for each character
		for i := range e.body {
			e.body[i] = []byte{0, 'X'}[i%2]
		}
	default: // the other strings, and what has a tag of its context
		hideText(e.body)
	}
}

var oidCountry = []byte{0x55, 0x04, 0x06}

// hideText keeps the marks that part a CNS' common name: fiscal code, number of the card, hash (cns-card.md A7).
func hideText(b []byte) {
	hash := false
	for i, c := range b {
		switch {
		case !hash && (c == '/' || c == '.'):
			hash = c == '.'
		case !hash && c >= '0' && c <= '9':
			b[i] = '0'
		default:
			b[i] = 'X'
		}
	}
}

// hideKey replaces a public key, which would tell whose card it is, by one of the same length that is nobody's.
func hideKey(e element) {
	parts := e.children()
	if len(parts) != 2 || len(parts[1].body) < 2 {
		fill(e.body)
		return
	}
	bits := parts[1].body[1:]
	if point := generator(len(bits)); point != nil {
		copy(bits, point)
		return
	}
	key, ok := parse(bits)
	numbers := key.children()
	if !ok || len(numbers) != 2 || len(numbers[0].body) < 2 {
		clear(bits)
		return
	}
	modulus := numbers[0].body // the exponent is the same for everybody
	from := 0
	if modulus[0] == 0 {
		from = 1
	}
	for i := range modulus[from:] {
		modulus[from+i] = 0xA5
	}
}

// generator is a point of the curve whose points have this many bytes, uncompressed.
func generator(size int) []byte {
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384()} {
		if n := (curve.Params().BitSize + 7) / 8; size == 1+2*n {
			point := make([]byte, size)
			point[0] = 4
			curve.Params().Gx.FillBytes(point[1 : 1+n])
			curve.Params().Gy.FillBytes(point[1+n:])
			return point
		}
	}
	return nil
}

// ofEverybody are extensions that are the same for all cards of an authority.
var ofEverybody = []asn1.ObjectIdentifier{
	{2, 5, 29, 15}, {2, 5, 29, 19}, {2, 5, 29, 31}, {2, 5, 29, 32}, {2, 5, 29, 35}, {2, 5, 29, 37}, // usage, constraints, revocation list, policies, authority's key, extended usage
	{1, 3, 6, 1, 5, 5, 7, 1, 1}, {1, 3, 6, 1, 5, 5, 7, 1, 3}, // the authority's addresses, statements
}

// hideExtensions hides those that may tell of the holder.
func hideExtensions(e element) {
	for _, list := range e.children() {
		for _, extension := range list.children() {
			parts := extension.children()
			if len(parts) < 2 || harmlessExtension(parts[0].body) {
				continue
			}
			value := parts[len(parts)-1].body
			inner, ok := parse(value)
			if !ok || inner.size != len(value) {
				clear(value)
				continue
			}
			hideLeaves(inner)
		}
	}
}

func harmlessExtension(oid []byte) bool {
	for _, known := range ofEverybody {
		if der, err := asn1.Marshal(known); err == nil && bytes.Equal(der[2:], oid) {
			return true
		}
	}
	return false
}
