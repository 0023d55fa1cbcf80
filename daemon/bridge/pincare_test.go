// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

const (
	newPIN   = "24680864"
	otherPIN = "97318642"
	rightPUK = testcard.DefaultPUK
	wrongPUK = "11111119"
)

var cancelled = bridge.ErrDialogCancelled

// code is that of an error; empty for none.
func code(t *testing.T, err error) protocol.Code {
	t.Helper()
	var e *protocol.Error
	if err != nil && !errors.As(err, &e) {
		t.Errorf("an error without a code: %v", err)
		return protocol.Internal
	}
	if err == nil {
		return ""
	}
	return e.Code
}

// change and unblock ask as the citizen's own programs do, and check that nothing typed is left in memory.
func (h *house) change() protocol.Code {
	h.t.Helper()
	return h.cared(h.ChangePIN(h.t.Context(), ""))
}

func (h *house) unblock() protocol.Code {
	h.t.Helper()
	return h.cared(h.UnblockPIN(h.t.Context(), ""))
}

func (h *house) cared(err error) protocol.Code {
	h.t.Helper()
	if left := h.human.remembered(); len(left) > 0 {
		h.t.Errorf("left in memory: %q", left)
	}
	return code(h.t, err)
}

var entries = map[bridge.Entry]string{bridge.EnterPIN: "PIN", bridge.EnterNewPIN: "new", bridge.EnterRepeat: "repeat", bridge.EnterPUK: "PUK"}
var problems = map[bridge.PINProblem]string{
	bridge.WrongPIN: "wrong", bridge.BadFormat: "format", bridge.Mismatch: "mismatch", bridge.Unchanged: "unchanged", bridge.Refused: "refused",
}
var kinds = map[bridge.QuestionKind]string{
	bridge.AskLastTry: "last try?", bridge.AskCard: "card?", bridge.AskUnknownTries: "unknown tries?", bridge.AskLastPUK: "last PUK?",
	bridge.AskUnknownPUK: "unknown PUK?", bridge.AskWeakPIN: "weak?", bridge.AskNotBlocked: "not blocked?",
}

// seen tells the dialogs in a few words each: what to type, the tries, the problem.
func (h *house) seen() string {
	h.t.Helper()
	var all []string
	for _, d := range h.human.dialogs() {
		switch q := d.(type) {
		case bridge.PINQuestion:
			s := entries[q.Entry]
			if q.TriesLeft != bridge.Unknown {
				s += fmt.Sprint(" ", q.TriesLeft)
			}
			all = append(all, strings.TrimSpace(s+" "+problems[q.Problem]))
			h.own(q.Purpose, q.Origin)
		case bridge.Question:
			all = append(all, kinds[q.Kind])
			h.own(q.Purpose, q.Origin)
		}
	}
	return strings.Join(all, ", ")
}

// own checks that a dialog is of the citizen's own.
func (h *house) own(p bridge.Purpose, o protocol.Origin) {
	h.t.Helper()
	if p == bridge.ForSite || o != (protocol.Origin{}) {
		h.t.Errorf("a dialog of the citizen's own speaks for %d, %s", p, o)
	}
}

// told checks the one notice at the end, and the one line of the activity log.
func (h *house) told(operation string, want protocol.Code, uncertain bool) {
	h.t.Helper()
	if len(h.human.told) != 1 || h.human.told[0].Code != want || h.human.told[0].Uncertain != uncertain {
		h.t.Errorf("told %+v, want %q", h.human.told, want)
	}
	if line := fmt.Sprint(" ", operation, " ", want); !slices.Equal(h.memory.journal, []string{line}) {
		h.t.Errorf("journal %q, want %q", h.memory.journal, line)
	}
}

