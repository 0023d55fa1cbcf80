// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

func TestWhatWasAgreedToCannotBeChanged(t *testing.T) {
	const late = 9
	var p *page
	h, _ := office(t, one(t, testcard.Options{}), func() bridge.Choice {
		p.send(late, protocol.MethodSignSend, send(0, 0, "another document"))
		return bridge.ChooseSign
	}, rightPIN)
	p = h.page(portal)
	if _, code := p.signs(many(1)); code != "" {
		t.Error(code)
	}
	if a := p.heard(late); a.code() != protocol.InvalidArgument {
		t.Errorf("%+v", a)
	}
}

// stages are where a request can be when something happens to it: the actions of the citizen up to there, the last of which
// waits.
func stages(happens func()) map[string][]action {
	return map[string][]action{"consent": {happens}, "PIN": {bridge.ChooseSign, happens}}
}

func TestAPageThatGoesAwayLeavesNothingAtAnyStage(t *testing.T) {
	for _, stage := range []string{"upload", "consent", "PIN", "append", "inspect", "prepare", "assemble", "fetch"} {
		var p *page
		chips := one(t, testcard.Options{})
		gone := make(chan struct{})
		leave := sync.OnceFunc(func() { p.close(); close(gone) })
		actions := stages(leave)[stage]
		if actions == nil {
			actions = []action{bridge.ChooseSign, rightPIN}
		}
		h, c := office(t, chips, actions...)
		c.late = func(step string) {
			if step == stage {
				leave()
			}
		}
		p = h.page(portal)
		p.send(request, protocol.MethodSignDocument, many(2).params())
		if stage == "upload" {
			leave()
		}
		p.send(1, protocol.MethodSignSend, send(0, 0, many(2)[0]))
		p.send(2, protocol.MethodSignSend, send(1, 0, many(2)[1]))
		if stage == "fetch" {
			if _, code := p.signed(); code != "" {
				t.Fatal(code)
			}
			leave()
		}
		<-gone
		eventually(t, "nothing is left after "+stage, func() bool { return c.left() == 0 && !h.Busy() && !chips[0].Verified() })
		h.human.actions = []action{bridge.ChooseSign, rightPIN} // the next page finds everything free
		if _, code := h.page(otherPortal).signs(many(1)); code != "" {
			t.Errorf("after %s: %q", stage, code)
		}
	}
}

func TestARequestThatComesWhenItsPageHasGoneLeavesNothing(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}), bridge.ChooseSign, rightPIN)
	for range 200 { // what goes wrong here goes wrong by chance; the race detector sees it each time
		p := h.page(portal)
		p.close()
		p.send(request, protocol.MethodSignDocument, many(1).params())
	}
	h.clock.pass(time.Hour)
	eventually(t, "the next page finds a place", func() bool {
		p := h.page(otherPortal)
		defer p.close()
		_, code := p.signs(many(1))
		return code == ""
	})
}

func TestAPageCanCancelAtAnyStageAndEverythingIsAnswered(t *testing.T) {
	for _, stage := range []string{"append", "consent", "PIN", "assemble"} {
		var p *page
		var once sync.Once
		cancel := func() {
			once.Do(func() { p.send(900, protocol.MethodCancel, `{"id":7}`) })
		}
		actions := stages(cancel)[stage]
		if actions == nil {
			actions = []action{bridge.ChooseSign, rightPIN}
		}
		h, c := office(t, one(t, testcard.Options{}), actions...)
		c.late = func(step string) {
			if step == stage {
				cancel()
			}
		}
		p = h.page(portal)
		text := strings.Repeat("x", 60_000)
		p.send(request, protocol.MethodSignDocument, papers{text}.params())
		for i := range 3 {
			p.send(i+1, protocol.MethodSignSend, send(0, 20_000*i, text[:20_000]))
		}
		open := map[string]bool{"1": true, "2": true, "3": true, "900": true, "7": true}
		for len(open) > 0 {
			a := p.next()
			if a.Method == "" && !open[string(a.ID)] {
				t.Fatalf("%s: an answer to %s", stage, a.ID)
			}
			delete(open, string(a.ID))
			if a.ID == "7" && a.code() != protocol.UserCancelled {
				t.Errorf("%s: %+v, %s", stage, a.Error, a.Result)
			}
		}
	}
}

func TestWhatWasSignedCanBeForgottenByItsPage(t *testing.T) {
	for _, way := range []string{protocol.MethodSignEnd, protocol.MethodCancel} {
		h, c := office(t, one(t, testcard.Options{}), bridge.ChooseSign, rightPIN)
		p := h.page(portal)
		if _, code := p.signs(many(1)); code != "" {
			t.Fatal(code)
		}
		params := `{"request":7}`
		if way == protocol.MethodCancel {
			params = `{"id":7}`
		}
		if a := p.until(p.ask(way, params)); a.Error != nil {
			t.Errorf("%+v", a.Error)
		}
		eventually(t, "it is forgotten", func() bool { return c.left() == 0 })
		if _, code := p.fetch(0, 0); code != protocol.InvalidArgument {
			t.Errorf("%s: %q", way, code)
		}
	}
}

