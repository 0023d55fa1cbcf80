// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// The answer to reset of a CIE with a chip of NXP (cns-card.md B).
const cieATR = "\x3B\x89\x80\x01\x80\x31\x80\x65\x49\x54\x4E\x58\x50\x73"

func TestOnlyASiteThatIsAllowedLearnsThatACardIsACIE(t *testing.T) {
	for _, standing := range []bridge.Standing{bridge.Stranger, bridge.Allowed} {
		h := newHouse(t, []*testcard.Card{nil})
		h.desk.Readers.Update([]pcsc.Reader{{Name: "Lettore", Presence: pcsc.Present, ATR: []byte(cieATR), Insertion: 7}}, nil)
		h.memory.standing[portal] = standing
		a := h.page(portal).call(1, "auth.login", loginParams())
		if a.code() != protocol.CardUnsupported || strings.Contains(a.Error.Data.Hint, "CIE") != (standing == bridge.Allowed) {
			t.Errorf("standing %v: %+v", standing, a.Error)
		}
	}
}

func TestTheCitizenIsToldWhatACIEAndACardOfAKnownFamilyNeed(t *testing.T) {
	h := newHouse(t, []*testcard.Card{nil})
	h.desk.Readers.Update([]pcsc.Reader{{Name: "Lettore", Presence: pcsc.Present, ATR: []byte(cieATR), Insertion: 7}}, nil)
	if s := h.ExtensionStatus(t.Context()); s.Card.State != protocol.StateUnknown || !strings.Contains(s.Advice.Next, "cartaidentita.interno.gov.it") {
		t.Errorf("%+v", s)
	}
	h = newHouse(t, one(t, testcard.Options{Layout: testcard.LayoutActalis2025}))
	if s := h.ExtensionStatus(t.Context()); !strings.Contains(s.Advice.Cause, "Actalis ACe 2025") {
		t.Errorf("%+v", s)
	}
}

func TestACIEInTheFirstReaderDoesNotHideTheCNSInTheSecond(t *testing.T) {
	chips := []*testcard.Card{nil, chip(t, testcard.Options{})}
	h := newHouse(t, chips, rightPIN)
	h.desk.Readers.Update([]pcsc.Reader{
		{Name: "Lettore 1", Presence: pcsc.Present, ATR: []byte(cieATR), Insertion: 7},
		{Name: "Lettore 2", Presence: pcsc.Present, ATR: chips[1].ATR(), Insertion: 8},
	}, nil)
	if got := h.page(portal).login(); got != "" {
		t.Errorf("%s", got)
	}
}
