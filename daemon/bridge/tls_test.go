// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/holder"
)

var (
	firefox   = ipc.Program{PID: 100, Start: 1, Path: "/usr/lib/firefox-esr/firefox-esr"}
	another   = ipc.Program{PID: 200, Start: 1, Path: "/opt/another/another"}
	handshake = sha256.Sum256([]byte("a handshake"))
)

// tlsHouse is a house with one card, and the number of its insertion.
func tlsHouse(t *testing.T, o testcard.Options, actions ...action) (h *house, chip *testcard.Card, insertion uint64) {
	t.Helper()
	chips := one(t, o)
	h = newHouse(t, chips, actions...)
	insertion = h.inserted(chips[0])
	t.Cleanup(func() { h.TLS().Lock(firefox); h.TLS().Lock(another) })
	return h, chips[0], insertion
}

func tlsCode(err error) protocol.Code {
	var e *protocol.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func (h *house) signs(p ipc.Program, insertion uint64) bool {
	_, err := h.TLS().Sign(h.t.Context(), p, insertion, handshake[:], crypto.SHA256)
	return err == nil
}

// parentAndChild are two cards that can log in.
func parentAndChild(t *testing.T) []*testcard.Card {
	child := holder.Matteo()
	return []*testcard.Card{chip(t, testcard.Options{}), chip(t, testcard.Options{Holder: &child})}
}

// inserted is the number of a card's insertion; it waits until programs see the card.
func (h *house) inserted(chip *testcard.Card) uint64 {
	h.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		for n, c := range h.TLS().Tokens(h.t.Context()) {
			if c.Equal(chip.Certificate()) {
				return n
			}
		}
	}
	h.t.Fatal("no program sees the card")
	return 0
}

// notice waits for the one notice that a program's request is followed by.
func (h *house) notice() bridge.Notice {
	h.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		h.human.mu.Lock()
		told := slices.Clone(h.human.told)
		h.human.mu.Unlock()
		if len(told) == 1 && !h.Busy() {
			return told[0]
		}
		if time.Now().After(end) {
			h.t.Fatalf("told: %+v", told)
		}
	}
}

func TestThePINOfOneCardServesNoOtherOne(t *testing.T) {
	chips := parentAndChild(t)
	h := newHouse(t, chips, rightPIN, rightPIN)
	t.Cleanup(func() { h.TLS().Lock(firefox) })
	first, second := h.inserted(chips[0]), h.inserted(chips[1])
	if err := h.TLS().Unlock(t.Context(), firefox, second); err != nil {
		t.Fatal(err)
	}
	if h.signs(firefox, first) {
		t.Error("a card signs of which nobody typed the PIN")
	}
	signature, err := h.TLS().Sign(t.Context(), firefox, second, handshake[:], crypto.SHA256)
	if err != nil || rsa.VerifyPKCS1v15(chips[1].Certificate().PublicKey.(*rsa.PublicKey), crypto.SHA256, handshake[:], signature) != nil {
		t.Errorf("not the card that was wanted: %v", err)
	}
	if err := h.TLS().Unlock(t.Context(), firefox, first); err != nil || !h.signs(firefox, first) || h.signs(firefox, second) {
		t.Errorf("the PIN of the other one: %v", err)
	}
	for i, name := range []string{"MATTEO", "GIADA"} {
		if q := h.human.dialogs()[i].(bridge.PINQuestion); !strings.HasPrefix(q.Holder, name) || q.Reader == "" {
			t.Errorf("dialog %d: %+v", i, q)
		}
	}
	if chips[0].Counters().Verifies != 1 || chips[1].Counters().Verifies != 1 {
		t.Error("each card gets its own PIN, once")
	}
}

