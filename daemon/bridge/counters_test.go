// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// spend is another program that has codes compared while a dialog is open.
func (h *house) spend(chip *testcard.Card, state testcard.State, typed string) func() string {
	return func() string {
		if err := chip.SetState(state); err != nil {
			h.t.Error(err)
		}
		return typed
	}
}

func TestATryThatHasBecomeTheLastIsNotSpentUnawares(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips)
	h.human.actions = []action{rightPIN, newPIN, h.spend(chips[0], testcard.TriesState(1), newPIN), bridge.No}
	if got := h.change(); got != protocol.UserCancelled || h.seen() != "PIN 3, new, repeat, last try?" || chips[0].TriesLeft() != 1 {
		t.Errorf("%q: %s, %d tries", got, h.seen(), chips[0].TriesLeft())
	}
	chips = one(t, testcard.Options{})
	h = newHouse(t, chips)
	h.human.actions = []action{rightPIN, newPIN, h.spend(chips[0], testcard.TriesState(1), newPIN), bridge.Yes, rightPIN}
	if got := h.change(); got != "" || h.seen() != "PIN 3, new, repeat, last try?, PIN 1" || chips[0].PIN() != newPIN {
		t.Errorf("%q: %s", got, h.seen())
	}
	chips = one(t, testcard.Options{})
	h = newHouse(t, chips)
	h.human.actions = []action{wrongPIN, newPIN, h.spend(chips[0], testcard.StateBlocked, newPIN)}
	if got := h.change(); got != protocol.PINBlocked || chips[0].Counters().Verifies != 0 {
		t.Errorf("%q: %s", got, h.seen())
	}
}

func TestALastTryOfThePUKIsNotSpentUnawares(t *testing.T) {
	chips := one(t, testcard.Options{State: testcard.StateBlocked})
	h := newHouse(t, chips)
	other := func() string { // two wrong ones by another program
		for range 2 {
			if b, err := chips[0].Transmit(append([]byte{0, 0x2C, 0, 0x10, 16}, wrongPUK+newPIN...)); err != nil {
				t.Errorf("%x, %v", b, err)
			}
		}
		return newPIN
	}
	h.human.actions = []action{rightPUK, newPIN, other, bridge.No}
	if got := h.unblock(); got != protocol.UserCancelled || h.seen() != "PUK 3, new, repeat, last PUK?" || chips[0].PUKTriesLeft() != 1 {
		t.Errorf("%q: %s, %d tries", got, h.seen(), chips[0].PUKTriesLeft())
	}
}

func TestThatEitherPINMayBeValidIsToldWhateverHasFailed(t *testing.T) {
	h := bent(t, func(*house, context.Context, card.Slot, *pin.PIN, *pin.PIN) error {
		return fmt.Errorf("%w: %w", card.ErrUncertain, errors.New("the reader could not carry the command"))
	}, rightPIN, newPIN, newPIN)
	err := h.ChangePIN(t.Context(), "")
	if code(t, err) != protocol.Internal || err.Error() != protocol.Fail(protocol.Internal, card.ErrUncertain.Error()).Error() {
		t.Errorf("%v", err)
	}
	h.told("pin.change", protocol.Internal, true)
}

func TestAWarningNamesTheReaderWhereThereAreSeveralCards(t *testing.T) {
	last := testcard.Options{State: testcard.TriesState(1)}
	for name, ask := range map[string]func(*house){
		"a site": func(h *house) { h.page(portal).login() }, "the citizen": func(h *house) { h.change() },
	} {
		h := newHouse(t, []*testcard.Card{chip(t, last), chip(t, last)}, bridge.No, bridge.Yes, bridge.No) // an old and a new card of one holder
		ask(h)
		d := h.human.dialogs()
		if q, ok := d[len(d)-1].(bridge.Question); !ok || q.Kind != bridge.AskLastTry || q.Reader != "Lettore 2" {
			t.Errorf("%s: %+v", name, d[len(d)-1])
		}
	}
}
