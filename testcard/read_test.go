// SPDX-License-Identifier: EUPL-1.2

package testcard

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/ponte-cns/ponte/testcard/holder"
)

// readFile selects by path from the MF and reads in chunks of 252 bytes.
func readFile(t testing.TB, c *Card, path string) []byte {
	t.Helper()
	if _, sw := send(t, c, "00 A4 08 0C 04"+path); sw != "9000" {
		t.Fatalf("selecting %s: %s", path, sw)
	}
	var content []byte
	for {
		part, sw := send(t, c, fmt.Sprintf("00 B0 %04X FC", len(content)))
		content = append(content, part...)
		if sw == "6B00" {
			return content
		}
		if sw != "9000" {
			t.Fatalf("reading %s at %d: %s", path, len(content), sw)
		}
	}
}

func TestTheFilesHoldWhatTheHolderHas(t *testing.T) {
	c := card(t, Options{})
	if got := readFile(t, c, "1000 1003"); string(got) != "7430010024925855" {
		t.Errorf("EF.ID_Carta %q", got)
	}
	if got := readFile(t, c, "1100 1102"); !bytes.Equal(got, holder.Giada().PersonalData()) {
		t.Errorf("EF.Dati_personali %q", got)
	}
	got := readFile(t, c, "1100 1101")
	cert := c.Certificate().Raw
	if len(got) != certificateSize || !bytes.HasPrefix(got, cert) || len(bytes.Trim(got[len(cert):], "\x00")) != 0 {
		t.Errorf("EF.C_Carta %x", got)
	}
	send(t, c, "00 A4 00 0C 02 3F00")
	send(t, c, "00 A4 00 0C 02 2F02")
	if got, sw := send(t, c, "00 B0 00 00 00"); sw != "9000" || !bytes.Equal(got, hexBytes(t, "5A08 7430010024925855")) {
		t.Errorf("EF.GDO %x %s", got, sw)
	}
	run(t, c, []step{{"00 A4 00 0C 02 1400", "9000"}})
}

func TestEveryWayToSelectReachesTheCertificate(t *testing.T) {
	for name, steps := range map[string][]string{
		"by id through the DF":      {"00 A4 00 0C 02 3F00", "00 A4 00 0C 02 1100", "00 A4 00 0C 02 1101"},
		"by id from a sibling DF":   {"00 A4 00 0C 02 1000", "00 A4 00 0C 02 1100", "00 A4 00 0C 02 1101"},
		"by path from the MF":       {"00 A4 08 0C 04 1100 1101"},
		"by path from the DF":       {"00 A4 08 0C 02 1100", "00 A4 09 0C 02 1101"},
		"by extended APDU":          {"00 A4 08 0C 00 0004 1100 1101"},
		"after a failed selection":  {"00 A4 08 0C 04 1100 1101", "00 A4 00 0C 02 7777"},
		"after an MF without an id": {"00 A4 00 0C", "00 A4 09 0C 04 1100 1101"},
	} {
		t.Run(name, func(t *testing.T) {
			c := card(t, Options{})
			for _, s := range steps {
				send(t, c, s)
			}
			if got, sw := send(t, c, "00 B0 00 00 02"); sw != "9000" || !bytes.Equal(got, []byte{0x30, 0x82}) {
				t.Errorf("read %x %s", got, sw)
			}
		})
	}
}

func TestTheFileControlInformationIsThatOfTheRealCard(t *testing.T) {
	c := card(t, Options{})
	got, sw := send(t, c, "00 A4 08 00 04 1100 1102 00")
	want := hexBytes(t, "6F38 80020190 8203010000 83021102 850101 860900FFFFFFFFFFFFFFFF 8A0105 CB18"+
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")
	if sw != "9000" || !bytes.Equal(got, want) {
		t.Errorf("EF %X %s", got, sw)
	}
	got, _ = send(t, c, "00 A4 00 00 02 1100 00")
	if !bytes.HasPrefix(got, hexBytes(t, "6F38 8102")) || !bytes.Contains(got, hexBytes(t, "8203380000 83021100")) {
		t.Errorf("DF %X", got)
	}
	noSize := card(t, Options{Quirks: Quirks{NoSize: true}})
	if got, _ := send(t, noSize, "00 A4 08 00 04 1100 1102 00"); !bytes.HasPrefix(got, hexBytes(t, "6F34 8203010000")) || len(got) != 0x36 {
		t.Errorf("EF without size %X", got)
	}
}

func TestReadingPastTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		quirk ReadPastEnd
		sw    string
		n     int
	}{
		"gives what is left with 9000":    {PastEnd9000, "9000", 6},
		"may give what is left with 6282": {PastEnd6282, "6282", 6},
		"may only say how much there is":  {PastEnd6Cxx, "6C06", 0},
	} {
		t.Run(name, func(t *testing.T) {
			chip := card(t, Options{Quirks: Quirks{ReadPastEnd: c.quirk}})
			send(t, chip, "00 A4 08 0C 04 1000 1003")
			if got, sw := send(t, chip, "00 B0 00 0A FC"); sw != c.sw || len(got) != c.n {
				t.Errorf("%q %s", got, sw)
			}
			run(t, chip, []step{{"00 B0 00 0A 06", "9000"}, {"00 B0 00 10 01", "6B00"}})
		})
	}
}

func TestAnExtendedReadMayGiveAWholeFile(t *testing.T) {
	c := card(t, Options{})
	send(t, c, "00 A4 08 0C 04 1100 1101")
	if got, sw := send(t, c, "00 B0 00 00 00 0000"); sw != "9000" || len(got) != certificateSize {
		t.Errorf("%d bytes %s", len(got), sw)
	}
}

func TestGetResponseFetchesWhatWasAnnounced(t *testing.T) {
	c := card(t, Options{GetResponse: true})
	direct, _ := send(t, card(t, Options{}), "00 A4 08 00 04 1100 1102 00")
	run(t, c, []step{{"00 C0 00 00 10", "6985"}, {"00 A4 08 00 04 1100 1102 00", "613A"}, {"00 C0 00 00 FF", "6C3A"}})
	first, sw := send(t, c, "00 C0 00 00 30")
	if sw != "610A" {
		t.Errorf("status %s", sw)
	}
	rest, sw := send(t, c, "00 C0 00 00 0A")
	if sw != "9000" || !bytes.Equal(append(first, rest...), direct) {
		t.Errorf("%X %X %s", first, rest, sw)
	}
	run(t, c, []step{{"00 A4 08 00 04 1100 1102 00", "613A"}, {emptyVerify, "63C3"}, {"00 C0 00 00 3A", "6985"}})
}

func TestChallengesDiffer(t *testing.T) {
	c := card(t, Options{})
	a, _ := send(t, c, "00 84 00 00 20")
	b, _ := send(t, c, "00 84 00 00 20")
	if len(a) != 32 || bytes.Equal(a, b) {
		t.Errorf("%x %x", a, b)
	}
}
