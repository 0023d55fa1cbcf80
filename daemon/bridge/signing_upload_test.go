// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

func TestWithoutACardNothingHasToBeSent(t *testing.T) {
	h, c := office(t, []*testcard.Card{nil})
	p := h.page(portal)
	p.send(request, protocol.MethodSignDocument, many(1).params())
	if _, code := p.signed(); code != protocol.NoCard || c.started != 0 {
		t.Errorf("%q, %d", code, c.started)
	}
}

func TestPartsThatAreUnderWayHearWhyTheRequestFailed(t *testing.T) {
	for name, c := range map[string]struct {
		fails error
		want  protocol.Code
	}{
		"what a site may know": {protocol.Fail(protocol.CardRemoved, ""), protocol.CardRemoved},
		"a fault of ours":      {errors.New("no memory"), protocol.Internal},
		"a cancel":             {context.Canceled, protocol.UserCancelled},
	} {
		h, cabinet := office(t, one(t, testcard.Options{}))
		p := h.page(portal)
		sent := make(chan struct{})
		cabinet.fails, cabinet.late = c.fails, func(string) { <-sent }
		text := strings.Repeat("x", 60_000)
		p.send(request, protocol.MethodSignDocument, papers{text}.params())
		for i := range 3 {
			p.send(i+1, protocol.MethodSignSend, send(0, 20_000*i, text[:20_000]))
		}
		close(sent)
		for _, id := range []int{1, 2, 3, request} {
			if a := p.heard(id); a.code() != c.want {
				t.Errorf("%s: %d hears %q instead of %q", name, id, a.code(), c.want)
			}
		}
	}
}
