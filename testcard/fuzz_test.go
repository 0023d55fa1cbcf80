// SPDX-License-Identifier: EUPL-1.2

package testcard

import (
	"encoding/binary"
	"testing"
)

func FuzzCommand(f *testing.F) {
	for _, seed := range []string{
		"", "00", "00A400", "00A4000C", "00B0000010", "00B0000000", "00A4000C023F00", "00A40000023F0000",
		"00200010083133353732343638", "00B00000000000", "00A4000C0000023F00", "00A400000000023F000000",
		"00A4000C00", "00A4000C0000", "00A4000C00000001", "00A4000C000002", "10A4000C023F00", "00A4000C033F00",
		"00A4080C101100110111001101110011011100110111001101", "00B07FFF00", "0022F303", "0022F1B803830101",
		"002A8086010000", "002C000010", "00240010103133353732343638313131313131ffff", "00C0000000", "0084000020", "00CA018000",
		"00A4040008A00000009501004D00", "00A4080C06140090012002", "00A4080C042FFF0000", "0022F1B803830121",
	} {
		for i := range Layouts() {
			f.Add(uint(i), hexBytes(f, seed))
		}
	}
	var cards []*Card
	for _, l := range Layouts() {
		cards = append(cards, card(f, Options{Layout: l}))
	}
	f.Fuzz(func(t *testing.T, which uint, raw []byte) {
		c := cards[which%uint(len(cards))]
		if cmd, ok := parseCommand(raw); ok && rebuilt(cmd) != len(raw) {
			t.Errorf("%x does not add up: %+v", raw, cmd)
		}
		answer, err := c.Transmit(raw)
		if err != nil || len(answer) < 2 {
			t.Fatalf("%x: %x, %v", raw, answer, err)
		}
		if sw := binary.BigEndian.Uint16(answer[len(answer)-2:]); sw < 0x6000 || sw >= 0xA000 {
			t.Errorf("%x: status %04X", raw, sw)
		}
	})
}

// rebuilt is the length that the fields of a command account for.
func rebuilt(c command) int {
	n, field := 4, 1
	if c.extended {
		n, field = 5, 2
	}
	if len(c.data) > 0 {
		n += field + len(c.data)
	}
	if c.hasLe {
		n += field
	}
	return n
}