func TestWhileOnePINIsTypedAProgramIsRefusedTheOtherCard(t *testing.T) {
	chips := parentAndChild(t)
	var h *house
	var first, second uint64
	var refused error
	h = newHouse(t, chips, func() string {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // it must not wait for its own end
		defer cancel()
		refused = h.TLS().Unlock(ctx, firefox, second)
		return rightPIN
	})
	t.Cleanup(func() { h.TLS().Lock(firefox) })
	first, second = h.inserted(chips[0]), h.inserted(chips[1])
	if err := h.TLS().Unlock(t.Context(), firefox, first); err != nil || tlsCode(refused) != protocol.BridgeBusy || chips[1].Counters().Verifies != 0 {
		t.Errorf("%v, %v", err, refused)
	}
}

func TestACardThatCannotLogInIsNoToken(t *testing.T) {
	for _, state := range []testcard.State{testcard.StateExpired, testcard.StateNoCertificate} {
		h := newHouse(t, one(t, testcard.Options{State: state}))
		if tokens := h.TLS().Tokens(t.Context()); len(tokens) != 0 {
			t.Errorf("%s: %v", state, tokens)
		}
	}
}

func TestWithoutAPINNobodySigns(t *testing.T) {
	h, _, insertion := tlsHouse(t, testcard.Options{})
	if h.signs(firefox, insertion) || h.TLS().Unlocked(firefox, insertion) {
		t.Error("a signature without a PIN")
	}
}

func TestAProgramOfAnotherInsertionGetsNoDialog(t *testing.T) {
	h, _, insertion := tlsHouse(t, testcard.Options{})
	if err := h.TLS().Unlock(t.Context(), firefox, insertion+1); tlsCode(err) != protocol.CardRemoved || len(h.human.dialogs()) != 0 {
		t.Errorf("%v, %v", err, h.human.dialogs())
	}
}

func TestAProgramThatCannotBeNamedGetsNoDialog(t *testing.T) {
	h, _, insertion := tlsHouse(t, testcard.Options{})
	if err := h.TLS().Unlock(t.Context(), ipc.Program{PID: 300, Start: 1}, insertion); tlsCode(err) != protocol.OriginDenied || len(h.human.dialogs()) != 0 {
		t.Errorf("%v, %v", err, h.human.dialogs())
	}
}

func TestThePINOfOneProgramServesNoOther(t *testing.T) {
	h, chip, insertion := tlsHouse(t, testcard.Options{}, rightPIN, rightPIN)
	if err := h.TLS().Unlock(t.Context(), firefox, insertion); err != nil {
		t.Fatal(err)
	}
	later := firefox
	later.Start++         // another process with the same number
	h.TLS().Lock(another) // is not another's to end
	if !h.signs(firefox, insertion) || h.signs(another, insertion) || h.signs(later, insertion) || h.signs(firefox, insertion+1) {
		t.Error("who may sign")
	}
	if err := h.TLS().Unlock(t.Context(), another, insertion); err != nil {
		t.Fatal(err)
	}
	if h.signs(firefox, insertion) || !h.signs(another, insertion) {
		t.Error("the first program signs on")
	}
	if n := chip.Counters().Verifies; n != 2 {
		t.Errorf("%d PINs", n)
	}
	// The tries are known: the session of the first program has let go of the card before anybody looked.
	if q := h.human.dialogs()[1].(bridge.PINQuestion); q.Purpose != bridge.ForProgram || q.Program != another.Path || q.Origin != (protocol.Origin{}) || q.Holder == "" || q.TriesLeft != 3 {
		t.Errorf("%+v", q)
	}
	if left := h.human.remembered(); left != nil {
		t.Errorf("PINs in memory: %q", left)
	}
}

func TestALockedScreenLocksTheCardForPrograms(t *testing.T) {
	h, chip, insertion := tlsHouse(t, testcard.Options{}, rightPIN, rightPIN)
	h.TLS().ScreenLocked(t.Context()) // nothing is unlocked yet
	if err := h.TLS().Unlock(t.Context(), firefox, insertion); err != nil {
		t.Fatal(err)
	}
	h.TLS().ScreenLocked(t.Context())
	if h.TLS().Unlocked(firefox, insertion) || h.signs(firefox, insertion) {
		t.Error("the program signs on")
	}
	if err := h.TLS().Unlock(t.Context(), firefox, insertion); err != nil || !h.signs(firefox, insertion) || chip.Counters().Verifies != 2 {
		t.Errorf("after the lock a PIN opens the card again: %v", err)
	}
}

