// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// careEntries are all dialogs in which something is typed for the care of the PIN.
var careEntries = []bridge.PINQuestion{
	{Purpose: bridge.ForChange, Entry: bridge.EnterPIN}, {Purpose: bridge.ForChange, Entry: bridge.EnterNewPIN},
	{Purpose: bridge.ForChange, Entry: bridge.EnterRepeat}, {Purpose: bridge.ForUnblock, Entry: bridge.EnterPUK},
	{Purpose: bridge.ForUnblock, Entry: bridge.EnterNewPIN}, {Purpose: bridge.ForUnblock, Entry: bridge.EnterRepeat},
}

var careKinds = []bridge.QuestionKind{
	bridge.AskLastTry, bridge.AskUnknownTries, bridge.AskCard, bridge.AskLastPUK, bridge.AskUnknownPUK, bridge.AskWeakPIN, bridge.AskNotBlocked,
}

func TestNoSiteGetsTheDialogsOfTheCare(t *testing.T) {
	w, o := words.For("it"), origin(t, "https://portale.example")
	for _, q := range careEntries {
		q.Origin = o
		if _, err := pinDialog(w, q); err == nil {
			t.Errorf("%+v names a site", q)
		}
		q.Purpose = bridge.ForSite
		if _, err := pinDialog(w, q); err == nil && q.Entry != bridge.EnterPIN {
			t.Errorf("a site asks for %+v", q)
		}
		if q.Origin = (protocol.Origin{}); q.Purpose == bridge.ForSite {
			if _, err := pinDialog(w, q); err == nil {
				t.Errorf("%+v: nobody asks", q)
			}
		}
	}
	for _, k := range careKinds {
		if _, err := questionDialog(w, bridge.Question{Kind: k, Purpose: bridge.ForChange, Origin: o}); err == nil {
			t.Errorf("question %d of the citizen's own names a site", k)
		}
		if _, err := questionDialog(w, bridge.Question{Kind: k, Origin: o}); (err == nil) != (k <= bridge.AskUnknownTries) {
			t.Errorf("question %d of a site: %v", k, err)
		}
	}
	if _, err := questionDialog(w, bridge.Question{Kind: bridge.AskAdmitSite, Purpose: bridge.ForChange}); err == nil {
		t.Error("no site asks to be admitted")
	}
	for _, q := range []bridge.PINQuestion{
		{Purpose: bridge.ForChange, Entry: bridge.EnterPUK}, {Purpose: bridge.ForUnblock, Entry: bridge.EnterPIN}, {Purpose: 9}, {Purpose: bridge.ForChange, Entry: 9},
	} {
		if _, err := pinDialog(w, q); err == nil {
			t.Errorf("%+v was composed", q)
		}
	}
	if _, err := noticeDialog(w, bridge.Notice{}); err == nil {
		t.Error("a notice to a site")
	}
}

func TestTheDialogsOfTheCareSayWhatIsAskedAndWhatIsLeft(t *testing.T) {
	for _, c := range []struct {
		name          string
		q             bridge.PINQuestion
		want          []string
		label, ok     string
		problem, lack string
	}{
		{
			"the present PIN", bridge.PINQuestion{Purpose: bridge.ForChange, TriesLeft: 3},
			[]string{"Ponte – Cambio del PIN", "Titolare: MARIA ROSSI", "Ti restano 3 tentativi.", "codice segreto", "da 5 a 8 cifre", "prima la prima, poi la seconda"},
			"PIN attuale", "Avanti", "", "PUK",
		},
		{
			"the present PIN for the last time", bridge.PINQuestion{Purpose: bridge.ForChange, TriesLeft: 1, Problem: bridge.WrongPIN},
			[]string{"Ultimo tentativo: se il PIN è errato, la tessera si blocca."}, "PIN attuale", "Avanti", "PIN errato: resta 1 tentativo", "",
		},
		{
			"the new PIN", bridge.PINQuestion{Purpose: bridge.ForChange, Entry: bridge.EnterNewPIN, TriesLeft: bridge.Unknown, Problem: bridge.Mismatch},
			[]string{"da 5 a 8 cifre", "data di nascita"}, "PIN nuovo", "Avanti", "I due PIN nuovi erano diversi", "tentativi",
		},
		{
			"the new PIN once more", bridge.PINQuestion{Purpose: bridge.ForUnblock, Entry: bridge.EnterRepeat, TriesLeft: bridge.Unknown},
			[]string{"Ponte – Sblocco del PIN", "ancora una volta"}, "Ripeti il PIN nuovo", "Sblocca il PIN", "", "tentativi",
		},
		{
			"the PUK", bridge.PINQuestion{Purpose: bridge.ForUnblock, Entry: bridge.EnterPUK, TriesLeft: 2, Problem: bridge.WrongPIN},
			[]string{"Ponte – Sblocco del PIN", "codice di sblocco", "Per il PUK ti restano 2 tentativi.", "Ha 8 cifre"}, "PUK (8 cifre)", "Avanti",
			"PUK errato: restano 2 tentativi", "",
		},
		{
			"the PUK of a card that does not count", bridge.PINQuestion{Purpose: bridge.ForUnblock, Entry: bridge.EnterPUK, TriesLeft: bridge.Unknown, Problem: bridge.BadFormat},
			[]string{"La tessera non dice quanti tentativi restano per il PUK."}, "PUK (8 cifre)", "Avanti", "Il PUK ha 8 cifre", "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.q.Holder = "MARIA ROSSI"
			d, err := pinDialog(words.For("it"), c.q)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(strings.Fields(d.text()), " ")
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in %q", want, text)
				}
			}
			if c.lack != "" && strings.Contains(text, c.lack) {
				t.Errorf("%q in %q", c.lack, text)
			}
			if d.label != c.label || d.ok != c.ok || d.problem != c.problem || d.title != "Ponte" {
				t.Errorf("label %q, button %q, problem %q", d.label, d.ok, d.problem)
			}
		})
	}
}

