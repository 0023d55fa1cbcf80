// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
)

func TestADialogForTheReaderHasNoFieldAndOneButton(t *testing.T) {
	site := origin(t, "https://portale.regione.example")
	for _, lang := range words.Languages {
		w := words.For(lang)
		for name, q := range map[string]bridge.PINQuestion{
			"a site":    {Origin: site, OnReader: true, Holder: "GIADA PROVA ROSSINI", TriesLeft: 2, Problem: bridge.WrongPIN},
			"a program": {Purpose: bridge.ForProgram, Program: "/usr/bin/firefox", OnReader: true, TriesLeft: 2, Problem: bridge.WrongPIN},
			"a change":  {Purpose: bridge.ForChange, OnReader: true, TriesLeft: 2, Problem: bridge.WrongPIN},
		} {
			d, err := pinDialog(w, q)
			if err != nil {
				t.Errorf("%s, %s: %v", lang, name, err)
				continue
			}
			if d.label != "" || d.cancel != "" || d.notOK != "" || d.ok != w.T(words.DialogCancel, nil) || d.problem != "" {
				t.Errorf("%s, %s: %+v", lang, name, d)
			}
			if text := d.text(); !strings.Contains(text, w.N(words.PINWrong, 2)) || name == "a site" && !strings.HasPrefix(text, "portale.regione.example\n") {
				t.Errorf("%s, %s:\n%s", lang, name, text)
			}
		}
	}
}

func TestNothingButThePINIsTypedOnTheReader(t *testing.T) {
	for name, q := range map[string]bridge.PINQuestion{
		"a PUK":              {Purpose: bridge.ForUnblock, Entry: bridge.EnterPUK, OnReader: true},
		"a new PIN":          {Purpose: bridge.ForChange, Entry: bridge.EnterNewPIN, OnReader: true},
		"no site":            {OnReader: true},
		"a PUK for a site":   {Origin: origin(t, "https://a.example"), Entry: bridge.EnterPUK, OnReader: true},
		"a program, unnamed": {Purpose: bridge.ForProgram, OnReader: true},
	} {
		if err := New(Options{}).AwaitReader(t.Context(), q, func() { t.Errorf("%s: shown", name) }); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestTheDialogForAnIdentityCardTellsHowManyDigits(t *testing.T) {
	for _, lang := range words.Languages {
		w := words.For(lang)
		for _, q := range []bridge.PINQuestion{
			{Origin: origin(t, "https://portale.regione.example"), Family: words.FamilyCIE, TriesLeft: 3, Problem: bridge.BadFormat},
			{Purpose: bridge.ForProgram, Program: "/usr/bin/firefox", Family: words.FamilyCIE, TriesLeft: 3, Problem: bridge.BadFormat},
		} {
			d, err := pinDialog(w, q)
			if err != nil || d.problem != w.T(words.CardsCIEFormat, nil) || !strings.Contains(strings.Join(strings.Fields(d.text()), " "), w.T(words.CardsCIEPIN, nil)) {
				t.Errorf("%s: %v, %+v", lang, err, d)
			}
		}
	}
}

func TestTheChooserNamesKindAndIssuer(t *testing.T) {
	q := bridge.Question{Kind: bridge.AskCard, Origin: origin(t, "https://portale.regione.example"), Holder: "GIADA PROVA ROSSINI", Reader: "Lettore", Issuer: "REGIONE\nPROVA"}
	for family, want := range map[string]string{"": "Tipo: Carta Nazionale dei Servizi (CNS)\n", words.FamilyCIE: "Tipo: Carta d'Identità Elettronica (CIE)\n"} {
		q.Family = family
		d, err := questionDialog(words.For("it"), q)
		if err != nil || !strings.Contains(d.text(), want) || !strings.Contains(d.text(), "\nEmessa da: REGIONE") || strings.Contains(d.text(), "\nPROVA") {
			t.Errorf("%v\n%s", err, d.text())
		}
	}
}
