// SPDX-License-Identifier: EUPL-1.2

package card_test

import (
	"errors"
	"testing"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/card/cardtest"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// odd is a card that answers some commands in a way of its own, and counts the questions about its PUK.
type odd struct {
	chip  *testcard.Card
	other map[string]uint16 // by the instruction, and the object: "20/11"
	asked int
}

func (o *odd) Transmit(b []byte) ([]byte, error) {
	about := string("0123456789ABCDEF"[b[1]>>4]) + string("0123456789ABCDEF"[b[1]&15]) + "/" + string("0123456789ABCDEF"[b[3]>>4]) + string("0123456789ABCDEF"[b[3]&15])
	if about == "20/11" {
		o.asked++
	}
	if sw, ok := o.other[about]; ok {
		return []byte{byte(sw >> 8), byte(sw)}, nil
	}
	return o.chip.Transmit(b)
}

func (*odd) ResetAtEnd() {}

func (o *odd) readers(t *testing.T, state testcard.State) (*card.Readers, card.Slot) {
	t.Helper()
	o.chip = cardtest.Card(t, testcard.Options{PKI: pki, State: state})
	o.chip.PowerOn()
	r := card.New(func(_ string, work func(card.Link) error) error { return work(o) }, func() {})
	s := card.Slot{Reader: "Lettore 1", Insertion: 1}
	cardtest.Mirror(r, []card.Slot{s})
	return r, s
}

// Should a card count that question as a wrong PUK, a site that looks ten times must not be its end.
func TestABlockedCardIsAskedForItsPUKOnceHoweverOftenSomebodyLooks(t *testing.T) {
	o := &odd{}
	r, s := o.readers(t, testcard.StatePUKBlocked)
	for range 10 {
		if v, err := r.Look(t.Context(), s); err != nil || v.PINProblem != protocol.PUKBlocked {
			t.Fatalf("%+v, %v", v, err)
		}
	}
	if o.asked != 1 {
		t.Errorf("asked %d times", o.asked)
	}
	if err := r.Unblock(t.Context(), s, typed(testcard.DefaultPUK), typed(newPIN)); code(err) != protocol.PUKBlocked {
		t.Errorf("%v", err)
	}
	if _, err := r.Look(t.Context(), s); err != nil || o.asked != 2 {
		t.Errorf("after something was done with the PUK: asked %d times, %v", o.asked, err)
	}
}

func TestACardThatComparesItsPUKOnlyToUnblockCanBeUnblocked(t *testing.T) {
	for _, sw := range []uint16{0x6984, 0x6985} {
		o := &odd{other: map[string]uint16{"20/11": sw}}
		r, s := o.readers(t, testcard.StateBlocked)
		if n, err := r.PUKTries(t.Context(), s); n != card.Unknown || err != nil {
			t.Errorf("%04X: %d, %v", sw, n, err)
		}
		if v, err := r.Look(t.Context(), s); err != nil || v.PINProblem != protocol.PINBlocked {
			t.Errorf("%04X: %+v, %v", sw, v, err)
		}
	}
}

func TestAnAnswerWithoutADiagnosisLeavesItOpenWhichPINIsValid(t *testing.T) {
	for sw, uncertain := range map[uint16]bool{
		0x6581: true, 0x6F00: true, 0x6200: true, 0x6110: true, 0x6400: false, 0x6982: false, 0x6D00: false, 0x6A80: false,
	} {
		o := &odd{other: map[string]uint16{"24/10": sw, "2C/10": sw}}
		r, s := o.readers(t, testcard.StateOK)
		for name, err := range map[string]error{
			"change":  r.ChangePIN(t.Context(), s, typed(testcard.DefaultPIN), typed(newPIN)),
			"unblock": r.Unblock(t.Context(), s, typed(testcard.DefaultPUK), typed(newPIN)),
		} {
			if errors.Is(err, card.ErrUncertain) != uncertain || err == nil || uncertain && code(err) != protocol.CardUnsupported {
				t.Errorf("%s, %04X: %v", name, sw, err)
			}
		}
	}
}
