// SPDX-License-Identifier: EUPL-1.2

package card_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/card/cardtest"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

const newPIN = "24680864"

func typed(s string) *pin.PIN { return pin.New([]byte(s)) }

func TestWhatTheCardSaysOfPINAndPUKIsToldApart(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip)
	s := first(t, d)
	var wrongPIN *card.WrongPINError
	if err := d.Readers.ChangePIN(t.Context(), s, typed("00000000"), typed(newPIN)); !errors.As(err, &wrongPIN) || wrongPIN.TriesLeft != 2 {
		t.Errorf("a wrong PIN: %v", err)
	}
	if err := chip.SetState(testcard.StateBlocked); err != nil {
		t.Fatal(err)
	}
	if err := d.Readers.ChangePIN(t.Context(), s, typed(testcard.DefaultPIN), typed(newPIN)); code(err) != protocol.PINBlocked {
		t.Errorf("a blocked PIN: %v", err)
	}
	var wrongPUK *card.WrongPUKError
	if err := d.Readers.Unblock(t.Context(), s, typed("00000000"), typed(newPIN)); !errors.As(err, &wrongPUK) || wrongPUK.TriesLeft != 2 {
		t.Errorf("a wrong PUK: %v", err)
	}
	if n, err := d.Readers.PUKTries(t.Context(), s); n != 2 || err != nil {
		t.Errorf("%d tries of the PUK, %v", n, err)
	}
	if err := chip.SetState(testcard.StatePUKBlocked); err != nil {
		t.Fatal(err)
	}
	if err := d.Readers.Unblock(t.Context(), s, typed(testcard.DefaultPUK), typed(newPIN)); code(err) != protocol.PUKBlocked {
		t.Errorf("a blocked PUK: %v", err)
	}
	if _, err := d.Readers.PUKTries(t.Context(), s); code(err) != protocol.PUKBlocked {
		t.Errorf("tries of a blocked PUK: %v", err)
	}
	if chip.PIN() != testcard.DefaultPIN {
		t.Error("the PIN is another one")
	}
}

func TestTheTriesOfThePUKAreNotAskedOfACardThatDoesNotTellThoseOfThePIN(t *testing.T) {
	for _, sw := range []uint16{0x6700, 0x6D00, 0x6300} {
		chip := cardtest.Card(t, testcard.Options{PKI: pki, Quirks: testcard.Quirks{EmptyVerify: sw}})
		d := cardtest.New(t, chip)
		s := first(t, d)
		chip.ResetCounters()
		if n, err := d.Readers.PUKTries(t.Context(), s); n != card.Unknown || err != nil {
			t.Errorf("%04X: %d, %v", sw, n, err)
		}
		if n := chip.Counters().APDUs; n != 2 { // SELECT MF and the VERIFY of the PIN without data
			t.Errorf("%04X: %d commands", sw, n)
		}
	}
}

func TestAnotherCardInTheSameReaderIsNotGivenThePIN(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip)
	old := first(t, d)
	d.Eject(0)
	d.Insert(0, chip)
	chip.ResetCounters()
	if err := d.Readers.ChangePIN(t.Context(), old, typed(testcard.DefaultPIN), typed(newPIN)); code(err) != protocol.CardRemoved || errors.Is(err, card.ErrUncertain) {
		t.Errorf("change: %v", err)
	}
	if err := d.Readers.Unblock(t.Context(), old, typed(testcard.DefaultPUK), typed(newPIN)); code(err) != protocol.CardRemoved || errors.Is(err, card.ErrUncertain) {
		t.Errorf("unblock: %v", err)
	}
	if n := chip.Counters().APDUs; n != 0 {
		t.Errorf("%d commands reached the other card", n)
	}
}

func TestAfterAChangeThePINIsForgottenAndTheTriesAreReadAgain(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki, State: testcard.TriesState(2)})
	d := cardtest.New(t, chip)
	s := first(t, d)
	changed := d.Readers.Changed()
	if err := d.Readers.ChangePIN(t.Context(), s, typed(testcard.DefaultPIN), typed(newPIN)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	default:
		t.Error("nobody was told to look again")
	}
	if view, err := d.Readers.Look(t.Context(), s); err != nil || view.TriesLeft != 3 {
		t.Errorf("%+v, %v", view, err) // after a verified PIN without a reset the card would not tell its tries
	}
	if chip.PIN() != newPIN {
		t.Error("the PIN was not changed")
	}
}

// cut carries commands to the chip until one that replaces the PIN: that one is lost, or its answer is.
type cut struct {
	chip   *testcard.Card
	answer bool // the card still gets the command
}

func (c cut) Transmit(b []byte) ([]byte, error) {
	if b[1] != 0x24 && b[1] != 0x2C {
		return c.chip.Transmit(b)
	}
	if c.answer {
		if _, err := c.chip.Transmit(b); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("pulled: %w", pcsc.ErrRemoved)
}

func (cut) ResetAtEnd() {}

func TestACardPulledInTheMiddleOfTheCommandLeavesItOpenWhichPINIsValid(t *testing.T) {
	for _, answer := range []bool{false, true} {
		chip := cardtest.Card(t, testcard.Options{PKI: pki})
		slots := []card.Slot{{Reader: "Lettore 1", Insertion: 1}}
		chip.PowerOn()
		r := card.New(func(_ string, work func(card.Link) error) error { return work(cut{chip, answer}) }, func() {})
		cardtest.Mirror(r, slots)
		err := r.ChangePIN(t.Context(), slots[0], typed(testcard.DefaultPIN), typed(newPIN))
		if code(err) != protocol.CardRemoved || !errors.Is(err, card.ErrUncertain) || (chip.PIN() == newPIN) != answer {
			t.Errorf("%v, PIN %s", err, chip.PIN())
		}
		err = r.Unblock(t.Context(), slots[0], typed(testcard.DefaultPUK), typed("97318642"))
		if code(err) != protocol.CardRemoved || !errors.Is(err, card.ErrUncertain) {
			t.Error(err)
		}
	}
}

func TestACardThatFallsSilentInTheCommandLeavesItOpenWhichPINIsValid(t *testing.T) {
	stuck := make(chan struct{})
	r := card.New(func(_ string, work func(card.Link) error) error { return work(silent{stuck}) }, func() {})
	slots := []card.Slot{{Reader: "Lettore 1", Insertion: 1}}
	cardtest.Mirror(r, slots)
	err := r.ChangePIN(t.Context(), slots[0], typed(testcard.DefaultPIN), typed(newPIN))
	if code(err) != protocol.CardMute || !errors.Is(err, card.ErrUncertain) {
		t.Error(err)
	}
	close(stuck)
}

// silent answers everything but the command that replaces the PIN.
type silent struct{ until chan struct{} }

func (s silent) Transmit(b []byte) ([]byte, error) {
	if b[1] == 0x24 {
		<-s.until
	}
	return []byte{0x90, 0}, nil
}

func (silent) ResetAtEnd() {}
