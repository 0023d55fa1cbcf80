// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// of is a state with a running agent, as it would tell it.
func of(s protocol.CardState, problem protocol.Code, lang string) state {
	status := protocol.Status{State: s}
	if problem != "" {
		status.Problem = &problem
	}
	w := words.For(lang)
	return state{life: running, info: control.Info{Language: lang, Card: status, Advice: w.Advise(words.Situation{Card: status})}}
}

func busy(s state) state { s.info.Busy = true; return s }

func TestIconAndWhatCanBeChosenFollowTheState(t *testing.T) {
	const no, yes = false, true
	ready := protocol.StateReady
	for _, c := range []struct {
		name                           string
		s                              state
		icon                           icon
		change, unblock, rest, opening bool
	}{
		{"before the agent has answered", state{life: starting}, iconAbsent, no, no, no, yes},
		{"without an agent", state{life: absent}, iconAbsent, no, no, no, yes},
		{"without an agent nothing is left of the card", state{life: absent, info: of(ready, "", "it").info}, iconAbsent, no, no, no, yes},
		{"no reader", of(protocol.StateNoReader, "", "it"), iconWaiting, no, no, yes, yes},
		{"no card", of(protocol.StateNoCard, "", "it"), iconWaiting, no, no, yes, yes},
		{"a card the wrong way round", of(protocol.StateMute, "", "it"), iconWaiting, no, no, yes, yes},
		{"another card", of(protocol.StateUnknown, "", "it"), iconAttention, no, no, yes, yes},
		{"no service for readers", of(protocol.StateNoReader, protocol.PCSCUnavailable, "it"), iconAttention, no, no, yes, yes},
		{"a blocked PIN", of(ready, protocol.PINBlocked, "it"), iconAttention, no, yes, yes, yes},
		{"a blocked PUK", of(ready, protocol.PUKBlocked, "it"), iconAttention, no, no, yes, yes},
		{"a card that is not activated", of(ready, protocol.CardNotActivated, "it"), iconAttention, no, no, yes, yes},
		{"an expired card", of(ready, protocol.CertificateExpired, "it"), iconAttention, yes, yes, yes, yes},
		{"a card that another program holds", of(ready, protocol.CardBusy, "it"), iconWaiting, no, no, yes, yes},
		{"a card that works", of(ready, "", "it"), iconReady, yes, yes, yes, yes},
		{"a card at work", busy(of(ready, "", "it")), iconBusy, no, no, yes, yes},
		{"an agent that gives no advice", state{life: running}, iconAttention, no, no, yes, yes},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := compose(c.s, words.For("it"))
			if m.icon != c.icon {
				t.Errorf("icon %s, want %s", m.icon, c.icon)
			}
			for e, want := range map[entry]bool{
				entryOpen: c.opening, entryQuit: true, entryChangePIN: c.change, entryUnblockPIN: c.unblock,
				entryActivity: c.rest, entryDoctor: c.rest, entryLanguage: c.rest, entryItalian: c.rest, entryGerman: c.rest,
			} {
				if m.entries[e].enabled != want {
					t.Errorf("%s can be chosen: %v, want %v", m.entries[e].label, !want, want)
				}
			}
		})
	}
}

func TestTheMenuNamesTheStateTheHolderAndTheNextStep(t *testing.T) {
	s := of(protocol.StateReady, "", "it")
	s.cards = []control.Card{{Holder: "GIADA PROVA ROSSINI", FiscalCode: "RSSGPR84S63H501C"}, {}, {Holder: "MATTEO PROVA ROSSINI"}}
	got := compose(s, words.For("it"))
	want := []string{
		"Tessera pronta", "Titolare: GIADA PROVA ROSSINI", "Titolare: MATTEO PROVA ROSSINI",
		"Apri il sito in cui vuoi entrare e scegli l'accesso con", "la tessera (TS-CNS).",
	}
	if !slices.Equal(got.lines, want) {
		t.Errorf("%q", got.lines)
	}
	if got.tooltip != "Ponte: Tessera pronta" {
		t.Errorf("tooltip %q", got.tooltip)
	}
}

func TestTheTooltipHoldsNothingPersonal(t *testing.T) {
	for _, problem := range append(protocol.Codes(), "") {
		s := of(protocol.StateReady, problem, "it")
		s.cards = []control.Card{{Holder: "GIADA PROVA ROSSINI", FiscalCode: "RSSGPR84S63H501C", CardNumber: "7430010024925855"}}
		m := compose(s, words.For("it"))
		for _, personal := range []string{"GIADA", "ROSSINI", "RSSGPR", "7430"} {
			if strings.Contains(m.tooltip, personal) {
				t.Errorf("%s: %q", problem, m.tooltip)
			}
		}
		if strings.Contains(strings.Join(m.lines, " "), "RSSGPR") {
			t.Errorf("%s: a menu that anybody may see shows the fiscal code: %q", problem, m.lines)
		}
	}
}

