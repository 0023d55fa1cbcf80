// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// asks gives the codes that a site gets, one login after the other.
func (h *house) asks(o protocol.Origin, times int) (codes []protocol.Code) {
	h.t.Helper()
	for range times {
		codes = append(codes, h.page(o).login())
	}
	return codes
}

// wantCodes expects the first code times times, then RATE_LIMITED.
func wantCodes(t *testing.T, got []protocol.Code, first protocol.Code, times int) {
	t.Helper()
	for i, code := range got {
		want := first
		if i >= times {
			want = protocol.RateLimited
		}
		if code != want {
			t.Errorf("answer %d: %q, want %q", i+1, code, want)
		}
	}
}

func TestT18_AStrangerLearnsOfTheCardSixTimesAMinuteWithoutADialog(t *testing.T) {
	blocked := chip(t, testcard.Options{State: testcard.StateBlocked})
	h := newHouse(t, one(t, testcard.Options{}))
	h.desk.Eject(0)
	wantCodes(t, h.asks(portal, 3), protocol.NoCard, 3)
	h.clock.pass(30 * time.Second)
	h.desk.Insert(0, blocked)
	wantCodes(t, h.asks(portal, 4), protocol.PINBlocked, 3)
	if a := h.page(portal).call(1, "identity.read", `{"fields":["surname"]}`); a.code() != protocol.RateLimited {
		t.Errorf("by another method: %q", a.code())
	}
	h.clock.pass(30*time.Second - time.Nanosecond)
	wantCodes(t, h.asks(portal, 1), "", 0)
	h.clock.pass(time.Nanosecond) // the first three are a minute old
	wantCodes(t, h.asks(portal, 4), protocol.PINBlocked, 3)
	if n := len(h.human.dialogs()); n != 0 {
		t.Errorf("%d dialogs", n)
	}
}

func TestT18_NeitherPortNorSubdomainNorSchemeGivesAStrangerMoreGlimpses(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}))
	h.memory.developer = true
	h.desk.Eject(0)
	for _, site := range []string{"https://portal.example", "https://portal.example:444", "https://a.b.portal.example"} {
		wantCodes(t, h.asks(origin(site), 2), protocol.NoCard, 2)
	}
	for _, site := range []string{"https://portal.example", "https://c.portal.example", "https://portal.example:445"} {
		wantCodes(t, h.asks(origin(site), 1), "", 0)
	}
	wantCodes(t, h.asks(otherPortal, 7), protocol.NoCard, 6) // somebody else's
	wantCodes(t, h.asks(origin("https://one.github.io"), 7), protocol.NoCard, 6)
	wantCodes(t, h.asks(origin("https://two.github.io"), 7), protocol.NoCard, 6)
	wantCodes(t, h.asks(origin("https://localhost"), 6), protocol.NoCard, 6)
	wantCodes(t, h.asks(origin("http://localhost:8080"), 1), "", 0)
}

func TestT18_AStrangerCannotWatchForEverHowLongAnotherSiteIsAtADialog(t *testing.T) {
	asked, done := make(chan struct{}), make(chan struct{})
	h := newHouse(t, one(t, testcard.Options{}), func() string { close(asked); <-done; return rightPIN })
	other := h.page(otherPortal)
	other.send(1, "auth.login", loginParams())
	<-asked
	wantCodes(t, h.asks(portal, 8), protocol.BridgeBusy, 6)
	close(done)
	if c := other.next().code(); c != "" {
		t.Errorf("the other site: %q", c)
	}
}

func TestT18_ADialogThatCannotBeShownIsAGlimpse(t *testing.T) {
	nobody := fmt.Errorf("%w: no program", bridge.ErrNoDialog)
	h := newHouse(t, one(t, testcard.Options{}), nobody, nobody, nobody, nobody, nobody, nobody)
	wantCodes(t, h.asks(portal, 7), protocol.PromptUnavailable, 6)
}

func TestASiteThatIsAllowedMayAskAsOftenAsItLikes(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}))
	h.desk.Eject(0)
	_ = h.memory.Allow(portal)
	wantCodes(t, h.asks(portal, 40), protocol.NoCard, 40)
	wantCodes(t, h.asks(origin("https://a.portal.example"), 7), protocol.NoCard, 6) // its neighbour is a stranger
}

func TestWhoPutsTheCardInAfterAFewClicksLogsIn(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, rightPIN)
	h.desk.Eject(0)
	wantCodes(t, h.asks(portal, 5), protocol.NoCard, 5)
	h.desk.Insert(0, chips[0])
	wantCodes(t, h.asks(portal, 1), "", 1)
}

func TestWhatTheCitizenSeesIsNoGlimpse(t *testing.T) {
	var yes []action
	for range 10 {
		yes = append(yes, bridge.Yes)
	}
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, append(yes, errors.New("the program fails"), bridge.ErrDialogCancelled)...)
	ask := func() protocol.Code {
		return h.page(portal).call(1, "identity.read", `{"fields":["surname"]}`).code() // leaves the site a stranger
	}
	for i := range 10 {
		if c := ask(); c != "" {
			t.Fatalf("dialog %d: %q", i, c)
		}
	}
	if c := ask(); c != protocol.Internal { // counts: nobody knows whether it was seen
		t.Errorf("%q", c)
	}
	if c := ask(); c != protocol.UserCancelled {
		t.Errorf("%q", c)
	}
	h.desk.Eject(0)
	wantCodes(t, h.asks(portal, 6), protocol.NoCard, 5)
}
