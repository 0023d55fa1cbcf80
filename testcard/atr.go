// SPDX-License-Identifier: EUPL-1.2

package testcard

import "fmt"

// Model is a maker and version of the card: it decides the ATR and the default
// key size.
type Model string

// The models. Their ATRs are those of real cards (cns-card.md A1); what else
// distinguishes the makers is imitated as far as Layout has it.
const (
	STIncard11 Model = "stincard11" // version 1.1, RSA-2048: the default
	STIncard10 Model = "stincard10" // version 1.0, RSA-1024
	Oberthur   Model = "oberthur"   // version 1.0, RSA-1024
	Idemia     Model = "idemia"     // "OT 2015", version 1.0, RSA-1024 assumed
	Athena     Model = "athena"     // version 1.0, RSA-1024 assumed
	Siemens    Model = "siemens"    // CardOS, version 1.0, RSA-1024
	Idemia2021 Model = "idemia2021" // "ACe 2021": says 1.0, has RSA-2048
	// STNFC is the TS-CNS of 2022 over NFC: an ATR that many cards have.
	STNFC Model = "st2022-nfc"
)

// Models lists all models whose ATR says that they are a CNS.
func Models() []Model {
	return []Model{STIncard11, STIncard10, Oberthur, Idemia, Athena, Siemens, Idemia2021}
}

// interfaceBytes are T0 to the last interface byte, historicalStart what
// follows up to "CNS": the rest of an ATR is the same for all (cns-card.md A1).
var atrs = map[Model]struct {
	interfaceBytes, historicalStart string
	version                         byte
	bits                            int
	layout                          Layout // "": Classic
}{
	STIncard11: {"\xFF\x18\x00\xFF\x81\x31\xFE\x55", "\x00\x6B\x02\x09\x16\x17\x01\x11\x01", 0x11, 2048, ""},
	STIncard10: {"\xFF\x18\x00\xFF\x81\x31\xFE\x55", "\x00\x6B\x02\x09\x02\x00\x01\x11\x01", 0x10, 1024, ""},
	Oberthur:   {"\xFF\x18\x00\x00\x81\x31\xFE\x45", "\x00\x6B\x04\x05\x01\x00\x01\x11\x01", 0x10, 1024, ""},
	Idemia:     {"\xFF\x18\x00\x00\x81\x31\xFE\x45", "\x00\x6B\x05\x05\x10\x17\x01\x21\x01", 0x10, 1024, ""},
	Athena:     {"\xDF\x18\x00\x81\x31\xFE\x7D", "\x00\x6B\x02\x0C\x01\x82\x01\x11\x01", 0x10, 1024, ""},
	Siemens:    {"\xFF\x18\x00\xFF\xC1\x0A\x31\xFE\x55", "\x00\x6B\x05\x08\xC8\x05\x01\x11\x01", 0x10, 1024, ""},
	Idemia2021: {"\xFF\x18\x00\x00\x81\x31\xFE\x45", "\x00\x6B\x05\x05\x20\x00\x01\x21\x01", 0x10, 2048, LayoutIdemia2021},
	STNFC:      {bits: 2048, layout: LayoutST2022NFC},
}

// atr builds the answer to reset of a model, its check byte TCK included
// (ISO/IEC 7816-3, 8.2.5).
func (m Model) atr() ([]byte, error) {
	a, ok := atrs[m]
	switch {
	case !ok:
		return nil, fmt.Errorf("card model %q is unknown: use one of %v", m, append(Models(), STNFC))
	case m == STNFC:
		return []byte{0x3B, 0x80, 0x80, 0x01, 0x01}, nil // no historical bytes
	}
	b := []byte("\x3B" + a.interfaceBytes + a.historicalStart + "CNS")
	b = append(b, a.version, 0x31, 0x80)
	var tck byte
	for _, x := range b[1:] {
		tck ^= x
	}
	return append(b, tck), nil
}
