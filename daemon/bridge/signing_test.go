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

// never is longer than any test.
const never = time.Hour

func TestAPartThatDoesNotFitChangesNothing(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}), bridge.ChooseSign, rightPIN)
	p := h.page(portal)
	text := strings.Repeat("x", 50_000)
	p.send(request, protocol.MethodSignDocument, papers{text, "short"}.params())
	part := text[:20_000]
	good := p.until(p.ask(protocol.MethodSignSend, send(0, 0, part)))
	if good.Error != nil || string(good.Result) != `{"received":20000}` {
		t.Fatalf("%+v", good)
	}
	for name, params := range map[string]string{
		"a gap": send(0, 30_000, part), "the same again": send(0, 0, part), "an overlap": send(0, 19_999, part), "a negative offset": send(0, -1, part),
		"another document": send(2, 0, part), "no document": send(-1, 0, part), "more than the size": send(0, 20_000, text[:30_001]),
		"more than the size of a short one": send(1, 0, "shorter"), "crumbs": send(0, 20_000, "x"), "nothing": send(0, 20_000, ""),
		"too much": send(0, 20_000, text[:45_001]), "another request": `{"request":8,"document":0,"offset":20000,"data":"AAAA"}`,
		"not base64": `{"request":7,"document":0,"offset":20000,"data":"%"}`, "no parameters": `{}`,
	} {
		if a := p.until(p.ask(protocol.MethodSignSend, params)); a.code() != protocol.InvalidArgument {
			t.Errorf("%s: %+v, %s", name, a.Error, a.Result)
		}
	}
	h.clock.pass(time.Minute)
	for _, rest := range []string{send(0, 20_000, text[20_000:]), send(1, 0, "short")} {
		if a := p.until(p.ask(protocol.MethodSignSend, rest)); a.Error != nil {
			t.Errorf("%+v", a.Error)
		}
	}
	if r, code := p.signed(); code != "" || codes(r) != "signed signed" {
		t.Errorf("%q, %s", code, codes(r))
	}
}

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

func TestAnUploadThatStallsEndsWithoutADialog(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}))
	h.SetPatience(10*time.Millisecond, never)
	p := h.page(portal)
	p.send(request, protocol.MethodSignDocument, many(2).params())
	if _, code := p.signed(); code != protocol.UserTimeout || len(h.human.dialogs()) != 0 {
		t.Errorf("%q, %v", code, h.human.dialogs())
	}
	if a := p.until(p.ask(protocol.MethodSignSend, send(0, 0, "x"))); a.code() != protocol.InvalidArgument {
		t.Errorf("%+v", a)
	}
}

func TestWhatNobodyFetchesIsForgotten(t *testing.T) {
	h, c := office(t, one(t, testcard.Options{}), bridge.ChooseSign, rightPIN)
	h.SetPatience(never, 10*time.Millisecond)
	p := h.page(portal)
	if _, code := p.signs(many(1)); code != "" {
		t.Fatal(code)
	}
	eventually(t, "it is forgotten", func() bool { return c.left() == 0 })
	if _, code := p.fetch(0, 0); code != protocol.InvalidArgument {
		t.Error(code)
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

func TestAPageThatSendsByteByByteIsNotWaitedForForEver(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}))
	h.SetPatience(never, never)
	h.SetWholePatience(10 * time.Millisecond)
	p := h.page(portal)
	p.send(request, protocol.MethodSignDocument, many(2).params())
	if _, code := p.signed(); code != protocol.UserTimeout || len(h.human.dialogs()) != 0 {
		t.Errorf("%q, %v", code, h.human.dialogs())
	}
}

func TestAnUploadDoesNotTakeTheCitizensAttention(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}), rightPIN)
	p := h.page(portal)
	p.send(request, protocol.MethodSignDocument, many(1).params())
	if code := h.page(otherPortal).login(); code != "" {
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

func TestPartsThatFitAreNotCountedAndOthersAre(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}), bridge.ErrDialogCancelled)
	p := h.page(portal)
	text := strings.Repeat("x", 200*protocol.MinSendBytes)
	p.send(request, protocol.MethodSignDocument, papers{text}.params())
	for at := 0; at < len(text); at += protocol.MinSendBytes {
		if a := p.until(p.ask(protocol.MethodSignSend, send(0, at, text[:protocol.MinSendBytes]))); a.Error != nil {
			t.Fatalf("at %d: %+v", at, a.Error)
		}
	}
	if _, code := p.signed(); code != protocol.UserCancelled {
		t.Error(code)
	}
	last := protocol.Code("")
	for range protocol.MaxRequestsPer10s {
		last = p.until(p.ask(protocol.MethodSignSend, send(0, 0, "x"))).code()
	}
	if last != protocol.RateLimited {
		t.Error(last)
	}
}

func TestSignedDocumentsAreFetchedOnePartAtATime(t *testing.T) {
	h, c := office(t, one(t, testcard.Options{}), bridge.ChooseSign, rightPIN)
	p := h.page(portal)
	r, code := p.signs(many(2))
	if code != "" {
		t.Fatal(code)
	}
	for name, params := range map[string]string{
		"behind the end": fmt.Sprintf(`{"request":7,"document":0,"offset":%d}`, r.Documents[0].Size), "before the beginning": `{"request":7,"document":0,"offset":-1}`,
		"no such document": `{"request":7,"document":2,"offset":0}`, "no such request": `{"request":8,"document":0,"offset":0}`,
	} {
		if a := p.until(p.ask(protocol.MethodSignReceive, params)); a.code() != protocol.InvalidArgument {
			t.Errorf("%s: %+v", name, a)
		}
	}
	reading, resume := make(chan struct{}), make(chan struct{})
	c.late = func(string) { close(reading); <-resume }
	first := p.ask(protocol.MethodSignReceive, `{"request":7,"document":0,"offset":0}`)
	<-reading
	if _, code := p.fetch(1, 0); code != protocol.BridgeBusy {
		t.Error(code)
	}
	c.late = nil
	close(resume)
	if a := p.until(first); a.Error != nil {
		t.Errorf("%+v", a.Error)
	}
	eventually(t, "the next one", func() bool { _, code := p.fetch(1, 0); return code == "" })
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

func TestWithoutACardNothingHasToBeSent(t *testing.T) {
	h, c := office(t, []*testcard.Card{nil})
	p := h.page(portal)
	p.send(request, protocol.MethodSignDocument, many(1).params())
	if _, code := p.signed(); code != protocol.NoCard || c.started != 0 {
		t.Errorf("%q, %d", code, c.started)
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