func TestWhatNeitherPINNorPUKCanMendIsSaidBeforeAnyDialog(t *testing.T) {
	for name, c := range map[string]struct {
		house           func(t *testing.T) *house
		change, unblock protocol.Code
	}{
		"no reader": {func(t *testing.T) *house { return newHouse(t, nil) }, protocol.NoReader, protocol.NoReader},
		"no card":   {func(t *testing.T) *house { return newHouse(t, []*testcard.Card{nil}) }, protocol.NoCard, protocol.NoCard},
		"mute":      {func(t *testing.T) *house { return newHouse(t, one(t, testcard.Options{Mute: true})) }, protocol.CardMute, protocol.CardMute},
		"no service": {func(t *testing.T) *house {
			h := newHouse(t, one(t, testcard.Options{}))
			h.desk.Service(false)
			return h
		}, protocol.PCSCUnavailable, protocol.PCSCUnavailable},
		"blocked":        {ofState(testcard.StateBlocked), protocol.PINBlocked, ""},
		"lost":           {ofState(testcard.StatePUKBlocked), protocol.PUKBlocked, protocol.PUKBlocked},
		"not activated":  {ofState(testcard.StateNotActivated), protocol.CardNotActivated, protocol.CardNotActivated},
		"no certificate": {ofState(testcard.StateNoCertificate), protocol.CertificateMissing, protocol.CertificateMissing},
		"a card that may be no CNS": {func(t *testing.T) *house {
			return newHouse(t, one(t, testcard.Options{Leaf: testpki.LeafOptions{NonRepudiation: true}}))
		}, protocol.CardUnsupported, protocol.CardUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			h := c.house(t)
			if got := h.change(); got != c.change || h.seen() != "" {
				t.Errorf("change: %s, want %s; dialogs %s", got, c.change, h.seen())
			}
			h.told("pin.change", c.change, false)
			if c.unblock == "" {
				return
			}
			h = c.house(t)
			if got := h.unblock(); got != c.unblock || h.seen() != "" {
				t.Errorf("unblock: %s, want %s; dialogs %s", got, c.unblock, h.seen())
			}
			if known := h.human.told[0].Situation.Issuer != ""; known != slices.Contains([]string{"lost", "not activated", "a card that may be no CNS"}, name) {
				t.Errorf("where to go: %+v", h.human.told[0])
			}
			h.told("pin.unblock", c.unblock, false)
		})
	}
}

func TestALanguageThatPonteDoesNotSpeakIsRefused(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}))
	if got := h.cared(h.ChangePIN(t.Context(), "fr")); got != protocol.InvalidArgument || len(h.memory.journal) != 0 {
		t.Error(got)
	}
}

func TestOneDialogAtATimeAlsoForTheCareOfThePIN(t *testing.T) {
	var h *house
	var login, second protocol.Code
	h = newHouse(t, one(t, testcard.Options{}), func() string {
		login, second = h.page(portal).login(), code(t, h.UnblockPIN(t.Context(), ""))
		return rightPIN
	}, cancelled)
	if got := h.change(); got != protocol.UserCancelled || login != protocol.BridgeBusy || second != protocol.BridgeBusy {
		t.Errorf("%q; a login meanwhile %q, an unblocking %q", got, login, second)
	}
	if h.Busy() {
		t.Error("still busy")
	}
}

