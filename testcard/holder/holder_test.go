// SPDX-License-Identifier: EUPL-1.2

package holder

import (
	"bytes"
	"strings"
	"testing"
)

func TestTheDefaultHolderIsTheExampleOfTheSpecification(t *testing.T) {
	want := "000067" + "046030" + "0823102026" + "0821102032" + "07ROSSINI" + "0BGIADA PROVA" +
		"0823111984" + "01F" + "00" + "10RSSGPR84S63H501C" + "00" + "04H501" + "00" + "00" +
		"04H501" + "00" + "00"
	file := Giada().PersonalData()
	if len(file) != PersonalDataSize {
		t.Fatalf("the file has %d bytes", len(file))
	}
	if got := string(bytes.TrimRight(file, "\x00")); got != want {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

func TestEveryHolderHasACorrectFiscalCodeAndCommonName(t *testing.T) {
	for name, h := range map[string]Holder{
		"giada": Giada(), "matteo": Matteo(), "accented": Accented(), "omocodia": Omocodia(), "slashed": Slashed(),
	} {
		t.Run(name, func(t *testing.T) {
			if got := WithCheckLetter(h.FiscalCode[:15]); got != h.FiscalCode {
				t.Errorf("fiscal code %s should be %s", h.FiscalCode, got)
			}
			if cn := h.CommonName(); len(cn) != 62 || cn[16] != '/' || cn[33] != '.' || !strings.HasSuffix(cn, "=") {
				t.Errorf("common name %q", cn)
			}
			if len(h.CardID) != 16 {
				t.Errorf("card id %q", h.CardID)
			}
			if got, err := ByName(name); err != nil || got != h {
				t.Errorf("by name: %v, %v", got, err)
			}
		})
	}
}

func TestTheSlashedHolderHasASecondSlashInItsCommonName(t *testing.T) {
	if cn := Slashed().CommonName(); strings.Count(cn, "/") < 2 {
		t.Errorf("common name %q", cn)
	}
}

func TestAccentsAreWrittenInLatin1(t *testing.T) {
	file := Accented().PersonalData()
	if !bytes.Contains(file, []byte("05D'AL\xd2")) {
		t.Errorf("file %q", file)
	}
}

func TestAnUnknownHolderIsRefused(t *testing.T) {
	if _, err := ByName("nobody"); err == nil {
		t.Error("accepted")
	}
}
