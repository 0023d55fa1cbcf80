// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// watchman plays a day of states to a herald.
type watchman struct {
	herald herald
	day    time.Time
	lock   bool
}

func newWatchman() *watchman {
	w := &watchman{day: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	w.herald.now = func() time.Time { return w.day }
	return w
}

// titles plays states and gives the titles of what is told, joined.
func (w *watchman) titles(states ...state) string {
	var titles []string
	for _, s := range states {
		for _, n := range w.herald.tell(s, words.For("it"), func() bool { return w.lock }) {
			titles = append(titles, n.title)
		}
	}
	return strings.Join(titles, ", ")
}

func expiring(days int) state {
	s := of(protocol.StateReady, "", "it")
	s.info.Card.ExpiresInDays = &days
	return s
}

func TestWhatIsToldOfACard(t *testing.T) {
	gone, none, ready := state{life: absent}, of(protocol.StateNoCard, "", "it"), of(protocol.StateReady, "", "it")
	blocked, dead := of(protocol.StateReady, protocol.PINBlocked, "it"), of(protocol.StateReady, protocol.PUKBlocked, "it")
	for _, c := range []struct {
		name   string
		states []state
		want   string
	}{
		{"nothing while there is no card", []state{none, of(protocol.StateNoReader, "", "it"), none}, ""},
		{"nothing of a card that was there before", []state{ready}, ""},
		{"nothing of a card that was there before the agent was started again", []state{none, gone, ready}, ""},
		{"nothing of a card that needs turning", []state{none, of(protocol.StateMute, "", "it")}, ""},
		{"nothing of a problem that passes", []state{none, of(protocol.StateReady, protocol.CardBusy, "it"), none}, ""},
		{"nothing while a dialog says it", []state{ready, busy(blocked)}, ""},
		{"a card that was put in", []state{none, ready}, "Tessera pronta"},
		{"the same once, whatever else changes", []state{none, ready, ready, busy(ready), ready}, "Tessera pronta"},
		{"each card that is put in", []state{none, ready, none, ready}, "Tessera pronta, Tessera pronta"},
		{"a blocked PIN, also at the start", []state{blocked, blocked}, "PIN bloccato"},
		{"a PIN that was blocked in a dialog, afterwards", []state{none, ready, busy(blocked), blocked}, "Tessera pronta, PIN bloccato"},
		{"a blocked PUK", []state{blocked, dead}, "PIN bloccato, PIN e PUK bloccati"},
		{"an expired card", []state{none, of(protocol.StateReady, protocol.CertificateExpired, "it")}, "Tessera scaduta"},
		{"a card that expires soon, also at the start", []state{expiring(3)}, "La tessera sta per scadere"},
		{"a card that expires today", []state{expiring(0)}, "La tessera sta per scadere"},
		{"a card that expires in sixty days", []state{none, expiring(60)}, "Tessera pronta, La tessera sta per scadere"},
		{"not one that expires in sixty-one", []state{none, expiring(61)}, "Tessera pronta"},
		{"that it expires once a day", []state{none, expiring(3), none, expiring(3)}, "Tessera pronta, La tessera sta per scadere, Tessera pronta"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := newWatchman().titles(c.states...); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestNothingIsToldWhileTheScreenIsLockedNorLater(t *testing.T) {
	none, ready := of(protocol.StateNoCard, "", "it"), of(protocol.StateReady, "", "it")
	w := newWatchman()
	w.lock = true
	if got := w.titles(none, ready, none, of(protocol.StateReady, protocol.PINBlocked, "it"), none, expiring(3)); got != "" {
		t.Errorf("told on a locked screen: %s", got)
	}
	w.lock = false
	if got := w.titles(expiring(3)); got != "" {
		t.Errorf("told what is past: %s", got)
	}
	if got := w.titles(none, expiring(3)); got != "Tessera pronta, La tessera sta per scadere" {
		t.Errorf("the day on which it may be told was spent on a locked screen: %s", got)
	}
}

func TestThatACardExpiresIsToldAgainTheNextDay(t *testing.T) {
	w, none := newWatchman(), of(protocol.StateNoCard, "", "it")
	_ = w.titles(none, expiring(3))
	w.day = w.day.Add(24 * time.Hour)
	if got := w.titles(none, expiring(2)); got != "Tessera pronta, La tessera sta per scadere" {
		t.Error(got)
	}
}

func TestNoticesHoldNothingPersonalInAnyState(t *testing.T) {
	for _, problem := range append(protocol.Codes(), "") {
		w, s := newWatchman(), of(protocol.StateReady, problem, "it")
		days := 3
		s.info.Card.ExpiresInDays = &days
		s.info.Advice = words.For("it").Advise(words.Situation{Card: s.info.Card, Issuer: "Regione Lombardia"})
		s.cards = []control.Card{{Reader: "Reader 17", Holder: "GIADA PROVA ROSSINI", FiscalCode: "RSSGPR84S63H501C", CardNumber: "7430010024925855", Issuer: "Regione Lombardia"}}
		_ = w.titles(of(protocol.StateNoCard, "", "it"))
		for _, n := range w.herald.tell(s, words.For("it"), func() bool { return false }) {
			for _, personal := range []string{"GIADA", "ROSSINI", "RSSGPR", "7430", "Lombardia", "Reader 17"} {
				if strings.Contains(n.title+n.body, personal) {
					t.Errorf("%s: %+v", problem, n)
				}
			}
			if n.title == "" || n.body == "" {
				t.Errorf("%s: %+v says nothing", problem, n)
			}
		}
	}
}

func TestAFloodOfNoticesIsBounded(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	b := throttle{now: func() time.Time { return now }}
	var sent []int
	for second := range 120 {
		if b.allow() {
			sent = append(sent, second)
		}
		now = now.Add(time.Second)
	}
	if want := []int{0, 1, 2, 3, 60, 61, 62, 63}; !slices.Equal(sent, want) {
		t.Errorf("sent in the seconds %v, want %v", sent, want)
	}
}
