// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"errors"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/card/cardtest"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// keyed is a house whose reader has keys.
func keyed(t *testing.T, k *cardtest.Keypad, o testcard.Options, actions ...action) (*house, *testcard.Card) {
	t.Helper()
	chips := one(t, o)
	h := newHouse(t, chips, actions...)
	h.desk.Keypad(0, k)
	h.desk.Readers.UsePads(func() bool { return true }, func() string { return h.speak })
	return h, chips[0]
}

func TestNothingIsTypedOnAReaderBeforeADialogNamesTheSite(t *testing.T) {
	for name, end := range map[string]struct {
		err  error
		want protocol.Code
	}{
		"no program can show it": {bridge.ErrNoDialog, protocol.PromptUnavailable},
		"cancelled at once":      {bridge.ErrDialogCancelled, protocol.UserCancelled},
	} {
		k := &cardtest.Keypad{Typed: []any{rightPIN}}
		h, _ := keyed(t, k, testcard.Options{}, end.err)
		if got := h.page(portal).login(); got != end.want || k.Asked() != 0 {
			t.Errorf("%s: %s, the reader asked %d times", name, got, k.Asked())
		}
	}
}

func TestALoginWithThePINOnTheReader(t *testing.T) {
	k := &cardtest.Keypad{Typed: []any{"00000000", rightPIN}}
	h, chip := keyed(t, k, testcard.Options{}, nil, nil)
	if got := h.page(portal).login(); got != "" {
		t.Fatal(got)
	}
	shown := h.human.dialogs()
	first, second := shown[0].(bridge.PINQuestion), shown[1].(bridge.PINQuestion)
	if !first.OnReader || first.Origin != portal || first.TriesLeft != 3 || first.Problem != bridge.NoProblem {
		t.Errorf("first %+v", first)
	}
	if !second.OnReader || second.TriesLeft != 2 || second.Problem != bridge.WrongPIN {
		t.Errorf("second %+v", second)
	}
	if len(shown) != 2 || chip.Counters().Verifies != 2 {
		t.Errorf("%d dialogs, %d VERIFY", len(shown), chip.Counters().Verifies)
	}
}

func TestTheLastTryIsWarnedOfBeforeTheReaderAsks(t *testing.T) {
	k := &cardtest.Keypad{Typed: []any{rightPIN}}
	h, _ := keyed(t, k, testcard.Options{State: testcard.TriesState(1)}, bridge.No)
	if got := h.page(portal).login(); got != protocol.UserCancelled || k.Asked() != 0 {
		t.Errorf("%s, the reader asked %d times", got, k.Asked())
	}
}

func TestTheReadersOwnEndsOfALogin(t *testing.T) {
	for status, want := range map[uint16]protocol.Code{0x6400: protocol.UserTimeout, 0x6401: protocol.UserCancelled} {
		k := &cardtest.Keypad{Answers: []any{status}}
		h, chip := keyed(t, k, testcard.Options{}, nil)
		if got := h.page(portal).login(); got != want || chip.Counters().Verifies != 0 {
			t.Errorf("%04X: %s", status, got)
		}
	}
	k := &cardtest.Keypad{Typed: []any{"12", rightPIN}} // too few: the reader asks again
	h, chip := keyed(t, k, testcard.Options{}, nil, nil)
	if got := h.page(portal).login(); got != "" || chip.Counters().Verifies != 1 {
		t.Errorf("%s, %d VERIFY", got, chip.Counters().Verifies)
	}
	if q := h.human.dialogs()[1].(bridge.PINQuestion); q.Problem != bridge.BadFormat || q.TriesLeft != 3 {
		t.Errorf("%+v", q)
	}
}

