// SPDX-License-Identifier: EUPL-1.2

package testcard

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
)

// Ways into the layouts, as OpenSC's sources and logs have them (cns-card.md A10).
const (
	selectJSign     = "00 A4 04 00 08 A00000009501004D 00"
	selectActalis   = "00 A4 04 00 0C A00000053000 0B104001021A 00"
	selectIdemiaKey = "00 A4 08 0C 04 1400 9002"
	setIdemiaKey    = "00 22 F1 B8 03 83 01 02"
)

func TestWhatALayoutRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		layout Layout
		steps  []step
	}{
		"an IDEMIA key whose DF is not current":   {LayoutIdemia2021, []step{{verifyRight, "9000"}, {restore, "9000"}, {setIdemiaKey, "9000"}, {pso2048Header + zeros(256), "6984"}}},
		"the classic key on an IDEMIA card":       {LayoutIdemia2021, []step{{selectIdemiaKey, "9000"}, {setKey, "6A88"}}},
		"a long challenge on an IDEMIA card":      {LayoutIdemia2021, []step{{"00 84 00 00 21", "6700"}, {"00 84 00 00 20", "9000"}}},
		"the files before their application":      {LayoutST2022NFC, []step{{"00 A4 08 0C 04 1100 1101", "6A82"}, {"00 B0 00 00 10", "6986"}, {selectMF, "9000"}}},
		"the PIN before its application":          {LayoutST2022NFC, []step{{emptyVerify, "6A88"}, {verifyRight, "6A88"}, {"00 24 00 10 10" + pinBlock + newPIN, "6A88"}}},
		"the key before its application":          {LayoutST2022NFC, []step{{restore, "6A88"}, {setKey, "6A88"}}},
		"the product before its application":      {LayoutST2022NFC, []step{{"00 CA 01 80 00", "6D00"}}},
		"another application, and stays":          {LayoutST2022NFC, []step{{selectJSign, "9000"}, {"00 A4 04 00 08 A00000009501004E 00", "6A82"}, {"00 CA 01 80 00", "9000"}, {"00 CA 01 81 00", "6A88"}}},
		"half the name of its application":        {LayoutST2022NFC, []step{{"00 A4 04 00 07 A0000000950100 00", "6A82"}}},
		"EF.C_Carta on an InfoCamere card":        {LayoutInfoCamere, []step{{"00 A4 08 0C 04 1100 1101", "6A82"}}},
		"the classic key on an InfoCamere card":   {LayoutInfoCamere, []step{{"00 A4 08 0C 04 2FFF 0000", "9000"}, {setKey, "6A88"}}},
		"a certificate on an ACe 2025":            {LayoutActalis2025, []step{{"00 A4 08 0C 04 1100 1101", "6A82"}, {selectActalis, "9000"}, {"00 A4 09 0C 04 1100 1101", "6A82"}, {"00 A4 09 0C 04 1100 1102", "9000"}}},
		"an application on a classic card":        {Classic, []step{{selectJSign, "6A82"}}},
		"the application again after a power off": {LayoutST2022NFC, []step{{selectJSign, "9000"}, {"00 A4 08 0C 04 1100 1101", "9000"}}},
	} {
		t.Run(name, func(t *testing.T) {
			chip := card(t, Options{Layout: c.layout})
			run(t, chip, c.steps)
			chip.Reset()
			run(t, chip, c.steps) // nothing of it outlives the power
		})
	}
}

func TestEachLayoutKeepsItsCertificateWhereItsFamilyDoes(t *testing.T) {
	for layout, c := range map[Layout]struct {
		enter, path string
		header      int
	}{
		Classic:          {"", "1100 1101", 0},
		LayoutIdemia2021: {"", "1400 9001 2002", 0},
		LayoutST2022NFC:  {selectJSign, "1100 1101", 0},
		LayoutInfoCamere: {"", "2FFF 8228", 5},
	} {
		for _, file := range [][]byte{nil, {0x30, 0x82, 0xFF}} {
			chip := card(t, Options{Layout: layout, CertificateFile: file})
			if c.enter != "" {
				run(t, chip, []step{{c.enter, "9000"}})
			}
			path := hexBytes(t, c.path)
			if _, sw := send(t, chip, fmt.Sprintf("00 A4 08 0C %02X %X", len(path), path)); sw != "9000" {
				t.Fatalf("%s: %s", layout, sw)
			}
			got, _ := send(t, chip, "00 B0 00 00 FC")
			want := chip.Certificate().Raw[:200]
			if file != nil {
				want, c.header = file, 0
			}
			if !bytes.HasPrefix(got[c.header:], want) {
				t.Errorf("%s: %X", layout, got)
			}
			if c.header > 0 && int(got[1])<<8+int(got[2]) != len(chip.Certificate().Raw) {
				t.Errorf("%s: header %X", layout, got[:5])
			}
		}
	}
}

func TestEachLayoutSignsWithItsKey(t *testing.T) {
	digest := sha256.Sum256([]byte("Ponte"))
	pso := fmt.Sprintf("00 2A 80 86 00 0101 00 %X 0000", paddedBlock(256, digestInfo(digest[:])))
	for layout, c := range map[Layout]struct{ enter, key string }{
		LayoutIdemia2021: {selectIdemiaKey, setIdemiaKey},
		LayoutST2022NFC:  {selectJSign, setKey},
		LayoutInfoCamere: {"00 A4 08 0C 04 2FFF 0000", "00 22 F1 B8 03 83 01 21"},
	} {
		chip := card(t, Options{Layout: layout, Bits: 2048})
		run(t, chip, []step{{c.enter, "9000"}, {verifyRight, "9000"}, {restore, "9000"}, {c.key, "9000"}})
		signature, sw := send(t, chip, pso)
		public := chip.Certificate().PublicKey.(*rsa.PublicKey)
		if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature); err != nil || sw != "9000" {
			t.Errorf("%s: %s, %v", layout, sw, err)
		}
	}
}

func TestTheAnswerToResetOfALayout(t *testing.T) {
	for layout, want := range map[Layout]string{
		LayoutIdemia2021: "3bff1800008131fe45006b05052000012101434e5310318079",
		LayoutST2022NFC:  "3b80800101",
		Classic:          "3bff1800ff8131fe55006b02091617011101434e531131808d",
	} {
		if got := hex.EncodeToString(card(t, Options{Layout: layout}).ATR()); got != want {
			t.Errorf("%s: %s instead of %s", layout, got, want)
		}
	}
	if l := card(t, Options{Model: Idemia2021}).Layout(); l != LayoutIdemia2021 {
		t.Errorf("the model of 2021 has the layout %s", l)
	}
}
