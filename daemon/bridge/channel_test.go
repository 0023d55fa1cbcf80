// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

func TestMessagesThatAreNoRequestsAreAnswered(t *testing.T) {
	p := newHouse(t, one(t, testcard.Options{})).page(portal)
	for message, want := range map[string]int{
		``: -32700, `{`: -32700, "\xff": -32700, `[{}`: -32700, `{"a":` + strings.Repeat("[", 100): -32600,
		`[]`: -32600, `[{"jsonrpc":"2.0","id":1,"method":"card.status"}]`: -32600, `null`: -32600, `1`: -32600,
		`{}`: -32600, `{"jsonrpc":"1.0","id":1,"method":"card.status"}`: -32600, `{"jsonrpc":"2.0","id":{},"method":"x"}`: -32600,
		`{"jsonrpc":"2.0","method":"card.status"}`: -32600, `{"jsonrpc":"2.0","id":null,"method":"card.status"}`: -32600,
		`{"jsonrpc":"2.0","id":1,"method":"agent.stop"}`:                   -32601,
		`{"jsonrpc":"2.0","id":1,"method":"bridge.hello","params":[]}`:     -32602,
		`{"jsonrpc":"2.0","id":1,"method":"card.status","params":{"a":1}}`: -32602,
		`{"jsonrpc":"2.0","id":1,"method":"request.cancel","params":{}}`:   0,
	} {
		p.receive([]byte(message))
		a := p.next()
		if want == 0 && a.Error == nil {
			continue
		}
		if a.Error == nil || a.Error.Code != want || a.code() != protocol.InvalidArgument {
			t.Errorf("%s: %+v", message, a.Error)
		}
	}
}

