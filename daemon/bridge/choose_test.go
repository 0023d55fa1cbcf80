// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"slices"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/holder"
)

// family is a parent's card and a child's, each in a reader of its own; the third reader is empty.
func family(t *testing.T) []*testcard.Card {
	matteo := holder.Matteo()
	return []*testcard.Card{chip(t, testcard.Options{}), chip(t, testcard.Options{Holder: &matteo}), nil}
}

// offered are the holders of the cards that were offered, in order; the dialog for the PIN is "PIN of" somebody.
func (h *house) offered() []string {
	var all []string
	for _, d := range h.human.dialogs() {
		switch q := d.(type) {
		case bridge.Question:
			all = append(all, q.Holder)
		case bridge.PINQuestion:
			all = append(all, "PIN of "+q.Holder)
		}
	}
	return all
}

const (
	giada  = "GIADA PROVA ROSSINI"
	matteo = "MATTEO PROVA ROSSINI"
)

func (h *house) hasOffered(want ...string) {
	h.t.Helper()
	if got := h.offered(); !slices.Equal(got, want) {
		h.t.Errorf("%q instead of %q", got, want)
	}
}

func TestACardThatIsPulledWhileItIsOfferedIsOfferedNoMore(t *testing.T) {
	h := newHouse(t, family(t))
	h.human.actions = []action{func() { h.desk.Eject(0) }, rightPIN}
	if got := h.page(portal).login(); got != "" {
		t.Error(got)
	}
	h.hasOffered(giada, "PIN of "+matteo)
}

func TestAllCardsPulledWhileOneIsOfferedAreToldAsNoCard(t *testing.T) {
	h := newHouse(t, family(t))
	h.human.actions = []action{func() { h.desk.Unplug() }}
	if got := h.page(portal).login(); got != protocol.NoReader {
		t.Error(got)
	}
	h.hasOffered(giada)
}

func TestACardThatComesWhileAnotherIsOfferedIsOfferedToo(t *testing.T) {
	late := chip(t, testcard.Options{})
	h := newHouse(t, family(t))
	h.human.actions = []action{func() { h.desk.Insert(2, late) }, bridge.No, bridge.No, bridge.Yes, rightPIN}
	if got := h.page(portal).login(); got != "" || late.Counters().Verifies != 1 {
		t.Errorf("%s, %d VERIFY", got, late.Counters().Verifies)
	}
	if q := h.human.dialogs()[3].(bridge.Question); q.Reader != "Lettore 3" {
		t.Errorf("%+v", q)
	}
}

func TestACancelledChoiceStaysCancelled(t *testing.T) {
	h := newHouse(t, family(t), bridge.ErrDialogCancelled)
	if got := h.page(portal).login(); got != protocol.UserCancelled {
		t.Error(got)
	}
	h.hasOffered(giada)
}

func TestTheChooserSaysWhoseCardWhatKindAndWhere(t *testing.T) {
	h := newHouse(t, family(t), bridge.Yes, rightPIN)
	if got := h.page(portal).login(); got != "" {
		t.Fatal(got)
	}
	if q := h.human.dialogs()[0].(bridge.Question); q.Holder != giada || q.Reader != "Lettore 1" || q.Issuer == "" || q.Family != "" {
		t.Errorf("%+v", q)
	}
}

func TestTheCardThatWasUsedLastWithASiteIsOfferedFirstThere(t *testing.T) {
	h := newHouse(t, family(t), bridge.No, bridge.Yes, rightPIN, bridge.Yes, rightPIN, bridge.Yes, rightPIN)
	for _, site := range []protocol.Origin{portal, portal, otherPortal} {
		if got := h.page(site).login(); got != "" {
			t.Fatal(got)
		}
	}
	h.hasOffered(giada, matteo, "PIN of "+matteo, matteo, "PIN of "+matteo, giada, "PIN of "+giada)
}

func TestALoginThatFailsIsNoPreference(t *testing.T) {
	h := newHouse(t, family(t), bridge.No, bridge.Yes, bridge.ErrDialogCancelled, bridge.Yes, rightPIN)
	p := h.page(portal)
	if got := p.login(); got != protocol.UserCancelled {
		t.Fatal(got)
	}
	if got := p.login(); got != "" {
		t.Fatal(got)
	}
	h.hasOffered(giada, matteo, "PIN of "+matteo, giada, "PIN of "+giada)
}

func TestTheCareOfThePINFollowsCardsThatComeAndGo(t *testing.T) {
	const chosen = "24681357"
	chips := family(t)
	h := newHouse(t, chips)
	h.human.actions = []action{func() { h.desk.Eject(0) }, rightPIN, chosen, chosen}
	if err := h.ChangePIN(t.Context(), "it"); err != nil || chips[1].PIN() != chosen || chips[0].PIN() == chosen {
		t.Errorf("%v", err)
	}
}

func TestWhatCannotLogInNeverHidesTheCardInAnotherReader(t *testing.T) {
	for name, stranger := range map[string]testcard.Options{
		"a card without contacts that is no CNS": {Model: testcard.STNFC, Layout: testcard.Classic},
		"a mute card":                            {Mute: true},
		"one that is not driven":                 {Layout: testcard.LayoutActalis2025},
		"one without certificate":                {State: testcard.StateNoCertificate},
		"one that is blocked":                    {State: testcard.StateBlocked},
	} {
		other := chip(t, stranger)
		h := newHouse(t, []*testcard.Card{other, chip(t, testcard.Options{})}, rightPIN)
		if got := h.page(portal).login(); got != "" || other.Counters().Verifies != 0 {
			t.Errorf("%s: %s", name, got)
		}
		h.hasOffered("PIN of " + giada)
	}
}
