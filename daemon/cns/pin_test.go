// SPDX-License-Identifier: EUPL-1.2

package cns_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/iso7816"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/testcard"
)

const newPIN = "24680864"

func TestWhatIsNoPINOrPUKReachesNoCard(t *testing.T) {
	c := newCard(t, testcard.Options{})
	for _, s := range []string{"", "1234", "123456789", "12a45"} {
		if err := cns.New(c).ChangePIN(typed(s), typed(newPIN)); !errors.Is(err, pin.ErrFormat) {
			t.Errorf("current PIN %q: %v", s, err)
		}
		if err := cns.New(c).ChangePIN(typed(testcard.DefaultPIN), typed(s)); !errors.Is(err, pin.ErrFormat) {
			t.Errorf("new PIN %q: %v", s, err)
		}
		if err := cns.New(c).Unblock(typed(testcard.DefaultPUK), typed(s)); !errors.Is(err, pin.ErrFormat) {
			t.Errorf("new PIN %q with the PUK: %v", s, err)
		}
	}
	for _, s := range []string{"", "12345", "1234567", "1234567a", "123456789"} {
		if err := cns.New(c).Unblock(typed(s), typed(newPIN)); !errors.Is(err, pin.ErrPUKFormat) {
			t.Errorf("PUK %q: %v", s, err)
		}
	}
	if n := c.Counters().APDUs; n != 0 {
		t.Errorf("%d commands were sent", n)
	}
}

func TestAWrongCurrentPINCostsOneTryAndChangesNothing(t *testing.T) {
	c := newCard(t, testcard.Options{})
	for want := 2; want >= 1; want-- {
		var wrong *cns.WrongPINError
		if err := cns.New(c).ChangePIN(typed("00000000"), typed(newPIN)); !errors.As(err, &wrong) || wrong.TriesLeft != want {
			t.Errorf("want %d tries left: %v", want, err)
		}
		if c.TriesLeft() != want || c.PIN() != testcard.DefaultPIN {
			t.Errorf("%d tries left, want %d; PIN %s", c.TriesLeft(), want, c.PIN())
		}
	}
	for _, s := range []string{"00000000", testcard.DefaultPIN} {
		if err := cns.New(c).ChangePIN(typed(s), typed(newPIN)); !errors.Is(err, cns.ErrBlocked) {
			t.Errorf("%s: %v", s, err)
		}
	}
	if c.PIN() != testcard.DefaultPIN {
		t.Error("the PIN of a blocked card was changed")
	}
}

func TestAWrongPUKCostsOneOfItsTriesAndUnblocksNothing(t *testing.T) {
	c := newCard(t, testcard.Options{State: testcard.StateBlocked})
	for want := 2; want >= 1; want-- {
		var wrong *cns.WrongPUKError
		if err := cns.New(c).Unblock(typed("00000000"), typed(newPIN)); !errors.As(err, &wrong) || wrong.TriesLeft != want {
			t.Errorf("want %d tries left: %v", want, err)
		}
		if n, err := cns.New(c).PUKTriesLeft(); n != want || err != nil {
			t.Errorf("the card tells of %d tries, want %d (%v)", n, want, err)
		}
	}
	for _, s := range []string{"00000000", testcard.DefaultPUK} {
		if err := cns.New(c).Unblock(typed(s), typed(newPIN)); !errors.Is(err, cns.ErrPUKBlocked) {
			t.Errorf("%s: %v", s, err)
		}
	}
	if n, err := cns.New(c).PUKTriesLeft(); n != 0 || !errors.Is(err, cns.ErrPUKBlocked) {
		t.Errorf("a used-up PUK: %d, %v", n, err)
	}
	if c.TriesLeft() != 0 || c.PIN() != testcard.DefaultPIN {
		t.Errorf("%d tries left, PIN %s", c.TriesLeft(), c.PIN())
	}
}