// A wrong step costs nothing on the card: what the citizen gave up leaves PIN and counters as they were.
func TestGivingUpInAnyDialogChangesNothing(t *testing.T) {
	for _, c := range []struct {
		unblock bool
		state   testcard.State
		actions []action
		want    protocol.Code
	}{
		{false, testcard.StateOK, []action{cancelled}, protocol.UserCancelled},
		{false, testcard.StateOK, []action{rightPIN, cancelled}, protocol.UserCancelled},
		{false, testcard.StateOK, []action{rightPIN, newPIN, cancelled}, protocol.UserCancelled},
		{false, testcard.StateOK, []action{rightPIN, "11111", cancelled, cancelled}, protocol.UserCancelled}, // from the weak PIN one comes back
		{false, testcard.StateOK, []action{rightPIN, "11111", bridge.Yes, cancelled}, protocol.UserCancelled},
		{false, testcard.StateOK, []action{rightPIN, newPIN, otherPIN, cancelled}, protocol.UserCancelled},
		{false, testcard.TriesState(1), []action{bridge.No}, protocol.UserCancelled},
		{false, testcard.TriesState(1), []action{cancelled}, protocol.UserCancelled},
		{false, testcard.TriesState(1), []action{bridge.Yes, cancelled}, protocol.UserCancelled},
		{false, testcard.StateOK, []action{bridge.ErrDialogTimeout}, protocol.UserTimeout},
		{false, testcard.StateOK, []action{rightPIN, bridge.ErrDialogTimeout}, protocol.UserTimeout},
		{false, testcard.StateOK, []action{rightPIN, "11111", bridge.ErrDialogTimeout}, protocol.UserTimeout},
		{false, testcard.StateOK, []action{rightPIN, newPIN, fmt.Errorf("died: %w", bridge.ErrNoDialog)}, protocol.PromptUnavailable},
		{true, testcard.StateOK, []action{bridge.No}, protocol.UserCancelled},
		{true, testcard.StateOK, []action{cancelled}, protocol.UserCancelled},
		{true, testcard.StateOK, []action{bridge.Yes, cancelled}, protocol.UserCancelled},
		{true, testcard.StateBlocked, []action{cancelled}, protocol.UserCancelled},
		{true, testcard.StateBlocked, []action{rightPUK, cancelled}, protocol.UserCancelled},
		{true, testcard.StateBlocked, []action{rightPUK, newPIN, cancelled}, protocol.UserCancelled},
		{true, testcard.StateBlocked, []action{rightPUK, "12345", bridge.No, cancelled}, protocol.UserCancelled},
		{true, testcard.StateBlocked, []action{bridge.ErrNoDialog}, protocol.PromptUnavailable},
	} {
		chip := chip(t, testcard.Options{State: c.state})
		tries := chip.TriesLeft()
		h := newHouse(t, []*testcard.Card{chip}, c.actions...)
		do := h.change
		if c.unblock {
			do = h.unblock
		}
		if got := do(); got != c.want || len(h.human.actions) != 0 {
			t.Errorf("%v: %q, want %q; dialogs %s", c.actions, got, c.want, h.seen())
		}
		if chip.PIN() != rightPIN || chip.TriesLeft() != tries || chip.PUKTriesLeft() != 3 {
			t.Errorf("%v: PIN %s, %d tries, %d of the PUK", c.actions, chip.PIN(), chip.TriesLeft(), chip.PUKTriesLeft())
		}
		if len(h.human.told) != 0 {
			t.Errorf("%v: who gave up is told %+v", c.actions, h.human.told)
		}
	}
}

func TestWhatCannotBeAPINOrAPUKReachesNoCard(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, "1234", "12a45", rightPIN, "123", "123456789", newPIN, "12", cancelled)
	if got := h.change(); got != protocol.UserCancelled {
		t.Error(got)
	}
	if want := "PIN 3, PIN 3 format, PIN 3 format, new, new format, new format, repeat, new mismatch"; h.seen() != want {
		t.Errorf("dialogs %s", h.seen())
	}
	h = newHouse(t, chips, bridge.Yes, "1234567", "12345", cancelled)
	if got := h.unblock(); got != protocol.UserCancelled || h.seen() != "not blocked?, PUK 3, PUK 3 format, PUK 3 format" {
		t.Errorf("%q: %s", got, h.seen())
	}
	if chips[0].TriesLeft() != 3 || chips[0].PUKTriesLeft() != 3 {
		t.Error("a try is gone")
	}
}

func TestAWrongCurrentPINCostsOneTryAndOnlyThatIsAskedAgain(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, wrongPIN, newPIN, newPIN, wrongPIN, bridge.Yes, rightPIN)
	if got := h.change(); got != "" {
		t.Fatal(got)
	}
	if want := "PIN 3, new, repeat, PIN 2 wrong, last try?, PIN 1 wrong"; h.seen() != want {
		t.Errorf("dialogs %s, want %s", h.seen(), want)
	}
	if chips[0].PIN() != newPIN || chips[0].TriesLeft() != 3 {
		t.Errorf("PIN %s, %d tries", chips[0].PIN(), chips[0].TriesLeft())
	}
	h.told("pin.change", "", false)
}

func TestBeforeTheLastTryOfThePINTheCitizenCanStillStop(t *testing.T) {
	chips := one(t, testcard.Options{State: testcard.TriesState(2)})
	h := newHouse(t, chips, wrongPIN, newPIN, newPIN, bridge.No)
	if got := h.change(); got != protocol.UserCancelled || h.seen() != "PIN 2, new, repeat, last try?" || chips[0].TriesLeft() != 1 {
		t.Errorf("%q: %s; %d tries", got, h.seen(), chips[0].TriesLeft())
	}
	h = newHouse(t, chips, bridge.Yes, wrongPIN, newPIN, newPIN)
	if got := h.change(); got != protocol.PINBlocked || chips[0].PIN() != rightPIN {
		t.Errorf("%q, PIN %s", got, chips[0].PIN())
	}
	h.told("pin.change", protocol.PINBlocked, false)
}

