// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

func TestACardPulledWhileAnyDialogIsOpenEndsItAndChangesNothing(t *testing.T) {
	for _, before := range [][]action{
		{}, {rightPIN}, {rightPIN, newPIN}, {rightPIN, "11111"},
	} {
		chip := chip(t, testcard.Options{})
		var h *house
		h = newHouse(t, []*testcard.Card{chip}, append(before, func() { h.desk.Eject(0) })...)
		if got := h.change(); got != protocol.CardRemoved || chip.PIN() != rightPIN || chip.TriesLeft() != 3 {
			t.Errorf("%v: %q, PIN %s", before, got, chip.PIN())
		}
		h.told("pin.change", protocol.CardRemoved, false)
	}
	var h *house
	h = newHouse(t, one(t, testcard.Options{}), func(ctx context.Context) string { // what was typed in the same moment is for no card
		h.desk.Eject(0)
		<-ctx.Done()
		return rightPIN
	})
	if got := h.change(); got != protocol.CardRemoved || h.seen() != "PIN 3" {
		t.Errorf("%q: %s", got, h.seen())
	}
	blocked := chip(t, testcard.Options{State: testcard.StateBlocked})
	h = newHouse(t, []*testcard.Card{blocked}, rightPUK, newPIN, func() string {
		h.desk.Eject(0)
		h.desk.Insert(0, blocked) // the same reader, for all we know another card
		return newPIN
	})
	if got := h.unblock(); got != protocol.CardRemoved || blocked.PUKTriesLeft() != 3 || blocked.TriesLeft() != 0 {
		t.Errorf("%q: %s", got, h.seen())
	}
}

func TestACardPulledAtAnyCommandIsSaidAndLeavesThePINAsItWas(t *testing.T) {
	chip := chip(t, testcard.Options{})
	h := newHouse(t, []*testcard.Card{chip}, rightPIN, newPIN, newPIN)
	if got := h.change(); got != "" {
		t.Fatal(got)
	}
	last := chip.Counters().APDUs // the very command that changes the PIN
	for n := 1; n <= last; n++ {
		h := newHouse(t, []*testcard.Card{chip}, newPIN, otherPIN, otherPIN)
		chip.EjectAt(n)
		got := h.change()
		if chip.EjectAt(0); !chip.Ejected() {
			t.Fatalf("fewer than %d commands", n)
		}
		if got != protocol.CardRemoved || chip.PIN() != newPIN || chip.TriesLeft() != 3 {
			t.Errorf("pulled at command %d: %q, PIN %s", n, got, chip.PIN())
		}
		h.told("pin.change", protocol.CardRemoved, n == last)
	}
}

// hands are Cards whose work a test can bend.
type hands struct {
	bridge.Cards
	change func(ctx context.Context, s card.Slot, current, chosen *pin.PIN) error
}

func (h hands) ChangePIN(ctx context.Context, s card.Slot, current, chosen *pin.PIN) error {
	return h.change(ctx, s, current, chosen)
}

// bent makes a house whose cards change their PIN as change does.
func bent(t *testing.T, change func(h *house, ctx context.Context, s card.Slot, current, chosen *pin.PIN) error, actions ...action) *house {
	h := newHouse(t, one(t, testcard.Options{}), actions...)
	o := h.Options
	o.Cards = hands{h.desk.Readers, func(ctx context.Context, s card.Slot, current, chosen *pin.PIN) error {
		return change(h, ctx, s, current, chosen)
	}}
	h.Bridge = bridge.New(o)
	return h
}

func TestANewPINThatTheCardRefusesIsChosenAgain(t *testing.T) {
	refuse := true
	h := bent(t, func(h *house, ctx context.Context, s card.Slot, current, chosen *pin.PIN) error {
		if refuse {
			refuse = false
			return fmt.Errorf("card: %w", card.ErrNewPINRefused)
		}
		return h.desk.Readers.ChangePIN(ctx, s, current, chosen)
	}, rightPIN, newPIN, newPIN, rightPIN, otherPIN, otherPIN)
	if got := h.change(); got != "" || h.seen() != "PIN 3, new, repeat, PIN 3, new refused, repeat" {
		t.Errorf("%q: %s", got, h.seen())
	}
}

func TestACommandOnItsWayIsNotAbandonedWithItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := bent(t, func(h *house, ctx context.Context, s card.Slot, current, chosen *pin.PIN) error {
		cancel()
		return h.desk.Readers.ChangePIN(ctx, s, current, chosen)
	}, rightPIN, newPIN, newPIN)
	if got := h.cared(h.ChangePIN(ctx, "")); got != "" {
		t.Errorf("%q: the card has changed its PIN, and nobody knows", got)
	}
	h = newHouse(t, one(t, testcard.Options{}), func() {})
	ctx, cancel = context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.ChangePIN(ctx, "") }()
	eventually(t, "a dialog", func() bool { return len(h.human.dialogs()) > 0 })
	cancel()
	if got := h.cared(<-done); got != protocol.UserCancelled {
		t.Errorf("a caller that goes away during a dialog: %q", got)
	}
}

func TestWhereTheCardHasNotSaidWhichPINIsValidTheCitizenIsTold(t *testing.T) {
	h := bent(t, func(*house, context.Context, card.Slot, *pin.PIN, *pin.PIN) error {
		return fmt.Errorf("%w: %w", card.ErrUncertain, protocol.Fail(protocol.CardRemoved, "at APDU 7"))
	}, rightPIN, newPIN, newPIN)
	err := h.ChangePIN(t.Context(), "")
	if h.cared(err) != protocol.CardRemoved || !errors.Is(err, card.ErrUncertain) || !strings.Contains(err.Error(), card.ErrUncertain.Error()) {
		t.Error(err)
	}
	h.told("pin.change", protocol.CardRemoved, true)
}

func TestAPanicWipesWhatWasTypedAndFreesTheCitizen(t *testing.T) {
	h := bent(t, func(*house, context.Context, card.Slot, *pin.PIN, *pin.PIN) error { panic("a strange card") }, rightPIN, newPIN, newPIN)
	func() {
		defer func() { _ = recover() }()
		_ = h.ChangePIN(t.Context(), "")
	}()
	if left := h.human.remembered(); len(left) > 0 || h.Busy() {
		t.Errorf("left in memory: %q; busy %v", left, h.Busy())
	}
}

func TestNoCodeIsInLogErrorsOrActivity(t *testing.T) {
	var log bytes.Buffer
	h := bent(t, func(*house, context.Context, card.Slot, *pin.PIN, *pin.PIN) error { return errors.New("something new") }, rightPIN, newPIN, newPIN)
	o := h.Options
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h.Bridge = bridge.New(o)
	text := fmt.Sprintf("%+v", h.ChangePIN(t.Context(), ""))
	if !strings.Contains(log.String(), "something new") || strings.Contains(text, "something new") {
		t.Errorf("error %q, log %q", text, log.String())
	}
	text += log.String() + strings.Join(h.memory.journal, "") + fmt.Sprintf("%+v %+v", h.human.dialogs(), h.human.told)
	for _, secret := range []string{rightPIN, newPIN, rightPUK} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in %s", secret, text)
		}
	}
	if h.memory.journal[0] != " pin.change INTERNAL" {
		t.Errorf("%q", h.memory.journal)
	}
}
