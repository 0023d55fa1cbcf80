// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

func TestACardThatDoesNotCountIsWarnedOfAlsoInTheNextRequest(t *testing.T) {
	chips := one(t, testcard.Options{Quirks: testcard.Quirks{VerifyNoCounter: true, EmptyVerify: 0x6D00}})
	h := newHouse(t, chips, wrongPIN, bridge.No, bridge.No, bridge.Yes, rightPIN, rightPIN)
	for i, want := range []protocol.Code{protocol.UserCancelled, protocol.UserCancelled, "", ""} {
		h.desk.Eject(0)
		h.desk.Insert(0, chips[0]) // pulling it in between changes nothing
		if got := h.page(origin(fmt.Sprintf("https://portal%d.example", i))).login(); got != want {
			t.Errorf("login %d: %q, want %q", i, got, want)
		}
	}
	var warnings []int
	for i, d := range h.human.dialogs() {
		if q, ok := d.(bridge.Question); ok && q.Kind == bridge.AskUnknownTries {
			warnings = append(warnings, i)
		}
	}
	if !slices.Equal(warnings, []int{1, 2, 3}) {
		t.Errorf("warned at dialogs %v (none is needed after the right PIN): %+v", warnings, h.human.dialogs())
	}
}

func TestASiteBlockedWhileItsDialogIsOpenGetsNothing(t *testing.T) {
	var h *house
	chips := one(t, testcard.Options{})
	h = newHouse(t, chips, func() string { _ = h.memory.Block(portal); return rightPIN })
	if got := h.page(portal).login(); got != protocol.OriginDenied {
		t.Errorf("%q", got)
	}
	if n := chips[0].Counters().Verifies; n != 0 || h.memory.Standing(portal) != bridge.Blocked {
		t.Errorf("%d VERIFY, standing %v", n, h.memory.Standing(portal))
	}
	h = newHouse(t, chips, func() bridge.Answer { _ = h.memory.Block(portal); return bridge.Yes })
	if a := h.page(portal).call(1, "identity.read", `{"fields":["surname"]}`); a.code() != protocol.OriginDenied || a.Result != nil {
		t.Errorf("%+v", a)
	}
}

func TestAPageIsNotToldWhereProgramsAre(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}), fmt.Errorf("%w: starting /opt/giada/pinentry", bridge.ErrNoDialog))
	a := h.page(portal).call(1, "auth.login", loginParams())
	if a.code() != protocol.PromptUnavailable || strings.Contains(a.Error.Message, "/") {
		t.Errorf("%+v", a.Error)
	}
}

// nextState waits for card.changed and gives the state that it tells.
func (p *page) nextState() protocol.CardState {
	p.t.Helper()
	a := p.next()
	var s protocol.Status
	if err := json.Unmarshal(a.Params, &s); err != nil || a.Method != "card.changed" {
		p.t.Fatalf("%+v, %v", a, err)
	}
	return s.State
}

func TestACardThatGoesIsToldAlsoWhileAnotherOneIsThere(t *testing.T) {
	h := newHouse(t, []*testcard.Card{chip(t, testcard.Options{}), chip(t, testcard.Options{})})
	_ = h.memory.Allow(portal)
	p := h.page(portal)
	p.call(1, "card.watch", `{}`)
	h.desk.Eject(1) // the one that logged in may be either
	if first, then := p.nextState(), p.nextState(); first != protocol.StateNoCard || then != protocol.StateReady {
		t.Errorf("told %s, %s", first, then)
	}
	h.desk.Eject(0)
	if s := p.nextState(); s != protocol.StateNoCard {
		t.Errorf("told %s", s)
	}
}

func TestASiteForgottenAndAllowedAgainWatchesAgain(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}))
	_ = h.memory.Allow(portal)
	p := h.page(portal)
	p.call(1, "card.watch", `{}`)
	_ = h.memory.set(portal, bridge.Stranger)
	h.desk.Eject(0)
	if c := p.call(2, "card.watch", `{}`).code(); c != protocol.ConsentDenied {
		t.Fatalf("a forgotten site watches: %q", c)
	}
	_ = h.memory.Allow(portal)
	for i := range 2000 { // the first watch may still be about to end
		p.send(3, "card.watch", `{}`)
		if i%2 == 0 { // and stays long enough to be seen
			h.desk.Insert(0, chip(t, testcard.Options{}))
		} else {
			h.desk.Eject(0)
		}
		time.Sleep(5 * time.Millisecond)
		h.clock.pass(time.Second)
		for len(p.messages) > 0 {
			if p.next().Method == "card.changed" {
				return
			}
		}
	}
	t.Error("the site watches, and is told nothing")
}
