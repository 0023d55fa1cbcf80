// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/protocol"
)

func TestACIEIsKnownByItsAnswerToReset(t *testing.T) {
	for atr, want := range map[string]string{
		"":           "",
		"3B80800101": "", // any card without contacts
		"3BFF1800FF8131FE55006B02091617011101434E531131808D":    "",  // a CNS
		"3B8F80018031806549544A34":                              "",  // cut off
		"3B8980018031806549544E5850" + strings.Repeat("00", 33): "",  // longer than any answer
		"3B8980018031806549544E585073":                          CIE, // NXP
		"3B8E800180318065B0850300EF120FFF82900079":              CIE, // Gemalto 2
		"3B8F80018031806549544A3442120FFF8290008B":              CIE, // Actalis, 2021
		"3B8C80018066475000B80094829000C500":                    CIE, // STM 3
	} {
		b, err := hex.DecodeString(atr)
		if err != nil {
			t.Fatal(err)
		}
		if got := familyOf(b); got != want {
			t.Errorf("%s: %q", atr, got)
		}
	}
}

func TestACIEWithoutItsSoftwareGetsNoCommand(t *testing.T) {
	r := New(func(string, func(Link) error) error { t.Error("a card was touched"); return nil }, func() {})
	atr, _ := hex.DecodeString("3B8980018031806549544E585073")
	r.Update([]pcsc.Reader{{Name: "Lettore", Presence: pcsc.Present, ATR: atr, Insertion: 1}, {Name: "Altro", Insertion: 2}}, nil)
	slots, err := r.Slots(t.Context())
	if err != nil || slots[0].State != protocol.StateUnknown || slots[0].Family != CIE || slots[1].Family != "" {
		t.Errorf("%+v, %v", slots, err)
	}
}