func TestWhatIsDangerousIsNeverTheFirstAnswer(t *testing.T) {
	w := words.For("it")
	for kind, risky := range map[bridge.QuestionKind]bool{
		bridge.AskLastPUK: true, bridge.AskUnknownPUK: true, bridge.AskWeakPIN: true, bridge.AskLastTry: true, bridge.AskNotBlocked: false,
	} {
		d, err := questionDialog(w, bridge.Question{Kind: kind, Purpose: bridge.ForUnblock, Holder: "MARIA ROSSI", TriesLeft: 2})
		if err != nil || d.risky != risky || d.cancel == "" || d.notOK != "" {
			t.Errorf("question %d: %+v, %v", kind, d, err)
		}
	}
	d, err := questionDialog(w, bridge.Question{Kind: bridge.AskWeakPIN, Purpose: bridge.ForChange})
	if err != nil || d.cancel != "Scegline un altro" {
		t.Errorf("a weak PIN: %+v, %v", d, err)
	}
}

func TestEveryDialogOfTheCareFitsIntoAWindowInEveryLanguage(t *testing.T) {
	longest := strings.Repeat("MARIA ÈVA ", 12)
	check := func(d *dialog, err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
			return
		}
		if err := checkText(d.text()); err != nil || len(d.lines) > 20 || d.ok == "" {
			t.Errorf("%d lines, %v: %q", len(d.lines), err, d.text())
		}
		for _, l := range d.lines {
			if len([]rune(l)) > maxHolder+20 {
				t.Errorf("a line of %d characters: %q", len([]rune(l)), l)
			}
		}
	}
	for _, lang := range words.Languages {
		w := words.For(lang)
		for _, q := range careEntries {
			for _, tries := range []int{bridge.Unknown, 1, 3} {
				for problem := bridge.NoProblem; problem <= bridge.Refused; problem++ {
					q.Holder, q.Reader, q.TriesLeft, q.Problem = longest, longest, tries, problem
					check(pinDialog(w, q))
				}
			}
		}
		for _, kind := range careKinds {
			check(questionDialog(w, bridge.Question{Purpose: bridge.ForUnblock, Kind: kind, Holder: longest, Reader: longest, TriesLeft: 2}))
		}
		for _, code := range append(protocol.Codes(), "") {
			for _, region := range []string{"Lombardia", "Toscana", "Veneto", "Lazio", "Umbria"} {
				for _, p := range []bridge.Purpose{bridge.ForChange, bridge.ForUnblock} {
					d, err := noticeDialog(w, bridge.Notice{Purpose: p, Holder: longest, Code: code, Situation: words.Situation{Issuer: "Regione " + region}})
					check(d, err)
					if err == nil && d.cancel != "" {
						t.Error("a notice with two buttons")
					}
				}
			}
		}
	}
}

func TestTheNoticeSaysWhatCountsFromNowOn(t *testing.T) {
	for _, c := range []struct {
		n    bridge.Notice
		want string
	}{
		{bridge.Notice{Purpose: bridge.ForChange}, "Il PIN è stato cambiato. Da ora usa quello nuovo."},
		{bridge.Notice{Purpose: bridge.ForUnblock}, "La tessera è sbloccata. Da ora usa il PIN nuovo."},
		{bridge.Notice{Purpose: bridge.ForChange, Code: protocol.CardRemoved}, "Il PIN non è stato cambiato."},
		{bridge.Notice{Purpose: bridge.ForChange, Code: protocol.CardRemoved, Uncertain: true}, "prova prima il PIN nuovo"},
		{bridge.Notice{Purpose: bridge.ForUnblock, Code: protocol.CardMute, Uncertain: true}, "ripeti lo sblocco"},
		{bridge.Notice{Purpose: bridge.ForUnblock, Code: protocol.PUKBlocked, Situation: words.Situation{Issuer: "Regione Toscana"}}, "800.004477"},
		{bridge.Notice{Purpose: bridge.ForChange, Code: protocol.PINBlocked}, "PUK"},
	} {
		d, err := noticeDialog(words.For("it"), c.n)
		if err != nil || !strings.Contains(strings.Join(strings.Fields(d.text()), " "), c.want) {
			t.Errorf("%+v: %q, %v", c.n, d.text(), err)
		}
		if c.n.Uncertain && strings.Contains(d.text(), "non è stato") {
			t.Errorf("%q is not certain", d.text())
		}
	}
}
