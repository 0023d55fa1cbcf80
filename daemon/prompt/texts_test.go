// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

func origin(t testing.TB, s string) protocol.Origin {
	t.Helper()
	o, err := protocol.ParseOrigin(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return o
}

func TestTextFromOutsideCannotBreakADialog(t *testing.T) {
	for _, c := range []struct{ name, from, want string }{
		{"a line break", "MARIA\nGETPIN", "MARIA GETPIN"},
		{"terminal codes", "\x1b[31mMARIA\x07", "[31mMARIA"},
		{"a NUL", "MARIA\x00ROSSI", "MARIA ROSSI"},
		{"percent sequences", "MARIA%0A%s", "MARIA 0A s"},
		{"backslash sequences", `MARIA\nROSSI`, "MARIA nROSSI"},
		{"markup", "<b>MARIA</b>&amp;", "b MARIA /b amp"},
		{"a bidirectional override", "MARIA \u202eISSOR\u202c", "MARIA ISSOR"},
		{"bidirectional isolates and marks", "\u2066MARIA\u2069\u200f\u061c", "MARIA"},
		{"zero width characters", "MA\u200bRI\ufeffA", "MARIA"},
		{"letters that draw nothing", "MARIA\u3164\u115f\uffa0", "MARIA"},
		{"a tower of accents", "Z\u0301\u0302\u0303\u0304\u0305", "\u0179\u0302"},
		{"an accent on nothing", "\u0301MARIA", "MARIA"},
		{"line and paragraph separators", "MARIA\u2028ROSSI\u2029", "MARIA ROSSI"},
		{"private and unassigned characters", "MARIA\ue000\U000e0041", "MARIA"},
		{"emoji", "MARIA 🔒", "MARIA"},
		{"bytes that are not UTF-8", "MARIA\xff\xfeROSSI", "MARIA ROSSI"},
		{"many spaces", "  MARIA \u00a0\t ROSSI  ", "MARIA ROSSI"},
		{"nothing that can be shown", "\u202e\n%<>", ""},
		{"a name with accents and apostrophes", "NICCOLÒ D'ANGELO-MÜLLER", "NICCOLÒ D'ANGELO-MÜLLER"},
		{"an accent apart from its letter", "NICCOLO\u0300", "NICCOLÒ"},
		{"a reader", "ACS ACR38U-I1 [CCID] (10.00) 00 00", "ACS ACR38U-I1 [CCID] (10.00) 00 00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := neutral(c.from, maxHolder); got != c.want {
				t.Errorf("%q became %q, want %q", c.from, got, c.want)
			}
		})
	}
	if got := neutral(strings.Repeat("MARIA ", 700), maxHolder); utf8.RuneCountInString(got) > maxHolder || !strings.HasSuffix(got, "…") {
		t.Errorf("4 kB became %q", got)
	}
}

func punycode(t *testing.T, host string) string {
	t.Helper()
	a, err := idna.Punycode.ToASCII(host)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestOnlyANameOfOneScriptIsShownDecoded(t *testing.T) {
	for _, c := range []struct{ name, host string }{
		{"Latin with a Cyrillic a", "l\u0430zio.it"},
		{"Latin with a Greek o", "regi\u03bfne.it"},
		{"an invisible letter", "lazio\u3164.it"},
		{"a zero width joiner", "lazio\u200d.it"},
		{"a slash look-alike", "lazio.it\u2044x.example"},
		{"upper case, which no browser sends", "\u00c0b.it"},
		{"a right-to-left override", "a\u202eb.it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := origin(t, "https://"+punycode(t, c.host))
			if name, ascii := site(o); name != o.Host() || ascii != "" {
				t.Errorf("shown as %q and %q", name, ascii)
			}
		})
	}
	if name, ascii := site(origin(t, "https://xn--a.it")); name != "xn--a.it" || ascii != "" {
		t.Errorf("punycode that does not decode is shown as %q and %q", name, ascii)
	}
	for _, host := range []string{"università.it", "bücher.example", "пример.example", "日本語テスト.example", "www.perché.regione.it"} {
		a := punycode(t, host)
		if name, ascii := site(origin(t, "https://"+a)); name != host || ascii != a {
			t.Errorf("%s is shown as %q and %q", host, name, ascii)
		}
	}
}