func TestWhatTheCardAnswersToANewPINIsToldApart(t *testing.T) {
	for status, want := range map[string]error{
		"6300": nil, "6983": cns.ErrBlocked, "63C0": cns.ErrBlocked, "6984": cns.ErrNotActivated, "6985": cns.ErrNotActivated,
		"6A80": cns.ErrNewPINRefused, "6700": cns.ErrNewPINRefused, "6D00": cns.ErrNoPINCare, "6982": cns.ErrNoPINCare, "6F00": cns.ErrNoPINCare,
	} {
		err := cns.New(&script{answers: []string{"9000", status}}).ChangePIN(typed(testcard.DefaultPIN), typed(newPIN))
		var wrong *cns.WrongPINError
		if want == nil && (!errors.As(err, &wrong) || wrong.TriesLeft != cns.Unknown) || want != nil && !errors.Is(err, want) {
			t.Errorf("change, %s: %v", status, err)
		}
		if want == cns.ErrBlocked {
			want = cns.ErrPUKBlocked
		}
		err = cns.New(&script{answers: []string{"9000", status}}).Unblock(typed(testcard.DefaultPUK), typed(newPIN))
		var puk *cns.WrongPUKError
		if want == nil && (!errors.As(err, &puk) || puk.TriesLeft != cns.Unknown) || want != nil && !errors.Is(err, want) {
			t.Errorf("unblock, %s: %v", status, err)
		}
	}
	if err := cns.New(&script{answers: []string{"9000"}}).ChangePIN(typed(testcard.DefaultPIN), typed(newPIN)); err == nil {
		t.Error("a card that went away has changed its PIN")
	}
	if err := cns.New(&script{answers: []string{"6A82"}}).ChangePIN(typed(testcard.DefaultPIN), typed(newPIN)); !errors.Is(err, iso7816.FileNotFound) {
		t.Errorf("without an MF: %v", err)
	}
}

// recorder keeps the very slices of the commands with secrets, and what was in them.
type recorder struct {
	cns.Transmitter
	kept [][]byte
	sent []string
}

func (r *recorder) Transmit(b []byte) ([]byte, error) {
	if len(b) > 12 {
		r.kept, r.sent = append(r.kept, b), append(r.sent, strings.ToUpper(hex.EncodeToString(b)))
	}
	return r.Transmitter.Transmit(b)
}

func TestOneCommandCarriesBothSecretsAndIsWiped(t *testing.T) {
	chip := newCard(t, testcard.Options{PIN: "12345"})
	r := &recorder{Transmitter: chip}
	if err := cns.New(r).ChangePIN(typed("12345"), typed(newPIN)); err != nil {
		t.Fatal(err)
	}
	if err := cns.New(r).Unblock(typed(testcard.DefaultPUK), typed("654321")); err != nil {
		t.Fatal(err)
	}
	if err := cns.New(r).VerifyPIN(typed("654321")); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"0024001010" + "3132333435FFFFFF" + "3234363830383634",
		"002C001010" + "3837363534333231" + "363534333231FFFF",
		"0020001008" + "363534333231FFFF",
	}
	if strings.Join(r.sent, " ") != strings.Join(want, " ") {
		t.Errorf("sent %q, want %q", r.sent, want)
	}
	for i, b := range r.kept {
		if !bytes.Equal(b, make([]byte, len(b))) {
			t.Errorf("command %d was not wiped: %X", i, b)
		}
	}
	if chip.PIN() != "654321" || chip.TriesLeft() != 3 || chip.PUKTriesLeft() != 3 {
		t.Errorf("PIN %s, %d and %d tries left", chip.PIN(), chip.TriesLeft(), chip.PUKTriesLeft())
	}
}

func TestEveryModelChangesAndUnblocksItsPIN(t *testing.T) {
	for _, m := range testcard.Models() {
		for _, o := range []testcard.Options{{Model: m}, {Model: m, GetResponse: true}, {Model: m, Quirks: testcard.Quirks{PINOnly90: true}}} {
			chip := newCard(t, o)
			if err := cns.New(chip).ChangePIN(typed(testcard.DefaultPIN), typed(newPIN)); err != nil || chip.PIN() != newPIN {
				t.Errorf("%s: change: %v", m, err)
			}
			if err := chip.SetState(testcard.StateBlocked); err != nil {
				t.Fatal(err)
			}
			if err := cns.New(chip).Unblock(typed(testcard.DefaultPUK), typed("97318642")); err != nil || chip.PIN() != "97318642" || chip.TriesLeft() != 3 {
				t.Errorf("%s: unblock: %v", m, err)
			}
			chip.Reset()
			card := cns.New(chip)
			if _, err := card.TriesLeft(); err != nil {
				t.Errorf("%s: %v", m, err)
			}
			if n, err := card.PUKTriesLeft(); n != 3 || err != nil {
				t.Errorf("%s: %d tries of the PUK, %v", m, n, err)
			}
		}
	}
}

func TestOnlyTwoCommandsReplaceAPIN(t *testing.T) {
	for _, command := range [][]byte{nil, {0}, {0x24, 0x20}, {0, 0x20, 0, 0x10}, {0, 0xA4}, {0, 0x2A}} {
		if cns.ReplacesPIN(command) {
			t.Errorf("%X", command)
		}
	}
	if !cns.ReplacesPIN([]byte{0, 0x24, 0, 0x10}) || !cns.ReplacesPIN([]byte{0, 0x2C, 0, 0x10}) {
		t.Error("a command that replaces the PIN is not known")
	}
}
