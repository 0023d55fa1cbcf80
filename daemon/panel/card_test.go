// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"html"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// cardWith gives the page of the card when its card has a problem, and the banner is about it or not.
func cardWith(t *testing.T, problem protocol.Code, inBanner bool, change func(*control.Card)) string {
	t.Helper()
	r := start(t)
	card := r.agent.answers[control.CardInfo].([]control.Card)[0]
	card.Problem = &problem
	if change != nil {
		change(&card)
	}
	info := r.agent.answers[control.AgentInfo].(control.Info)
	if inBanner {
		info.Advice = words.For("it").Advise(words.Situation{Card: protocol.Status{Problem: &problem}})
	}
	r.agent.mu.Lock()
	r.agent.answers[control.CardInfo], r.agent.answers[control.AgentInfo] = []control.Card{card}, info
	r.agent.mu.Unlock()
	return html.UnescapeString(r.get("/").text)
}

func TestACardThatCannotBeUsedIsNotCalledReady(t *testing.T) {
	page := cardWith(t, protocol.CertificateMissing, true, func(c *control.Card) { c.Holder = "" })
	if strings.Contains(page, "Tessera pronta") || strings.Count(page, "Nella tessera manca il certificato</h2>") != 2 {
		t.Errorf("%s", page)
	}
}

func TestTheProblemOfACardIsExplainedOnce(t *testing.T) {
	why := words.For("it").T("advice-expired.cause", nil)
	for _, inBanner := range []bool{true, false} {
		page := cardWith(t, protocol.CertificateExpired, inBanner, nil)
		if strings.Count(page, why) != 1 || inBanner && strings.Count(page, "Tessera scaduta") != 2 {
			t.Errorf("in the banner: %v, %s", inBanner, page)
		}
	}
}

func TestUnblockingIsOfferedWhereItCanHelp(t *testing.T) {
	blocked := func(c *control.Card) { c.PIN = &protocol.PINStatus{TriesLeft: new(int), Blocked: true} }
	button := words.For("it").T(words.PanelGoUnblock, nil) + "</a>"
	for problem, offered := range map[protocol.Code]bool{protocol.PUKBlocked: false, protocol.PINBlocked: true} {
		if page := cardWith(t, problem, true, blocked); strings.Contains(page, button) != offered {
			t.Errorf("%s: %s", problem, page)
		}
	}
}

func TestACardThatIsNotActivatedHasNoTriesToTellOf(t *testing.T) {
	unknown := func(c *control.Card) { c.PIN = &protocol.PINStatus{} }
	if page := cardWith(t, protocol.CardNotActivated, true, unknown); strings.Contains(page, words.For("it").T(words.PanelTries, nil)) {
		t.Errorf("%s", page)
	}
}
