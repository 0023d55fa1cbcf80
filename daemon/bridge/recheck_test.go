// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// elsewhere is what the citizen, or an administrator, does in another window.
func (h *house) elsewhere(do func()) func() {
	return func() { do(); h.Recheck() }
}

func TestAnOpenDialogGoesWhenItsSiteIsBlockedOrForgotten(t *testing.T) {
	for name, do := range map[string]func(*house){
		"blocked":   func(h *house) { _ = h.memory.Block(portal) },
		"forgotten": func(h *house) { _ = h.memory.set(portal, bridge.Stranger) },
	} {
		for _, method := range []string{"auth.login", "identity.read"} {
			params := map[string]string{"auth.login": loginParams(), "identity.read": `{"fields":["surname"]}`}[method]
			chips := one(t, testcard.Options{})
			var h *house
			h = newHouse(t, chips, func() { h.elsewhere(func() { do(h) })() })
			_ = h.memory.Allow(portal)
			if a := h.page(portal).call(1, method, params); a.code() != protocol.OriginDenied || a.Result != nil {
				t.Errorf("%s, %s: %+v", name, method, a)
			}
			if n := chips[0].Counters().Verifies; n != 0 || h.memory.Standing(portal) == bridge.Allowed {
				t.Errorf("%s, %s: %d VERIFY, standing %v", name, method, n, h.memory.Standing(portal))
			}
			if want := "https://portal.example " + method + " ORIGIN_DENIED"; !slices.Equal(h.memory.journal, []string{want}) {
				t.Errorf("%s, %s: %q", name, method, h.memory.journal)
			}
		}
	}
}

// The PIN is right and the card has signed: the site is still not told, and not remembered again.
func TestASiteThatIsForgottenWhileTheCardWorksGetsNoToken(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, rightPIN)
	_ = h.memory.Allow(portal)
	looked := func() { // the last look at the site before the PIN goes to the card has passed
		if chips[0].Counters().Verifies == 1 {
			_ = h.memory.set(portal, bridge.Stranger)
		}
	}
	h.memory.looked.Store(&looked)
	if c := h.page(portal).login(); c != protocol.OriginDenied || h.memory.Standing(portal) != bridge.Stranger {
		t.Errorf("%q, standing %v", c, h.memory.Standing(portal))
	}
}

func TestWhatHappensToOtherSitesDisturbsNoDialog(t *testing.T) {
	var h *house
	h = newHouse(t, one(t, testcard.Options{}), func() string {
		for range 10 {
			h.elsewhere(func() { _ = h.memory.Block(otherPortal) })()
			h.elsewhere(func() { _ = h.memory.set(otherPortal, bridge.Stranger) })()
		}
		return rightPIN
	})
	if c := h.page(portal).login(); c != "" { // a stranger's first login
		t.Errorf("%q", c)
	}
}

func TestTheAdmissionOfASiteEndsWhenItIsBlocked(t *testing.T) {
	var h *house
	h = newHouse(t, one(t, testcard.Options{}), func() { h.elsewhere(func() { _ = h.memory.Block(portal) })() })
	if h.Admit(t.Context(), portal) || h.memory.Standing(portal) != bridge.Blocked {
		t.Errorf("standing %v", h.memory.Standing(portal))
	}
	if want := "https://portal.example site.admit ORIGIN_DENIED"; !slices.Equal(h.memory.journal, []string{want}) {
		t.Errorf("%q", h.memory.journal)
	}
}

func TestAWatchEndsWithoutAnyCardWhenItsSiteIsForgotten(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}))
	_ = h.memory.Allow(portal)
	p := h.page(portal)
	if a := p.call(1, "card.watch", `{}`); a.Error != nil {
		t.Fatalf("%+v", a)
	}
	seen := make(chan struct{}, 1)
	looked := func() {
		select {
		case seen <- struct{}{}:
		default:
		}
	}
	h.memory.looked.Store(&looked)
	h.elsewhere(func() { _ = h.memory.set(portal, bridge.Stranger) })()
	<-seen // no card came or went, yet the watch has looked at its site
	h.memory.looked.Store(nil)
	h.elsewhere(func() { _ = h.memory.Allow(portal) })()
	h.desk.Eject(0)
	if a := p.call(2, "card.status", `{}`); a.Method != "" || a.Error != nil {
		t.Errorf("a watch that ended still tells: %+v", a)
	}
}

func TestTheJournalTellsWhatACitizenWantsToKnowAndNoMore(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}), bridge.Yes, bridge.No, bridge.ErrDialogCancelled)
	h.Admit(t.Context(), portal)
	h.Admit(t.Context(), portal) // known by now: nothing happened
	h.Admit(t.Context(), otherPortal)
	h.Admit(t.Context(), otherPortal) // blocked: it is not let in, and cannot fill the log
	h.clock.pass(time.Hour)
	h.Admit(t.Context(), origin("https://third.example"))
	p := h.page(portal)
	for i := range 5 {
		p.call(i, "card.status", `{}`)
		p.call(10+i, "card.watch", `{}`)
	}
	blocked := h.page(otherPortal)
	blocked.login()
	blocked.call(2, "card.status", `{}`)
	want := []string{
		"https://portal.example site.admit ", "https://other.example site.admit CONSENT_DENIED", "https://third.example site.admit USER_CANCELLED",
		"https://portal.example card.status ", "https://other.example auth.login ORIGIN_DENIED",
	}
	if !slices.Equal(h.memory.journal, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(h.memory.journal, "\n"), strings.Join(want, "\n"))
	}
}

func TestAnAdmissionThatIsAnsweredTooLateCountsForNothing(t *testing.T) {
	var h *house
	h = newHouse(t, one(t, testcard.Options{}), func() bridge.Answer { _ = h.memory.Block(portal); return bridge.Yes })
	if h.Admit(t.Context(), portal) || h.memory.Standing(portal) != bridge.Blocked {
		t.Errorf("standing %v", h.memory.Standing(portal))
	}
}