func TestEveryAdviceFitsIntoTheMenuInEveryLanguage(t *testing.T) {
	for _, lang := range words.Languages {
		w := words.For(lang)
		problems := append(protocol.Codes(), "")
		for _, card := range []protocol.CardState{protocol.StateNoReader, protocol.StateNoCard, protocol.StateMute, protocol.StateUnknown, protocol.StateReady} {
			for _, problem := range problems {
				s := of(card, problem, lang)
				left, days := 1, 3
				s.info.Card.PIN.TriesLeft, s.info.Card.ExpiresInDays = &left, &days
				s.info.Advice = w.Advise(words.Situation{Card: s.info.Card})
				s.cards = []control.Card{{Holder: "GIADA PROVA ROSSINI"}, {Holder: "MATTEO PROVA ROSSINI"}}
				m := compose(s, w)
				for _, l := range m.lines {
					if n := utf8.RuneCountInString(l); n > lineWidth+10 || strings.Contains(l, "…") || l == "" {
						t.Errorf("%s, %s %s: a line of %d characters: %q", lang, card, problem, n, l)
					}
				}
				if strings.Contains(m.tooltip, "…") || !strings.Contains(m.tooltip, s.info.Advice.Title) {
					t.Errorf("%s, %s %s: tooltip %q", lang, card, problem, m.tooltip)
				}
			}
		}
	}
}

func TestTheLanguageOfTheWordsIsTicked(t *testing.T) {
	for _, lang := range words.Languages {
		m := compose(of(protocol.StateNoCard, "", lang), words.For(lang))
		for e, l := range languages {
			if m.entries[e].checked != (l.code == lang) {
				t.Errorf("%s: %s ticked: %v", lang, l.name, m.entries[e].checked)
			}
		}
	}
}

func TestTextFromOutsideCannotDisturbTheMenu(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"controls", "GIADA\x00\x1b[31m\x07 ROSSINI", "GIADA[31m ROSSINI"},
		{"new lines", "GIADA\nChiudi\r\n\u2028Esci", "GIADA Chiudi   Esci"},
		{"writing from right to left", "GIADA \u202eINISSOR\u202c\u2066\u200f", "GIADA INISSOR"},
		{"invisible letters", "GIA\u200bDA\u00ad\ufeff\ufe0f\U000e0041", "GIADA"},
		{"bytes that are no text", "GIADA \xff\xfe", "GIADA"},
		{"a name as long as a message", strings.Repeat("Ò", 10_000), strings.Repeat("Ò", maxHolder-1) + "…"},
	} {
		if got := oneLine(c.in, maxHolder); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	s := of(protocol.StateReady, "", "it")
	for range 100 {
		s.cards = append(s.cards, control.Card{Holder: strings.Repeat("X", 10_000)})
	}
	s.info.Advice = protocol.Advice{Mood: protocol.MoodGood, Title: strings.Repeat("x\n", 5000), Next: strings.Repeat("y", 10_000), Notes: slices.Repeat([]string{"z"}, 1000)}
	m := compose(s, words.For("it"))
	if len(m.lines) > maxLines || utf8.RuneCountInString(m.tooltip) > maxTooltip {
		t.Errorf("%d lines, tooltip %q", len(m.lines), m.tooltip)
	}
	for _, l := range m.lines {
		if utf8.RuneCountInString(l) > lineWidth+maxHolder {
			t.Errorf("a line of %d characters", utf8.RuneCountInString(l))
		}
	}
}

func TestLinesBreakBetweenWords(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"uno", []string{"uno"}},
		{"uno due", []string{"uno due"}},
		{"uno due tre", []string{"uno due", "tre"}},
		{"  uno \n due  ", []string{"uno due"}},
		{"unoduetrequattro e", []string{"unoduet", "requatt", "ro e"}},
	} {
		if got := wrap(c.in, 7); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q", c.in, got)
		}
	}
	if got := wrap("a precipitevolissimevolmente b", 10); !slices.Equal(got, []string{"a", "precipitev", "olissimevo", "lmente b"}) {
		t.Errorf("a word longer than a line: %q", got)
	}
}

func FuzzLinesTakeAnyText(f *testing.F) {
	f.Add("Apri il sito. Scegli", 10)
	f.Add("\xff\u202e\n", 1)
	f.Fuzz(func(t *testing.T, text string, width int) {
		width = 1 + (width&0x7f)%80
		for _, l := range wrap(text, width) {
			if n := utf8.RuneCountInString(l); n > width || n == 0 || strings.ContainsAny(l, "\n\x00\u202e") {
				t.Errorf("%q in lines of %d: %q", text, width, l)
			}
		}
	})
}
