// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// shownIn is the content of a box.
func shownIn(t *testing.T, b Box, o Options) string {
	t.Helper()
	content, err := b.content(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestAPageThatIsTurnedShowsItsBoxUpright(t *testing.T) {
	b := Box{X: 10, Y: 20, Width: 100, Height: 50}
	for turn, want := range map[int][2]string{
		0:   {"[110.00 220.00 210.00 270.00]", "[1 0 0 1 0 0]"},
		90:  {"[430.00 210.00 480.00 310.00]", "[0 1 -1 0 0 0]"},
		180: {"[390.00 430.00 490.00 480.00]", "[-1 0 0 -1 0 0]"},
		270: {"[120.00 390.00 170.00 490.00]", "[0 -1 1 0 0 0]"},
	} {
		crop := [4]float64{100, 200, 500, 500}
		rect, matrix, err := b.place(pdf.Page{CropBox: crop, Rotate: turn})
		if err != nil {
			t.Fatal(err)
		}
		got := [2]string{string(pdf.Append(nil, rect)), string(pdf.Append(nil, matrix))}
		if got != want {
			t.Errorf("turned by %d: %q, want %q", turn, got, want)
		}
	}
}

func TestAccentsAreWrittenAsTheyAre(t *testing.T) {
	for text, want := range map[string]string{
		"Niccolò D'Agostù è già a Forlì": "Niccol\xF2 D'Agost\xF9 \xE8 gi\xE0 a Forl\xEC",
		"ÀÈÉÌÒÙ € “”":                    "\xC0\xC8\xC9\xCC\xD2\xD9 \x80 \x93\x94",
		"Müller Groß Šimić":              "M\xFCller Gro\xDF \x8Aimic",
		"e\u0300":                        "\xE8", // as macOS writes it
		"ﬁrma":                           "firma",
	} {
		if got, err := encode(text); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"Джада", "😀", "ﷺ", "\u202E"} {
		if got, err := encode(text); !errors.Is(err, ErrText) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

// TestNoLineLeavesItsBox takes names and reasons of every length, in boxes of many sizes.
func TestNoLineLeavesItsBox(t *testing.T) {
	o := Options{SigningTime: time.Date(2026, 11, 22, 10, 20, 30, 0, time.UTC)}
	drawn := 0
	for width := 40.0; width <= 300; width += 26 {
		for height := 12.0; height <= 120; height += 12 {
			for _, words := range []int{1, 3, 9, 20} {
				o.Name, o.Reason = strings.TrimSpace(strings.Repeat("ROSSINI ", min(words, 12))), strings.Repeat("modalità ", words)
				b := Box{Width: width, Height: height}
				parts, err := b.parts(o)
				if err != nil {
					t.Fatal(err)
				}
				content, err := b.content(o)
				if errors.Is(err, ErrBoxSmall) {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				drawn++
				checkInside(t, b, content)
				if name := bytes.ReplaceAll(textOf(content), []byte{'\n'}, nil); !bytes.Contains(bytes.ReplaceAll(name, []byte{' '}, nil), bytes.ReplaceAll(parts[1].text, []byte{' '}, nil)) {
					t.Errorf("%.0f by %.0f: the name is not whole: %q", width, height, name)
				}
			}
		}
	}
	if drawn < 100 {
		t.Errorf("only %d boxes were drawn", drawn)
	}
}

func TestAReasonThatIsTooLongIsCutAndSaysSo(t *testing.T) {
	o := Options{SigningTime: time.Now(), Name: "GIADA PROVA ROSSINI", Reason: strings.Repeat("per la domanda di iscrizione ", 10)}
	text := textOf([]byte(shownIn(t, Box{Width: 150, Height: 40}, o)))
	if !bytes.Contains(text, []byte("Motivo: per")) || !bytes.Contains(text, []byte{winAnsi['…']}) {
		t.Errorf("%q", text)
	}
	if text := textOf([]byte(shownIn(t, Box{Width: 110, Height: 12}, o))); !bytes.Contains(text, []byte("ROSSINI")) || bytes.Contains(text, []byte("Motivo")) {
		t.Errorf("%q", text)
	}
}

func TestTheWordsAreThoseOfTheLanguage(t *testing.T) {
	o := Options{SigningTime: time.Date(2026, 11, 22, 10, 20, 30, 0, time.FixedZone("", 3600)), Name: "GIADA", Reason: "x"}
	for language, want := range map[string]string{
		"":   "Firmato da\nGIADA\nData: 22/11/2026 10:20:30 (UTC+01:00)\nMotivo: x\n",
		"en": "Signed by\nGIADA\nDate: 2026-11-22 10:20:30 (UTC+01:00)\nReason: x\n",
		"de": "Unterschrieben von\nGIADA\nDatum: 22.11.2026 10:20:30 (UTC+01:00)\nGrund: x\n",
	} {
		if got := textOf([]byte(shownIn(t, Box{Width: 300, Height: 100, Language: language}, o))); string(got) != want {
			t.Errorf("%q: %q", language, got)
		}
	}
	o.Name = ""
	if got := textOf([]byte(shownIn(t, Box{Width: 300, Height: 100, Title: "Firma con CNS"}, o))); !bytes.HasPrefix(got, []byte("Firma con CNS\nData")) {
		t.Errorf("without a name: %q", got)
	}
}
