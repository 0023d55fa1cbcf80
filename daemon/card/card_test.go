// SPDX-License-Identifier: EUPL-1.2

package card_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/card/cardtest"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/internal/leaktest"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestMain(m *testing.M) {
	asWorker()
	os.Exit(leaktest.Run(m))
}

var pki = testpki.New()

func first(t *testing.T, d *cardtest.Desk) card.Slot {
	t.Helper()
	slots, err := d.Readers.Slots(t.Context())
	if err != nil || len(slots) == 0 {
		t.Fatalf("%v, %v", slots, err)
	}
	return slots[0]
}

func code(err error) protocol.Code {
	var e *protocol.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestWhatNoPINCanMendIsSeenWithoutAPIN(t *testing.T) {
	for state, want := range map[testcard.State]protocol.Code{
		testcard.StateBlocked:       protocol.PINBlocked,
		testcard.StatePUKBlocked:    protocol.PUKBlocked,
		testcard.StateExpired:       protocol.CertificateExpired,
		testcard.StateNotYetValid:   protocol.CertificateNotYetValid,
		testcard.StateNotActivated:  protocol.CardNotActivated,
		testcard.StateNoCertificate: protocol.CertificateMissing,
		testcard.StateOK:            "",
		testcard.TriesState(1):      "",
	} {
		chip := cardtest.Card(t, testcard.Options{PKI: pki, State: state})
		d := cardtest.New(t, chip)
		view, err := d.Readers.Look(t.Context(), first(t, d))
		if err != nil || view.Problem != want {
			t.Errorf("%s: problem %q, want %q (%v)", state, view.Problem, want, err)
		}
		if n := chip.Counters().Verifies; n != 0 {
			t.Errorf("%s: %d VERIFY with data", state, n)
		}
	}
}

func TestACertificateThatMayNotSignIsUnsupported(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki, Leaf: testpki.LeafOptions{NonRepudiation: true}})
	d := cardtest.New(t, chip)
	if view, err := d.Readers.Look(t.Context(), first(t, d)); view.Problem != protocol.CardUnsupported {
		t.Errorf("%q, %v", view.Problem, err)
	}
}

func TestACardOfAnotherInsertionIsNotTouched(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip)
	old := first(t, d)
	view, err := d.Readers.Look(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	d.Eject(0)
	d.Insert(0, chip)
	chip.ResetCounters()
	digest := sha256.Sum256(nil)
	req := card.SignRequest{PIN: pin.New([]byte("00000000")), Certificate: view.Certificate, Hash: crypto.SHA256, Digest: digest[:]}
	if _, err := d.Readers.Sign(t.Context(), old, req); code(err) != protocol.CardRemoved {
		t.Errorf("sign: %v", err)
	}
	if _, err := d.Readers.Look(t.Context(), old); code(err) != protocol.CardRemoved {
		t.Errorf("look: %v", err)
	}
	if n := chip.Counters().APDUs; n != 0 {
		t.Errorf("%d commands reached the other card", n)
	}
}

func TestThePINStateDoesNotOutliveTheTransaction(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip)
	s := first(t, d)
	view, err := d.Readers.Look(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(nil)
	req := card.SignRequest{PIN: pin.New([]byte(testcard.DefaultPIN)), Certificate: view.Certificate, Hash: crypto.SHA256, Digest: digest[:]}
	if _, err := d.Readers.Sign(t.Context(), s, req); err != nil {
		t.Fatal(err)
	}
	// What another program on the same card would send.
	for _, cmd := range [][]byte{{0, 0x22, 0xF3, 3}, {0, 0x22, 0xF1, 0xB8, 3, 0x83, 1, 1}} {
		if _, err := chip.Transmit(cmd); err != nil {
			t.Fatal(err)
		}
	}
	pso := append([]byte{0, 0x2A, 0x80, 0x86, 0, 1, 1, 0}, make([]byte, 256)...)
	answer, err := chip.Transmit(append(pso, 0, 0))
	if err != nil || len(answer) != 2 || answer[0] != 0x69 {
		t.Errorf("another program could sign: %d bytes, %v", len(answer), err)
	}
}

func TestAProgramThatHoldsTheCardGivesBusyAndNotAHang(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip)
	release := d.Hold(0)
	if _, err := d.Readers.Look(t.Context(), first(t, d)); code(err) != protocol.CardBusy {
		t.Errorf("%v", err)
	}
	if n := chip.Counters().APDUs; n != 0 {
		t.Errorf("%d commands went to a card that another program holds", n)
	}
	release()
	for { // the reader is free as soon as the abandoned attempt has cleaned up
		if _, err := d.Readers.Look(t.Context(), first(t, d)); err == nil {
			return
		} else if code(err) != protocol.CardBusy {
			t.Fatal(err)
		}
	}
}