func TestALoginOfASiteLocksTheCardForPrograms(t *testing.T) {
	h, _, insertion := tlsHouse(t, testcard.Options{}, rightPIN, rightPIN)
	if err := h.TLS().Unlock(t.Context(), firefox, insertion); err != nil {
		t.Fatal(err)
	}
	if got := h.page(portal).login(); got != "" {
		t.Fatal(got)
	}
	if h.signs(firefox, insertion) {
		t.Error("the program signs on")
	}
	if q := h.human.dialogs()[1].(bridge.PINQuestion); q.TriesLeft != 3 {
		t.Errorf("the dialog of the site: %+v", q)
	}
}

func TestAWrongPINIsAskedAgainInTheDialogAndNotToldToTheProgram(t *testing.T) {
	h, chip, insertion := tlsHouse(t, testcard.Options{}, wrongPIN, rightPIN)
	if err := h.TLS().Unlock(t.Context(), firefox, insertion); err != nil {
		t.Fatal(err)
	}
	if q := h.human.dialogs()[1].(bridge.PINQuestion); q.Problem != bridge.WrongPIN || q.TriesLeft != 2 || chip.Counters().Verifies != 2 {
		t.Errorf("%+v", q)
	}
}

func TestBeforeTheLastTryOfAProgramTheCitizenIsWarned(t *testing.T) {
	h, chip, insertion := tlsHouse(t, testcard.Options{Tries: 1}, bridge.No)
	if err := h.TLS().Unlock(t.Context(), firefox, insertion); tlsCode(err) != protocol.UserCancelled || chip.Counters().Verifies != 0 {
		t.Errorf("%v", err)
	}
}

func TestCancelCountsForAllConnectionsOfAPageAndTwoMakeTheProgramWait(t *testing.T) {
	h, _, insertion := tlsHouse(t, testcard.Options{}, bridge.ErrDialogCancelled, bridge.ErrDialogCancelled)
	for i, want := range []int{1, 1, 2, 2} {
		if i == 2 {
			h.clock.pass(3 * time.Second)
		}
		if err := h.TLS().Unlock(t.Context(), firefox, insertion); tlsCode(err) != protocol.UserCancelled || len(h.human.dialogs()) != want {
			t.Errorf("%d: %v, %d dialogs", i, err, len(h.human.dialogs()))
		}
	}
	h.clock.pass(3 * time.Second)
	if err := h.TLS().Unlock(t.Context(), firefox, insertion); tlsCode(err) != protocol.RateLimited {
		t.Errorf("%v", err)
	}
}

func TestALatePINIsKeptAndTheCitizenIsToldToReload(t *testing.T) {
	var h *house
	h, _, insertion := tlsHouse(t, testcard.Options{}, func() string { h.clock.pass(31 * time.Second); return rightPIN })
	if err := h.TLS().Unlock(t.Context(), firefox, insertion); err != nil {
		t.Fatal(err)
	}
	if n := h.notice(); n.Code != "" || n.Program != firefox.Path {
		t.Errorf("%+v", n)
	}
	if !h.signs(firefox, insertion) {
		t.Error("the PIN is lost")
	}
}

func TestABlockedCardIsToldWithoutAskingForAPIN(t *testing.T) {
	h, _, insertion := tlsHouse(t, testcard.Options{State: testcard.StateBlocked})
	if err := h.TLS().Unlock(t.Context(), firefox, insertion); tlsCode(err) != protocol.PINBlocked || len(h.human.dialogs()) != 0 {
		t.Errorf("%v, %v", err, h.human.dialogs())
	}
	if n := h.notice(); n.Code != protocol.PINBlocked {
		t.Errorf("%+v", n)
	}
}