func TestACardThatDoesNotCountIsTreatedAsItsLastTryAfterAFailureOfTheCareToo(t *testing.T) {
	o := testcard.Options{Quirks: testcard.Quirks{VerifyNoCounter: true, EmptyVerify: 0x6D00}}
	h := newHouse(t, one(t, o), wrongPIN, newPIN, newPIN, bridge.No)
	if got := h.change(); got != protocol.UserCancelled || h.seen() != "PIN, new, repeat, unknown tries?" {
		t.Errorf("%q: %s", got, h.seen())
	}
	h = newHouse(t, one(t, o), wrongPUK, newPIN, newPIN, bridge.No)
	if got := h.unblock(); got != protocol.UserCancelled || h.seen() != "PUK, new, repeat, unknown PUK?" {
		t.Errorf("%q: %s", got, h.seen())
	}
}

func TestAnUnblockedCardIsNoLongerTreatedAsAfterAFailure(t *testing.T) {
	o := testcard.Options{Quirks: testcard.Quirks{VerifyNoCounter: true, EmptyVerify: 0x6D00}}
	h := newHouse(t, one(t, o), wrongPIN, bridge.No, rightPUK, newPIN, newPIN, newPIN)
	if c := h.page(portal).login(); c != protocol.UserCancelled {
		t.Error(c)
	}
	if got := h.unblock(); got != "" {
		t.Error(got)
	}
	if c := h.page(portal).login(); c != "" {
		t.Errorf("a login with the new PIN: %q", c)
	}
}

func TestANewPINIsAnotherOneAndTypedTwiceTheSame(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, rightPIN, rightPIN, newPIN, otherPIN, otherPIN, otherPIN)
	if got := h.change(); got != "" || chips[0].PIN() != otherPIN {
		t.Errorf("%q, PIN %s", got, chips[0].PIN())
	}
	if want := "PIN 3, new, new unchanged, repeat, new mismatch, repeat"; h.seen() != want {
		t.Errorf("dialogs %s, want %s", h.seen(), want)
	}
	// The right PIN comes to light only after the new one: it is the same.
	h = newHouse(t, chips, wrongPIN, otherPIN, otherPIN, otherPIN, newPIN, newPIN)
	if got := h.change(); got != "" || chips[0].PIN() != newPIN {
		t.Errorf("%q, PIN %s", got, chips[0].PIN())
	}
	if want := "PIN 3, new, repeat, PIN 2 wrong, new unchanged, repeat"; h.seen() != want {
		t.Errorf("dialogs %s, want %s", h.seen(), want)
	}
}

func TestAWeakPINIsUsedOnlyWhenTheCitizenInsists(t *testing.T) {
	for _, weak := range []string{"12345678", "11111", "23111984", "231184"} { // the last two: the holder's birthday
		chips := one(t, testcard.Options{})
		h := newHouse(t, chips, rightPIN, weak, bridge.No, newPIN, newPIN)
		if got := h.change(); got != "" || h.seen() != "PIN 3, new, weak?, new, repeat" || chips[0].PIN() != newPIN {
			t.Errorf("%q: %s", got, h.seen())
		}
		h = newHouse(t, chips, newPIN, weak, bridge.Yes, weak)
		if got := h.change(); got != "" || h.seen() != "PIN 3, new, weak?, repeat" || chips[0].PIN() != weak {
			t.Errorf("%q: %s", got, h.seen())
		}
	}
}

func TestAWrongPUKCostsOneOfItsTriesAndBeforeTheLastComesAWarning(t *testing.T) {
	chips := one(t, testcard.Options{State: testcard.StateBlocked})
	h := newHouse(t, chips, wrongPUK, newPIN, newPIN, wrongPUK, bridge.No)
	if got := h.unblock(); got != protocol.UserCancelled || h.seen() != "PUK 3, new, repeat, PUK 2 wrong, last PUK?" {
		t.Errorf("%q: %s", got, h.seen())
	}
	if chips[0].PUKTriesLeft() != 1 {
		t.Errorf("%d tries of the PUK", chips[0].PUKTriesLeft())
	}
	h = newHouse(t, chips, cancelled)
	if got := h.unblock(); got != protocol.UserCancelled || h.seen() != "last PUK?" || chips[0].PUKTriesLeft() != 1 {
		t.Errorf("%q: %s", got, h.seen())
	}
	h = newHouse(t, chips, bridge.Yes, wrongPUK, newPIN, newPIN)
	if got := h.unblock(); got != protocol.PUKBlocked || h.seen() != "last PUK?, PUK 1, new, repeat" {
		t.Errorf("%q: %s", got, h.seen())
	}
	h.told("pin.unblock", protocol.PUKBlocked, false)
	if !strings.Contains(h.human.told[0].Situation.Issuer, "CA Cittadini") {
		t.Errorf("where to go is not known: %+v", h.human.told[0])
	}
	if c := h.page(portal).login(); c != protocol.PINBlocked {
		t.Errorf("a stranger is told of the PUK: %q", c)
	}
	_ = h.memory.Allow(portal)
	if c := h.page(portal).login(); c != protocol.PUKBlocked {
		t.Errorf("a login with a lost card: %q", c)
	}
}

