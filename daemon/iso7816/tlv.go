// SPDX-License-Identifier: EUPL-1.2

package iso7816

import "errors"

// ErrTLV is returned for bytes that are not a BER-TLV object.
var ErrTLV = errors.New("not a BER-TLV object")

// TLV is one BER-TLV data object, ISO/IEC 7816-4:2020 section 6.3.
type TLV struct {
	Tag   uint32
	Value []byte // shares memory with what was parsed
}

// ParseTLV reads the first object of b and returns what follows it. Tags have at most 3 bytes, lengths at most 3 bytes
// after the first; the indefinite form is refused.
func ParseTLV(b []byte) (TLV, []byte, error) {
	tag, b, ok := parseTag(b)
	if !ok || len(b) == 0 {
		return TLV{}, nil, ErrTLV
	}
	n, b := int(b[0]), b[1:]
	if n >= 0x80 {
		count := n & 0x7F
		if count == 0 || count > 3 || len(b) < count {
			return TLV{}, nil, ErrTLV
		}
		n = 0
		for _, c := range b[:count] {
			n = n<<8 | int(c)
		}
		b = b[count:]
	}
	if n > len(b) {
		return TLV{}, nil, ErrTLV
	}
	return TLV{tag, b[:n:n]}, b[n:], nil
}

func parseTag(b []byte) (uint32, []byte, bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	tag := uint32(b[0])
	if b[0]&0x1F != 0x1F {
		return tag, b[1:], true
	}
	for i := 1; i < len(b) && i <= 2; i++ {
		tag = tag<<8 | uint32(b[i])
		if b[i]&0x80 == 0 {
			return tag, b[i+1:], true
		}
	}
	return 0, nil, false
}