func TestASiteThatIsBlockedLosesWhatItHasBegun(t *testing.T) {
	for _, stage := range []string{"upload", "consent", "PIN"} {
		var h *house
		block := func() { _ = h.memory.Block(portal); h.Recheck() }
		h, _ = office(t, one(t, testcard.Options{}), stages(block)[stage]...)
		p := h.page(portal)
		p.send(request, protocol.MethodSignDocument, many(1).params())
		if stage == "upload" {
			block()
		} else {
			p.send(1, protocol.MethodSignSend, send(0, 0, many(1)[0]))
		}
		if _, code := p.signed(); code != protocol.OriginDenied {
			t.Errorf("%s: %q", stage, code)
		}
	}
}

func TestBeforeTheLastTryOfASignatureTheCitizenIsWarned(t *testing.T) {
	chips := one(t, testcard.Options{Tries: 1})
	h, _ := office(t, chips, bridge.ChooseSign, bridge.No)
	if _, code := h.page(portal).signs(many(1)); code != protocol.UserCancelled || chips[0].Counters().Verifies != 0 {
		t.Error(code)
	}
	if q := h.human.dialogs()[1].(bridge.Question); q.Kind != bridge.AskLastTry || q.Origin != portal {
		t.Errorf("%+v", q)
	}
}

func TestTheCitizensOwnProgramSignsWithoutASiteAndCanAskNothingElse(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}), bridge.ChooseSign, rightPIN)
	p := h.ownProgram()
	if _, code := p.signs(many(1)); code != "" {
		t.Fatal(code)
	}
	if q := h.human.dialogs()[0].(bridge.SigningQuestion); q.Purpose != bridge.ForSigning || q.Origin != (protocol.Origin{}) {
		t.Errorf("%+v", q)
	}
	if q := h.human.dialogs()[1].(bridge.PINQuestion); q.Purpose != bridge.ForSigning || q.Origin != (protocol.Origin{}) || q.Documents != 1 {
		t.Errorf("%+v", q)
	}
	for _, method := range []string{"auth.login", "identity.read", "card.status", "card.watch", "bridge.hello"} {
		if a := p.until(p.ask(method, `{}`)); a.Error == nil || a.Error.Code != -32601 {
			t.Errorf("%s: %+v", method, a)
		}
	}
	if h.memory.journal[0] != " sign.document " {
		t.Errorf("%q", h.memory.journal)
	}
}

func (h *house) ownProgram() *page {
	p := &page{t: h.t, messages: make(chan []byte, 1000)}
	p.receive, p.close = h.OpenOwn(func(b []byte) { p.messages <- b })
	h.t.Cleanup(p.close)
	return p
}

func TestTheDocumentsCanBeLookedAtWhileTheQuestionIsOpenAndNotAfter(t *testing.T) {
	var h *house
	var key string
	var seen, begin bridge.Viewed
	shows := errors.New("no browser")
	h, c := office(t, one(t, testcard.Options{}), bridge.ChooseView, func() bridge.Choice {
		begin, _ = h.ViewDocument(t.Context(), key, 0, 0)
		seen, _ = h.ViewDocument(t.Context(), key, 1, 5)
		for _, c := range []struct {
			key      string
			document int
			offset   int64
		}{{key + "x", 0, 0}, {"", 0, 0}, {key, 2, 0}, {key, -1, 0}, {key, 0, -1}, {key, 0, 1000}} {
			if v, err := h.ViewDocument(t.Context(), c.key, c.document, c.offset); err == nil {
				t.Errorf("%+v: %+v", c, v)
			}
		}
		return bridge.ChooseView
	}, bridge.ChooseSign, rightPIN)
	c.inspect = func(bridge.Document) bridge.Inspection {
		return bridge.Inspection{Kind: "pdf", Notes: []bridge.DocumentNote{"launch"}}
	}
	old := ""
	h.View = func(_ context.Context, k string) error {
		if old = key; old != "" && old != k {
			t.Error("another key for the same question")
		}
		if key = k; len(k) < 16 {
			t.Errorf("%q can be guessed", k)
		}
		return shows
	}
	if _, code := h.page(portal).signs(many(2)); code != "" {
		t.Fatal(code)
	}
	if begin.Names[0] != "modulo 1.pdf" || begin.Names[1] != "modulo 2.pdf" || begin.Notes[0] != "launch" || len(seen.Names) != 0 {
		t.Errorf("%+v", begin)
	}
	if seen.Name != "modulo 2.pdf" || seen.Documents != 2 || seen.Kind != "pdf" || !seen.End || string(seen.Data) != many(2)[1][5:] {
		t.Errorf("%+v", seen)
	}
	d := h.human.dialogs()
	if a, b := d[0].(bridge.SigningQuestion), d[1].(bridge.SigningQuestion); a.ViewFailed || !a.CanView || !b.ViewFailed {
		t.Errorf("%+v, %+v", a, b)
	}
	if _, err := h.ViewDocument(t.Context(), key, 0, 0); err == nil {
		t.Error("the question is over")
	}
}

func TestProgressNamesTheRequestAndItsStages(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}), bridge.ChooseSign, rightPIN)
	p := h.page(portal)
	if _, code := p.signs(many(2)); code != "" {
		t.Fatal(code)
	}
	var told []string
	for _, a := range p.seen {
		var s protocol.SignProgress
		if a.Method == protocol.NotifySignProgress && json.Unmarshal(a.Params, &s) == nil {
			told = append(told, fmt.Sprintf("%s %s %d/%d", s.Request, s.Stage, s.Done, s.Total))
		}
	}
	want := "7 receiving 1/2, 7 receiving 2/2, 7 asking 0/2, 7 signing 0/2, 7 signing 1/2, 7 done 2/2"
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("%s", got)
	}
}