func TestCancelInTheDialogEndsALoginThatTheReaderStillAsksFor(t *testing.T) {
	typing, cancelled := make(chan struct{}), make(chan struct{})
	k := &cardtest.Keypad{Typed: []any{func() string { close(typing); <-cancelled; return rightPIN }}}
	h, chip := keyed(t, k, testcard.Options{}, cancels(func() { <-typing }))
	if got := h.page(portal).login(); got != protocol.UserCancelled {
		t.Errorf("%s", got)
	}
	close(cancelled)
	if _, err := h.desk.Readers.Slots(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := chip.Counters().Signatures; n != 0 {
		t.Errorf("%d signatures after Cancel", n)
	}
}

// cancels is a person who presses Cancel after a moment.
func cancels(moment func()) action { return pressesCancel(moment) }

type pressesCancel func()

func TestAReaderWhoseKeysFailGivesWayToTheDialogOnce(t *testing.T) {
	for name, answer := range map[string]any{"an error": errors.New("not supported"), "a status of its own": uint16(0x6B80), "nothing": []byte{}} {
		k := &cardtest.Keypad{Answers: []any{answer}}
		h, chip := keyed(t, k, testcard.Options{}, nil, rightPIN, rightPIN)
		for range 2 { // the second login does not try the keys again
			if got := h.page(portal).login(); got != "" {
				t.Fatalf("%s: %s", name, got)
			}
		}
		shown := h.human.dialogs()
		q := shown[1].(bridge.PINQuestion)
		if q.OnReader || q.Problem != bridge.ReaderFailed || q.TriesLeft != 3 || len(shown) != 3 || shown[2].(bridge.PINQuestion).OnReader {
			t.Errorf("%s: %+v", name, shown)
		}
		if k.Asked() != 1 || chip.Counters().Verifies != 2 || chip.TriesLeft() != 3 {
			t.Errorf("%s: asked %d times, %d VERIFY, %d tries", name, k.Asked(), chip.Counters().Verifies, chip.TriesLeft())
		}
	}
}

func TestKeysThatFailAfterATryWasSpentWarnBeforeTheLast(t *testing.T) {
	for _, q := range []testcard.Quirks{{}, {EmptyVerify: 0x6D00}} {
		k := &cardtest.Keypad{}
		h, chip := keyed(t, k, testcard.Options{State: testcard.TriesState(2), Quirks: q}, nil, bridge.No)
		spent := false
		k.Answers = []any{func() error {
			if _, err := chip.Transmit([]byte("\x00\x20\x00\x10\x0800000000")); err != nil {
				t.Error(err)
			}
			spent = true
			return errors.New("the reader went away")
		}}
		if got := h.page(portal).login(); got != protocol.UserCancelled || !spent {
			t.Errorf("%s", got)
		}
		want := bridge.AskLastTry
		if q.EmptyVerify != 0 {
			want = bridge.AskUnknownTries
		}
		if asked, ok := h.human.dialogs()[1].(bridge.Question); !ok || asked.Kind != want {
			t.Errorf("%+v", h.human.dialogs()[1])
		}
	}
}

func TestACardThatIsPulledWhileTheReaderAsksEndsTheLogin(t *testing.T) {
	k := &cardtest.Keypad{}
	h, _ := keyed(t, k, testcard.Options{}, nil)
	k.Typed = []any{func() string { h.desk.Eject(0); return rightPIN }}
	if got := h.page(portal).login(); got != protocol.CardRemoved {
		t.Errorf("%s", got)
	}
}

func TestThePINIsChangedOnTheReader(t *testing.T) {
	const chosen = "24681357"
	k := &cardtest.Keypad{Typed: []any{rightPIN, chosen, "11223344", "00000000", chosen, chosen, rightPIN, chosen, chosen}}
	h, chip := keyed(t, k, testcard.Options{}, nil, nil, nil)
	if err := h.ChangePIN(t.Context(), "it"); err != nil || chip.PIN() != chosen || chip.TriesLeft() != 3 {
		t.Fatalf("%v, PIN %s", err, chip.PIN())
	}
	var problems []bridge.PINProblem
	for _, q := range h.human.dialogs() {
		problems = append(problems, q.(bridge.PINQuestion).Problem)
	}
	if len(problems) != 3 || problems[1] != bridge.Mismatch || problems[2] != bridge.WrongPIN {
		t.Errorf("%v", problems)
	}
	if len(h.human.told) != 1 || h.human.told[0].Code != "" {
		t.Errorf("%+v", h.human.told)
	}
}

func TestAChangeThatTheReaderIsAskingForCannotBeTakenBackByTheDialog(t *testing.T) {
	const chosen = "24681357"
	typing, pressed := make(chan struct{}), make(chan struct{})
	k := &cardtest.Keypad{Typed: []any{func() string { close(typing); <-pressed; return rightPIN }, chosen, chosen}}
	h, chip := keyed(t, k, testcard.Options{}, cancels(func() { <-typing; close(pressed) }))
	if err := h.ChangePIN(t.Context(), "it"); err != nil || chip.PIN() != chosen {
		t.Errorf("%v, PIN %s", err, chip.PIN())
	}
	if len(h.human.told) != 1 || h.human.told[0].Code != "" {
		t.Errorf("what the card did was not told: %+v", h.human.told)
	}
}

func TestAChangeOnKeysThatFailGoesOnInDialogs(t *testing.T) {
	const chosen = "24681357"
	k := &cardtest.Keypad{Answers: []any{uint16(0x6B80)}}
	h, chip := keyed(t, k, testcard.Options{}, nil, rightPIN, chosen, chosen)
	if err := h.ChangePIN(t.Context(), "it"); err != nil || chip.PIN() != chosen || k.Asked() != 1 {
		t.Errorf("%v, PIN %s, asked %d times", err, chip.PIN(), k.Asked())
	}
}