func TestThePUKUnblocksWithANewPIN(t *testing.T) {
	chips := one(t, testcard.Options{State: testcard.StateBlocked})
	h := newHouse(t, chips, wrongPUK, newPIN, newPIN, rightPUK, newPIN)
	if got := h.unblock(); got != "" || h.seen() != "PUK 3, new, repeat, PUK 2 wrong" {
		t.Fatalf("%q: %s", got, h.seen())
	}
	if chips[0].PIN() != newPIN || chips[0].TriesLeft() != 3 || chips[0].PUKTriesLeft() != 3 {
		t.Errorf("PIN %s, %d tries, %d of the PUK", chips[0].PIN(), chips[0].TriesLeft(), chips[0].PUKTriesLeft())
	}
	h.told("pin.unblock", "", false)
	if c := h.page(portal).login(); c != "" {
		t.Errorf("a login with the new PIN: %q", c)
	}
}

func TestAForgottenPINIsReplacedWithThePUKThoughItIsNotBlocked(t *testing.T) {
	chips := one(t, testcard.Options{State: testcard.TriesState(2)})
	h := newHouse(t, chips, bridge.Yes, rightPUK, rightPIN, rightPIN) // nobody knows that it is the same
	if got := h.unblock(); got != "" || h.seen() != "not blocked?, PUK 3, new, repeat" || chips[0].TriesLeft() != 3 {
		t.Errorf("%q: %s; %d tries", got, h.seen(), chips[0].TriesLeft())
	}
}

func TestAnExpiredCardStillChangesItsPIN(t *testing.T) {
	for _, state := range []testcard.State{testcard.StateExpired, testcard.StateNotYetValid} {
		chips := one(t, testcard.Options{State: state})
		h := newHouse(t, chips, rightPIN, newPIN, newPIN)
		if got := h.change(); got != "" || chips[0].PIN() != newPIN {
			t.Errorf("%s: %q", state, got)
		}
	}
}

func TestOfSeveralCardsTheBlockedOneIsOfferedFirstForThePUK(t *testing.T) {
	matteo := holder.Matteo()
	chips := []*testcard.Card{chip(t, testcard.Options{}), chip(t, testcard.Options{Holder: &matteo, State: testcard.StateBlocked})}
	h := newHouse(t, chips, bridge.Yes, rightPUK, newPIN, newPIN)
	if got := h.unblock(); got != "" || h.seen() != "card?, PUK 3, new, repeat" || chips[1].PIN() != newPIN || chips[0].PIN() != rightPIN {
		t.Errorf("%q: %s", got, h.seen())
	}
	if q := h.human.dialogs()[1].(bridge.PINQuestion); q.Holder != "MATTEO PROVA ROSSINI" || q.Reader != "Lettore 2" {
		t.Errorf("%+v", q)
	}
	// A blocked card is not offered for a change.
	if err := chips[1].SetState(testcard.StateBlocked); err != nil {
		t.Fatal(err)
	}
	h = newHouse(t, chips, rightPIN, newPIN, newPIN)
	if got := h.change(); got != "" || h.seen() != "PIN 3, new, repeat" || chips[0].PIN() != newPIN {
		t.Errorf("%q: %s", got, h.seen())
	}
}

func TestASiteCannotAskForTheCareOfThePIN(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}))
	for i, method := range []string{"pin.change", "pin.unblock"} {
		if a := h.page(portal).call(i, method, `{}`); a.Error == nil || a.Error.Code != -32601 {
			t.Errorf("%s: %+v", method, a)
		}
	}
	if len(h.human.dialogs()) != 0 {
		t.Error("a dialog was shown")
	}
}