func TestAProgramThatHoldsACardKnownBeforeGivesBusyToo(t *testing.T) {
	d := cardtest.New(t, cardtest.Card(t, testcard.Options{PKI: pki}))
	if _, err := d.Readers.Look(t.Context(), first(t, d)); err != nil {
		t.Fatal(err)
	}
	defer d.Hold(0)()
	if view, err := d.Readers.Look(t.Context(), first(t, d)); code(err) != protocol.CardBusy {
		t.Errorf("%+v, %v", view, err)
	}
}

func TestAReaderThatIsTooSmallForTheKeyIsToldBeforeAnyPIN(t *testing.T) {
	for name, c := range map[string]struct {
		options testcard.Options
		short   bool
		problem protocol.Code
	}{
		"a long key, short APDUs":    {testcard.Options{PKI: pki}, true, protocol.ReaderLimited},
		"a long key, extended APDUs": {testcard.Options{PKI: pki}, false, ""},
		"a short key, short APDUs":   {testcard.Options{PKI: pki, Model: testcard.STIncard10}, true, ""},
	} {
		d := cardtest.New(t, cardtest.Card(t, c.options))
		d.Keypad(0, &cardtest.Keypad{Short: c.short})
		view, err := d.Readers.Look(t.Context(), first(t, d))
		if err != nil || view.Problem != c.problem {
			t.Errorf("%s: %q, %v", name, view.Problem, err)
		}
	}
}

func TestACardThatStopsAnsweringGivesMuteAndNotAHang(t *testing.T) {
	stuck := make(chan struct{})
	r := card.New(func(_ string, work func(card.Link) error) error { return work(stuckLink{stuck}) }, func() {})
	d := cardtest.New(t, cardtest.Card(t, testcard.Options{PKI: pki}))
	slots, _ := d.Readers.Slots(t.Context())
	r.Update(nil, nil)
	if _, err := r.Look(t.Context(), slots[0]); code(err) != protocol.CardRemoved {
		t.Errorf("a slot that this table does not know: %v", err)
	}
	cardtest.Mirror(r, slots)
	if _, err := r.Look(t.Context(), slots[0]); code(err) != protocol.CardMute {
		t.Errorf("%v", err)
	}
	close(stuck)
}

type stuckLink struct{ until chan struct{} }

func (s stuckLink) Transmit([]byte) ([]byte, error) { <-s.until; return nil, errors.New("too late") }
func (stuckLink) ResetAtEnd()                       {}

func TestACallerThatGivesUpIsLetGo(t *testing.T) {
	d := cardtest.New(t, cardtest.Card(t, testcard.Options{PKI: pki}))
	release := d.Hold(0)
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := d.Readers.Look(ctx, first(t, d)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestWithoutTheServiceThereAreNoSlots(t *testing.T) {
	d := cardtest.New(t)
	d.Service(false)
	if _, err := d.Readers.Slots(t.Context()); code(err) != protocol.PCSCUnavailable {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := card.New(nil, nil).Slots(ctx); code(err) != protocol.PCSCUnavailable {
		t.Errorf("before the first report: %v", err)
	}
}

func TestTheCertificateIsReadOnceForEachInsertion(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip)
	view, err := d.Readers.Look(t.Context(), first(t, d))
	if err != nil || !strings.Contains(view.Holder, "ROSSINI") || view.TriesLeft != 3 {
		t.Fatalf("%+v, %v", view, err)
	}
	cold := chip.Counters().APDUs
	chip.ResetCounters()
	if _, err := d.Readers.Look(t.Context(), first(t, d)); err != nil {
		t.Fatal(err)
	}
	if warm := chip.Counters().APDUs; warm != 2 || cold <= warm {
		t.Errorf("%d commands for the second look, %d for the first", warm, cold)
	}
	d.Eject(0)
	d.Insert(0, chip)
	chip.ResetCounters()
	if _, err := d.Readers.Look(t.Context(), first(t, d)); err != nil || chip.Counters().APDUs != cold {
		t.Errorf("after another insertion: %d commands, want %d (%v)", chip.Counters().APDUs, cold, err)
	}
}

func TestAServiceThatIsStillAwayIsNoChange(t *testing.T) {
	var r *card.Readers
	woken := 0
	r = card.New(nil, func() { woken++; r.Update(nil, pcsc.ErrUnavailable) }) // as the watcher does: it looks, and tells
	r.Update(nil, pcsc.ErrUnavailable)
	changed := r.Changed()
	if _, err := r.Slots(t.Context()); code(err) != protocol.PCSCUnavailable || woken != 1 {
		t.Fatalf("%v, woken %d times", err, woken)
	}
	select {
	case <-changed:
		t.Error("whoever follows the readers would ask again and again")
	default:
	}
	r.Update(nil, &pcsc.UnavailableError{Reason: pcsc.Denied, Err: pcsc.ErrUnavailable})
	<-changed // another reason is told elsewhere in other words
	changed = r.Changed()
	r.Update(nil, nil)
	<-changed
}
