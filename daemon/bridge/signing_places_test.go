// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

func TestOnlyTwoRequestsOfSitesHoldDocumentsAndTheCitizensOwnHaveTheirPlaces(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}))
	begin := func(p *page) { p.send(request, protocol.MethodSignDocument, many(1).params()) }
	first, second, third := h.page(portal), h.page(otherPortal), h.page(origin("https://third.example"))
	begin(first)
	begin(second)
	begin(third)
	if _, code := third.signed(); code != protocol.BridgeBusy {
		t.Error(code)
	}
	if a := first.call(8, protocol.MethodSignDocument, many(1).params()); a.code() != protocol.BridgeBusy {
		t.Errorf("a second one of a page: %+v", a)
	}
	own := h.ownProgram()
	h.human.actions = []action{bridge.ErrDialogCancelled}
	if _, code := own.signs(many(1)); code != protocol.UserCancelled {
		t.Error(code)
	}
	first.close()
	eventually(t, "a place is free", func() bool {
		third.send(request, protocol.MethodSignDocument, many(1).params())
		third.send(900, protocol.MethodCancel, `{"id":7}`)
		_, code := third.signed()
		h.clock.pass(time.Minute)
		return code == protocol.UserCancelled
	})
}

func TestNoSiteTakesThePlacesOfAll(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}), bridge.ChooseSign, rightPIN, bridge.ErrDialogCancelled)
	begin := func(p *page) { p.send(request, protocol.MethodSignDocument, many(1).params()) }
	first, second, other := h.page(origin("https://a.evil.example")), h.page(origin("https://b.evil.example")), h.page(otherPortal)
	begin(first)
	begin(second)
	if _, code := second.signed(); code != protocol.BridgeBusy {
		t.Errorf("a second one of a site: %q", code)
	}
	first.send(100, protocol.MethodSignSend, send(0, 0, many(1)[0]))
	if _, code := first.signed(); code != "" {
		t.Fatal(code)
	}
	begin(second) // the first is answered
	second.send(8, protocol.MethodCancel, `{"id":7}`)
	if _, code := second.signed(); code != protocol.UserCancelled {
		t.Error(code)
	}
	if _, code := other.signs(many(1)); code != protocol.UserCancelled {
		t.Error(code)
	}
}

func TestASecondPageIsBusyWhileOneAsks(t *testing.T) {
	var h *house
	var second protocol.Code
	h, _ = office(t, one(t, testcard.Options{}), func() bridge.Choice {
		second = h.page(otherPortal).login()
		return bridge.ChooseSign
	}, rightPIN)
	if _, code := h.page(portal).signs(many(1)); code != "" || second != protocol.BridgeBusy {
		t.Errorf("%q, %q", code, second)
	}
}

func TestTwoRefusalsMakeASiteWaitButNotTheCitizen(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}), bridge.ErrDialogCancelled, bridge.ErrDialogCancelled)
	for _, want := range []protocol.Code{protocol.UserCancelled, protocol.UserCancelled} {
		if _, code := h.page(portal).signs(many(1)); code != want {
			t.Error(code)
		}
	}
	p := h.page(portal)
	p.send(request, protocol.MethodSignDocument, many(1).params())
	if _, code := p.signed(); code != protocol.RateLimited {
		t.Error(code)
	}
	h.human.actions = []action{bridge.ErrDialogCancelled, bridge.ErrDialogCancelled, bridge.ErrDialogCancelled}
	for range 3 {
		if _, code := h.ownProgram().signs(many(1)); code != protocol.UserCancelled {
			t.Error(code)
		}
	}
}