func TestHelloTellsTheVersionAndRefusesAnother(t *testing.T) {
	p := newHouse(t, nil).page(portal)
	if a := p.call(1, "bridge.hello", `{"protocol":2,"client":{"name":"x","version":"1"}}`); a.code() != protocol.VersionMismatch {
		t.Errorf("%+v", a)
	}
	long := fmt.Sprintf(`{"protocol":1,"client":{"name":%q,"version":"1"}}`, strings.Repeat("x", 65))
	if a := p.call(1, "bridge.hello", long); a.code() != protocol.InvalidArgument {
		t.Errorf("%+v", a)
	}
	a := p.call(1, "bridge.hello", `{"protocol":1,"client":{"name":"x","version":"1"}}`)
	var r protocol.HelloResult
	if err := json.Unmarshal(a.Result, &r); err != nil || r.Bridge != "9.9.9" || r.Protocol != 1 || len(r.Features) != 9 {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestStatusNeedsItsScope(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips)
	p := h.page(portal)
	for _, method := range []string{"card.status", "card.watch"} {
		if a := p.call(1, method, `{}`); a.code() != protocol.ConsentDenied {
			t.Errorf("%s: %+v", method, a)
		}
	}
	if n := chips[0].Counters().APDUs; n != 0 {
		t.Errorf("%d commands for a site without the scope", n)
	}
	_ = h.memory.Allow(portal)
	a := p.call(1, "card.status", `{}`)
	var s protocol.Status
	if err := json.Unmarshal(a.Result, &s); err != nil || s.State != "ready" || s.Problem != nil || *s.PIN.TriesLeft != 3 || s.PIN.Blocked || *s.ExpiresInDays < 100 {
		t.Errorf("%s, %v", a.Result, err)
	}
	for _, personal := range []string{"ROSSINI", "RSSGPR", "7430"} {
		if strings.Contains(string(a.Result), personal) {
			t.Errorf("status tells %s", a.Result)
		}
	}
}

func TestStatusOfEachState(t *testing.T) {
	for want, h := range map[string]*house{
		`{"state":"no-reader","problem":null,"pin":{"triesLeft":null,"blocked":false},"expiresInDays":null}`:              newHouse(t, nil),
		`{"state":"no-card","problem":null,"pin":{"triesLeft":null,"blocked":false},"expiresInDays":null}`:                newHouse(t, []*testcard.Card{nil}),
		`{"state":"mute","problem":null,"pin":{"triesLeft":null,"blocked":false},"expiresInDays":null}`:                   newHouse(t, one(t, testcard.Options{Mute: true})),
		`{"state":"ready","problem":"CERTIFICATE_MISSING","pin":{"triesLeft":null,"blocked":false},"expiresInDays":null}`: newHouse(t, one(t, testcard.Options{State: testcard.StateNoCertificate})),
	} {
		_ = h.memory.Allow(portal)
		if a := h.page(portal).call(1, "card.status", `{}`); string(a.Result) != want {
			t.Errorf("%s, want %s", a.Result, want)
		}
	}
	h := newHouse(t, one(t, testcard.Options{State: testcard.StateBlocked}))
	_ = h.memory.Allow(portal)
	a := h.page(portal).call(1, "card.status", `{}`)
	if !strings.Contains(string(a.Result), `"problem":"PIN_BLOCKED","pin":{"triesLeft":0,"blocked":true}`) {
		t.Errorf("%s", a.Result)
	}
}

func TestWithSeveralCardsTheStatusIsOfOneThatCanLogIn(t *testing.T) {
	chips := []*testcard.Card{chip(t, testcard.Options{State: testcard.StateExpired}), chip(t, testcard.Options{State: testcard.TriesState(2)})}
	h := newHouse(t, chips)
	_ = h.memory.Allow(portal)
	if a := h.page(portal).call(1, "card.status", `{}`); !strings.Contains(string(a.Result), `"problem":null,"pin":{"triesLeft":2`) {
		t.Errorf("%s", a.Result)
	}
	h.desk.Eject(1)
	if a := h.page(portal).call(1, "card.status", `{}`); !strings.Contains(string(a.Result), `"problem":"CERTIFICATE_EXPIRED"`) {
		t.Errorf("%s", a.Result)
	}
}

func TestAWatchingPageLearnsOfTheCard(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips)
	_ = h.memory.Allow(portal)
	p := h.page(portal)
	if a := p.call(1, "card.watch", `{}`); !strings.Contains(string(a.Result), `"ready"`) {
		t.Fatalf("%+v", a)
	}
	h.desk.Eject(0)
	if a := p.next(); a.Method != "card.changed" || !strings.Contains(string(a.Params), `"no-card"`) {
		t.Errorf("%+v", a)
	}
	h.desk.Insert(0, chips[0])
	if a := p.next(); a.Method != "card.changed" || !strings.Contains(string(a.Params), `"ready"`) {
		t.Errorf("%+v", a)
	}
	if a := p.call(2, "card.unwatch", `{}`); string(a.Result) != "{}" {
		t.Errorf("%+v", a)
	}
	h.desk.Eject(0)
	if a := p.call(3, "card.status", `{}`); a.ID != "3" {
		t.Errorf("told although it does not watch: %+v", a)
	}
}

func TestASiteBlockedWhileItWatchesIsToldNothingMore(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}))
	_ = h.memory.Allow(portal)
	p := h.page(portal)
	p.call(1, "card.watch", `{}`)
	_ = h.memory.Block(portal)
	h.desk.Eject(0)
	if a := p.call(2, "card.status", `{}`); a.code() != protocol.OriginDenied {
		t.Errorf("%+v", a)
	}
	if len(p.messages) != 0 {
		t.Errorf("%s", <-p.messages)
	}
}

func TestT16_AChannelIsBounded(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}), func() {})
	p := h.page(portal)
	p.send(0, "auth.login", loginParams())
	eventually(t, "a dialog", func() bool { return len(h.human.dialogs()) > 0 })
	if a := p.call(0, "auth.login", loginParams()); a.code() != protocol.InvalidArgument {
		t.Errorf("the id of an open request was taken again: %+v", a)
	}
	limited := 0
	for i := range 60 {
		if p.call(100+i, "bridge.hello", `{"protocol":1,"client":{"name":"x","version":"1"}}`).code() == protocol.RateLimited {
			limited++
		}
	}
	if limited != 12 {
		t.Errorf("%d of 60 requests were refused, want 12", limited)
	}
	h.clock.pass(10 * time.Second)
	if a := p.call(1, "bridge.hello", `{"protocol":1,"client":{"name":"x","version":"1"}}`); a.Error != nil {
		t.Errorf("after 10 s: %+v", a)
	}
	p.receive([]byte(`{"jsonrpc":"2.0","id":2,"method":"request.cancel","params":{"id":0}}`))
	p.next()
	p.next()
}

