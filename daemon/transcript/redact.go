// SPDX-License-Identifier: EUPL-1.2

package transcript

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ponte-cns/ponte/daemon/iso7816"
)

// filler stands for bytes that are told to nobody. Zeros and FF stay: they are what an empty file holds.
const filler = 0xEE

// redact replaces what is personal by fillers of the same length, so that everything still has its form. It goes by what is
// known to be harmless: what a command or a file is not known for is filled.
func redact(exchanges []Exchange) []Exchange {
	exchanges = slices.Clone(exchanges)
	clean := files(exchanges)
	for at, f := range clean {
		redactFile(at, f.bytes)
	}
	walk(exchanges, func(e *Exchange, of []byte, p place) {
		e.Command, e.Answer = slices.Clone(e.Command), slices.Clone(e.Answer)
		data := e.Answer[:len(e.Answer)-2]
		ins, p1, p2 := header(of)
		switch {
		case ins == iso7816.InsSelect:
			redactFCI(data)
		case ins == iso7816.InsReadBinary:
			if offset, ok := readAt(of); ok && offset+len(data) <= len(clean[p].bytes) {
				copy(data, clean[p].bytes[offset:])
				break
			}
			fill(data)
		case ins == iso7816.InsGetData && p1 == 0x01 && p2 == 0x80: // the product's name
			redactName(data)
		case ins == iso7816.InsManageSecurityEnvironment:
			fill(data)
		default: // VERIFY and the like: what is sent is secret, what comes back may be
			fill(data)
			fill(dataOf(e.Command))
		}
	})
	return exchanges
}

// fill hides everything but emptiness.
func fill(b []byte) {
	for i, c := range b {
		if c != 0x00 && c != 0xFF {
			b[i] = filler
		}
	}
}

// redactFile hides what a file holds, by its name and by what it is like.
func redactFile(at place, b []byte) {
	name := at.file[max(0, len(at.file)-4):]
	switch {
	case name == "1102":
		redactPersonal(b)
	case name == "1003":
		for i, c := range b {
			if c >= '0' && c <= '9' {
				b[i] = '0'
			} else if c != 0x00 && c != 0xFF {
				b[i] = filler
			}
		}
	case name == "2f02":
		if v, _, err := iso7816.ParseTLV(b); err == nil { // the tag and the length stay
			fill(v.Value)
			return
		}
		fill(b)
	default:
		redactCertificates(b)
	}
}

// headerInfoCamere is what the certificate of an InfoCamere 1204 comes after (cns-card.md A2).
const headerInfoCamere = 5

// redactCertificates hides the holder in one certificate after the other, and anything else that the file holds.
func redactCertificates(b []byte) {
	if len(b) > headerInfoCamere && b[0] != 0x30 {
		if n := redactCertificate(b[headerInfoCamere:]); n > 0 {
			b = b[headerInfoCamere+n:]
		}
	}
	for len(b) > 0 {
		n := redactCertificate(b)
		if n == 0 {
			break
		}
		b = b[n:]
	}
	if len(b) > 4 && b[0] == 0x30 && b[1] == 0x82 { // damaged: its header stays
		b = b[4:]
	}
	fill(b)
}

// redactPersonal keeps the lengths of the fields of EF.Dati_personali (cns-card.md A4) and no character of them.
func redactPersonal(b []byte) {
	rest := b
	if len(b) >= 6 {
		if total, err := strconv.ParseUint(string(b[:6]), 16, 24); err == nil {
			rest = redactFields(b[6:min(6+int(total), len(b))])
			rest = b[min(6+int(total), len(b))-len(rest):]
		}
	}
	for i := range rest {
		rest[i] = characterFor(rest[i])
	}
}

// redactFields gives what could not be understood.
func redactFields(b []byte) []byte {
	for len(b) >= 2 {
		n, err := strconv.ParseUint(string(b[:2]), 16, 8)
		if err != nil || int(n) > len(b)-2 {
			break
		}
		for i := range b[2 : 2+n] {
			b[2+i] = characterFor(b[2+i])
		}
		b = b[2+n:]
	}
	return b
}

func characterFor(c byte) byte {
	switch {
	case c == 0x00 || c == 0xFF:
		return c
	case c >= '0' && c <= '9':
		return '0'
	}
	return 'X'
}

// harmless are the objects of file control information that say how a file is, and not whose card it is (ISO/IEC
// 7816-4:2020, table 10; CB is of cns-card.md A3).
const harmless = "\x80\x81\x82\x83\x84\x85\x86\x8A\xCB"

// redactFCI keeps what a file is like.
func redactFCI(b []byte) {
	v, rest, err := iso7816.ParseTLV(b)
	if err != nil || v.Tag != 0x6F || len(rest) > 0 {
		fill(b)
		return
	}
	for inner := v.Value; len(inner) > 0; {
		object, after, err := iso7816.ParseTLV(inner)
		if err != nil {
			fill(inner)
			return
		}
		if object.Tag > 0xFF || !strings.Contains(harmless, string([]byte{byte(object.Tag)})) {
			fill(object.Value)
		}
		inner = after
	}
}

// redactName keeps the name of a product and hides digits that may be a number of the card: all but the first.
func redactName(b []byte) {
	digits := 0
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			if digits++; digits > 1 {
				b[i] = '0'
			}
		case c < 0x20 || c > 0x7E:
			fill(b[i : i+1])
		}
	}
}