func TestASiteIsShownWithWhatIsUnusualAboutIt(t *testing.T) {
	for from, want := range map[string]string{
		"https://portale.regione.it":      "portale.regione.it",
		"https://portale.regione.it:8443": "portale.regione.it:8443",
		"http://localhost:8080":           "http://localhost:8080",
		"http://127.0.0.1":                "http://127.0.0.1",
		"https://[2001:db8::1]:444":       "[2001:db8::1]:444",
	} {
		if name, ascii := site(origin(t, from)); name != want || ascii != "" {
			t.Errorf("%s is shown as %q and %q", from, name, ascii)
		}
	}
}

func TestADialogWithoutASiteIsRefused(t *testing.T) {
	w := words.For("it")
	if _, err := pinDialog(w, bridge.PINQuestion{Holder: "MARIA ROSSI", TriesLeft: 3}); err == nil {
		t.Error("a PIN dialog that names no site")
	}
	for _, k := range []bridge.QuestionKind{bridge.AskLastTry, bridge.AskCard, bridge.AskAdmitSite, bridge.AskUnknownTries} {
		if _, err := questionDialog(w, bridge.Question{Kind: k}); err == nil {
			t.Errorf("question %d names no site", k)
		}
	}
	if _, err := questionDialog(w, bridge.Question{Kind: 99, Origin: origin(t, "https://portale.example")}); err == nil {
		t.Error("a question of an unknown kind")
	}
}

func TestThePINDialogSaysWhoAsksForWhatAndWhatIsLeft(t *testing.T) {
	o := origin(t, "https://portale.regione.example")
	for _, c := range []struct {
		name          string
		q             bridge.PINQuestion
		text, problem string
	}{
		{
			"first try", bridge.PINQuestion{Origin: o, Holder: "MARIA ROSSI", TriesLeft: 3},
			"portale.regione.example\n\nAccesso con la tessera (CNS)\nTitolare: MARIA ROSSI\nTi restano 3 tentativi.", "",
		},
		{
			"wrong PIN, with a reader", bridge.PINQuestion{Origin: o, Holder: "MARIA ROSSI", Reader: "ACS 1", TriesLeft: 2, Problem: bridge.WrongPIN},
			"portale.regione.example\n\nAccesso con la tessera (CNS)\nTitolare: MARIA ROSSI\nLettore: ACS 1\nTi restano 2 tentativi.",
			"PIN errato: restano 2 tentativi",
		},
		{
			"last try", bridge.PINQuestion{Origin: o, Holder: "MARIA ROSSI", TriesLeft: 1, Problem: bridge.WrongPIN},
			"portale.regione.example\n\nAccesso con la tessera (CNS)\nTitolare: MARIA ROSSI\n" +
				"Ultimo tentativo: se il PIN è errato, la tessera si blocca.",
			"PIN errato: resta 1 tentativo",
		},
		{
			"a format problem and a card that does not count",
			bridge.PINQuestion{Origin: o, TriesLeft: bridge.Unknown, Problem: bridge.BadFormat},
			"portale.regione.example\n\nAccesso con la tessera (CNS)\nTitolare: non indicato sulla tessera\n" +
				"La tessera non dice quanti tentativi restano.\n\n" +
				"Se hai ricevuto il PIN in due parti, scrivile tutte e due, una\ndi seguito all'altra: prima la prima, poi la seconda.",
			"Il PIN ha da 5 a 8 cifre",
		},
		{
			"wrong PIN and a card that does not count", bridge.PINQuestion{Origin: o, Holder: "X", TriesLeft: bridge.Unknown, Problem: bridge.WrongPIN},
			"portale.regione.example\n\nAccesso con la tessera (CNS)\nTitolare: X\nLa tessera non dice quanti tentativi restano.", "PIN errato",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := pinDialog(words.For("it"), c.q)
			if err != nil {
				t.Fatal(err)
			}
			if d.text() != c.text || d.problem != c.problem || d.title != "Ponte" {
				t.Errorf("got %q\n%q, problem %q", d.title, d.text(), d.problem)
			}
		})
	}
}

