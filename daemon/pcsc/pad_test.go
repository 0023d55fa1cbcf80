// SPDX-License-Identifier: EUPL-1.2

package pcsc

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func TestAFeatureThatIsNotFourBytesLongIsNone(t *testing.T) {
	for name, features := range map[string][]byte{
		"nothing":                    {},
		"a length beyond the end":    {0x06, 4, 0x42, 0},
		"a code of three bytes":      {0x06, 3, 0x42, 0x33, 0},
		"another feature":            {0x12, 4, 0x42, 0x33, 0, 0x12},
		"garbage before the feature": {0xFF, 0xFF, 0x06, 4, 0x42, 0x33, 0, 6},
	} {
		if p := ParsePad(features); p != (Pad{}) {
			t.Errorf("%s: %+v", name, p)
		}
	}
	want := Pad{Verify: 0x42330006, Modify: 0x42330007}
	if p := ParsePad([]byte{0x12, 4, 0x42, 0x33, 0, 0x12, 0x06, 4, 0x42, 0x33, 0, 6, 0x07, 4, 0x42, 0x33, 0, 7}); p != want {
		t.Errorf("%+v", p)
	}
}

// The fields, in the order of PC/SC part 10.
func TestTheReaderIsToldWhereThePINGoes(t *testing.T) {
	rules := PadRules{Min: 5, Max: 8, Block: 8, Seconds: 60, Language: "it"}
	verify, _ := hex.DecodeString("0020001008FFFFFFFFFFFFFFFF")
	want := "3C3C" + "82" + "08" + "00" + "0805" + "02" + "01" + "1004" + "00" + "000000" + "0D000000" + "0020001008FFFFFFFFFFFFFFFF"
	if got := VerifyStructure(rules, verify); !bytes.Equal(upper(got), []byte(want)) {
		t.Errorf("VERIFY: %X", got)
	}
	modify, _ := hex.DecodeString("0024001010" + "FFFFFFFFFFFFFFFF" + "FFFFFFFFFFFFFFFF")
	rules.Language = "de"
	want = "3C3C" + "82" + "08" + "00" + "00" + "08" + "0805" + "03" + "02" + "03" + "0704" + "000102" + "000000" + "15000000" +
		"0024001010" + "FFFFFFFFFFFFFFFF" + "FFFFFFFFFFFFFFFF"
	if got := ModifyStructure(rules, modify); !bytes.Equal(upper(got), []byte(want)) {
		t.Errorf("CHANGE REFERENCE DATA: %X", got)
	}
}

func upper(b []byte) []byte { return bytes.ToUpper([]byte(hex.EncodeToString(b))) }

func FuzzFeaturesTakeWhateverADriverSays(f *testing.F) {
	f.Add([]byte{0x06, 4, 0x42, 0x33, 0, 6})
	f.Fuzz(func(_ *testing.T, b []byte) { _ = ParsePad(b) })
}