func TestInsecureAndBlockedSitesAreRefusedEverything(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}), rightPIN)
	local := origin("http://localhost:8080")
	for o, want := range map[protocol.Origin]protocol.Code{
		origin("http://portal.example"): protocol.OriginInsecure, local: protocol.OriginInsecure,
	} {
		if c := h.page(o).login(); c != want || h.Known(o) {
			t.Errorf("%s: %q", o, c)
		}
	}
	_ = h.memory.Block(otherPortal)
	if c := h.page(otherPortal).login(); c != protocol.OriginDenied {
		t.Error(c)
	}
	h.memory.developer = true
	if c := h.page(origin("http://portal.example")).login(); c != protocol.OriginInsecure {
		t.Errorf("developer mode admits http on the network: %q", c)
	}
	if c := h.page(local).login(); c != "" {
		t.Errorf("developer mode: %q", c)
	}
}

func TestT18_AnUnknownSiteIsAdmittedByTheCitizenOnly(t *testing.T) {
	none, ready := []*testcard.Card{nil}, one(t, testcard.Options{})
	cases := map[string]struct {
		chips  []*testcard.Card
		action action
		before func(*house)
		want   bool
		after  bridge.Standing
		shown  int
	}{
		"no card in the reader":    {none, bridge.Yes, func(*house) {}, false, bridge.Stranger, 0},
		"blocked before":           {ready, bridge.Yes, func(h *house) { _ = h.memory.Block(portal) }, false, bridge.Blocked, 0},
		"refused by the settings":  {ready, bridge.Yes, func(h *house) { h.memory.refuse = true }, false, bridge.Stranger, 0},
		"the citizen blocks":       {ready, bridge.No, func(*house) {}, false, bridge.Blocked, 1},
		"the citizen says not now": {ready, bridge.ErrDialogCancelled, func(*house) {}, false, bridge.Stranger, 1},
		"the citizen allows":       {ready, bridge.Yes, func(*house) {}, true, bridge.Allowed, 1},
		"allowed before":           {none, bridge.No, func(h *house) { _ = h.memory.Allow(portal) }, true, bridge.Allowed, 0},
	}
	for name, c := range cases {
		h := newHouse(t, c.chips, c.action)
		c.before(h)
		if got := h.Admit(t.Context(), portal); got != c.want || h.memory.Standing(portal) != c.after || len(h.human.dialogs()) != c.shown {
			t.Errorf("%s: admitted %v, standing %v, dialogs %v", name, got, h.memory.Standing(portal), h.human.dialogs())
		}
	}
}

func TestUnknownSitesTogetherMayAskTwiceAnHour(t *testing.T) {
	later := bridge.ErrDialogCancelled
	h := newHouse(t, one(t, testcard.Options{}), later, later, later)
	for i := range 5 {
		h.Admit(t.Context(), origin(fmt.Sprintf("https://site%d.example", i)))
	}
	if n := len(h.human.dialogs()); n != 2 {
		t.Errorf("%d dialogs, want 2", n)
	}
	h.clock.pass(time.Hour)
	h.Admit(t.Context(), portal)
	if n := len(h.human.dialogs()); n != 3 {
		t.Errorf("%d dialogs an hour later, want 3", n)
	}
}

func TestAnAdmissionEndsWithItsConnection(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := newHouse(t, one(t, testcard.Options{}), func() { cancel() })
	if h.Admit(ctx, portal) {
		t.Error("admitted although the page has gone")
	}
}