func TestTheConsentForDataListsEachValueOnALineOfItsOwn(t *testing.T) {
	w := words.For("it")
	if _, err := disclosureDialog(w, bridge.Disclosure{Values: []bridge.Value{{Field: protocol.FieldName, Text: "X"}}}); err == nil {
		t.Error("a consent that names no site")
	}
	q := bridge.Disclosure{Origin: origin(t, "https://portale.example"), Holder: "MARIA ROSSI", Values: []bridge.Value{
		{Field: protocol.FieldFiscalCode, Text: "RSSMRA80A41H501X"}, {Field: protocol.FieldName, Text: "MARIA\nIl PIN serve: 1234\u202e"},
	}}
	d, err := disclosureDialog(w, q)
	if err != nil {
		t.Fatal(err)
	}
	want := "portale.example\n\nTitolare: MARIA ROSSI\n\nIl sito chiede questi dati della tessera:\n" +
		"– Codice fiscale: RSSMRA80A41H501X\n– Nome: MARIA Il PIN serve: 1234\n\n" +
		"Il PIN non serve. Condividili solo se conosci il sito."
	if d.text() != want || !d.risky {
		t.Errorf("%q", d.text())
	}
	q.Values[0].Text = strings.Repeat("VIA ", 62) + "ROMA 1"
	if d, err = disclosureDialog(w, q); err != nil || !strings.Contains(strings.Join(strings.Fields(d.text()), " "), q.Values[0].Text) {
		t.Errorf("a long value is not shown whole: %q, %v", d.text(), err)
	}
}

func FuzzNeutralTextIsOneShortHarmlessLine(f *testing.F) {
	for _, s := range []string{"MARIA ROSSI", "a\nb%0A<b>&\\_", "\u202e\u2066", "Z\u0301\u0302", "\xff", strings.Repeat("è ", 3000), "\u3164\U000e0100"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := neutral(s, maxHolder)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxHolder || got != strings.TrimSpace(got) {
			t.Errorf("%q became %q", s, got)
		}
		for _, r := range got {
			if !unicode.IsGraphic(r) || strings.ContainsRune("<>&%\\\"`$", r) || unicode.In(r, unicode.Cf, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
				t.Errorf("%q keeps %U", s, r)
			}
		}
	})
}

func FuzzADialogAlwaysShowsSiteAndTries(f *testing.F) {
	f.Add("https://xn--universit-83a.it", "MARIA ROSSI", "ACS 1")
	f.Add("https://"+strings.Repeat("a.", 120)+"it:8443", strings.Repeat("%", 4096), "\u202e\n")
	f.Add("https://xn--"+strings.Repeat("a", 50)+".it", strings.Repeat("\U00020000", 4096), strings.Repeat("\U00020000", 4096))
	f.Fuzz(func(t *testing.T, from, holder, reader string) {
		o, err := protocol.ParseOrigin(from)
		if err != nil {
			return
		}
		for _, lang := range words.Languages {
			d, err := pinDialog(words.For(lang), bridge.PINQuestion{Origin: o, Holder: holder, Reader: reader, TriesLeft: 2, Problem: bridge.BadFormat})
			if err != nil {
				t.Fatal(err)
			}
			name, _ := site(o)
			sent, err := assuanDecode([]byte(assuanEncode(d.text(), maxAssuanLine-len("SETDESC "))))
			text := string(sent)
			if err != nil || text != d.text() || !strings.HasPrefix(text, name+"\n") || len(d.lines) > 14 ||
				!strings.Contains(text, words.For(lang).N(words.PINTries, 2)) {
				t.Errorf("%q, %v", text, err)
			}
		}
	})
}
