// SPDX-License-Identifier: EUPL-1.2

package winetest

import "testing"

// Kinds of questions (package bridge).
const (
	lastTry = iota
	whichCard
	admitSite
	unknownTries
	lastPUK
	unknownPUK
	weakPIN
	notBlocked
)

const (
	forSite = iota
	forChange
	forUnblock
)

// ask is a question of a kind.
func ask(kind int) order {
	o := order{Kind: "question", Number: kind, Lang: "it", Holder: "GIADA PROVA ROSSINI", Tries: 1}
	switch kind {
	case lastPUK, unknownPUK, notBlocked:
		o.For = forUnblock
	case weakPIN:
		o.For = forChange
	default:
		o.Origin = site
	}
	return o
}

var disclose = order{Kind: "disclosure", Lang: "it", Origin: site, Holder: "GIADA PROVA ROSSINI", Values: 3, Text: "X"}

func TestEnterAndEscapeNeverMeanYesToARisk(t *testing.T) {
	for name, o := range map[string]order{
		"last try": ask(lastTry), "unknown tries": ask(unknownTries), "a new site": ask(admitSite), "last PUK": ask(lastPUK),
		"unknown PUK": ask(unknownPUK), "a weak PIN": ask(weakPIN), "data": disclose,
	} {
		t.Run(name, func(t *testing.T) {
			for _, key := range []string{"Return", "KP_Enter", "space", "Escape"} {
				if how := press(t, o, key); how != (outcome{Failed: "cancelled"}) {
					t.Errorf("%s: %+v", key, how)
				}
			}
			s := open(t, o)
			if s.Focus != "cancel" || s.Default != 2 {
				t.Errorf("the keyboard is on %s, Enter means button %d", s.Focus, s.Default)
			}
			closed(t)
		})
	}
	for _, key := range []string{"alt+F4", "Escape"} {
		if how := press(t, ask(whichCard), key); how != (outcome{Failed: "cancelled"}) {
			t.Errorf("%s: %+v", key, how)
		}
	}
}

func TestEveryAnswerCanBeGivenFromTheKeyboard(t *testing.T) {
	for _, c := range []struct {
		what    string
		o       order
		pressed []string
		want    outcome
	}{
		{"go on", ask(lastTry), []string{"Tab", "Return"}, outcome{Yes: true}},
		{"go on, backwards", ask(lastTry), []string{"shift+Tab", "space"}, outcome{Yes: true}},
		{"allow", ask(admitSite), []string{"Tab", "Return"}, outcome{Yes: true}},
		{"block", ask(admitSite), []string{"shift+Tab", "Return"}, outcome{}},
		{"allow, with the arrows", ask(admitSite), []string{"Left", "Left", "Return"}, outcome{Yes: true}},
		{"this card", ask(whichCard), []string{"Return"}, outcome{Yes: true}},
		{"another card", ask(whichCard), []string{"Tab", "Return"}, outcome{}},
		{"no card", ask(whichCard), []string{"Tab", "Tab", "Return"}, outcome{Failed: "cancelled"}},
		{"share", disclose, []string{"Tab", "Return"}, outcome{Yes: true}},
		{"go on with the PUK", ask(notBlocked), []string{"Return"}, outcome{Yes: true}},
	} {
		if how := press(t, c.o, c.pressed...); how != c.want {
			t.Errorf("%s: %+v, want %+v", c.what, how, c.want)
		}
	}
}

func TestAMessageHasOneButtonAndEveryKeyClosesIt(t *testing.T) {
	notice := order{Kind: "notice", For: forChange, Lang: "it", Holder: "GIADA PROVA ROSSINI"}
	s := open(t, notice)
	if _, cancel := s.find("cancel"); cancel || s.Focus != "ok" {
		t.Errorf("the keyboard is on %s of %+v", s.Focus, s.Controls)
	}
	if how := closed(t); how.Failed != "context" {
		t.Errorf("%+v", how)
	}
	for key, want := range map[string]outcome{"Return": {}, "space": {}, "Escape": {Failed: "cancelled"}, "alt+F4": {Failed: "cancelled"}} {
		if how := press(t, notice, key); how != want {
			t.Errorf("%s: %+v, want %+v", key, how, want)
		}
	}
}

func TestThePUKIsAskedInTheSameWindow(t *testing.T) {
	o := order{Kind: "pin", For: forUnblock, Entry: 3, Lang: "it", Holder: "GIADA PROVA ROSSINI", Tries: 2}
	if how := press(t, o, "type 87654321", "Return"); how.Typed != "87654321" {
		t.Errorf("%+v", how)
	}
}
