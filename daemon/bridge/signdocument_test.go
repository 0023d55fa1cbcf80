// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// many are n documents of a few bytes.
func many(n int) papers {
	d := make(papers, n)
	for i := range d {
		d[i] = fmt.Sprintf("%%PDF document %d", i)
	}
	return d
}

func TestADocumentIsSignedOnceTheCitizenHasSaidYesAndTypedThePIN(t *testing.T) {
	chips := one(t, testcard.Options{})
	h, _ := office(t, chips, bridge.ChooseSign, rightPIN)
	p := h.page(portal)
	text := strings.Repeat("0123456789", 20_000)
	r, code := p.signs(papers{text})
	if code != "" || codes(r) != "signed" {
		t.Fatalf("%q, %+v", code, r)
	}
	d := r.Documents[0]
	original := sha256.Sum256([]byte(text))
	if d.Name != "modulo 1.pdf.p7m" || d.Level != "B-B" || d.Original.SHA256 != hex.EncodeToString(original[:]) {
		t.Errorf("%+v", d)
	}
	var got []byte
	for {
		piece, code := p.fetch(0, int64(len(got)))
		if code != "" {
			t.Fatal(code)
		}
		b, _ := base64.StdEncoding.DecodeString(piece.Data)
		if got = append(got, b...); piece.End {
			break
		}
	}
	sum := sha256.Sum256(got)
	if int64(len(got)) != d.Size || hex.EncodeToString(sum[:]) != d.SHA256 || string(got[:len(text)]) != text {
		t.Errorf("%d bytes of %d", len(got), d.Size)
	}
	pub := chips[0].Certificate().PublicKey.(*rsa.PublicKey)
	if err := rsa.VerifyPKCS1v15(pub, crypto.SHA256, original[:], got[len(text):]); err != nil {
		t.Error(err)
	}
	q := h.human.dialogs()[0].(bridge.SigningQuestion)
	if q.Origin != portal || q.Purpose != bridge.ForSite || len(q.Documents) != 1 || q.Documents[0].Name != "modulo 1.pdf" ||
		q.Documents[0].Size != int64(len(text)) || q.Documents[0].Kind != "pdf" || q.CanView || q.Holder == "" {
		t.Errorf("%+v", q)
	}
	pinned := h.human.dialogs()[1].(bridge.PINQuestion)
	if pinned.Documents != 1 || pinned.Document != "modulo 1.pdf" || pinned.Origin != portal || pinned.TriesLeft != 3 {
		t.Errorf("%+v", pinned)
	}
	if a := p.until(p.ask(protocol.MethodSignEnd, `{"request":7}`)); a.Error != nil {
		t.Errorf("%+v", a.Error)
	}
	if left := h.human.remembered(); left != nil {
		t.Errorf("PINs in memory: %q", left)
	}
	if got := h.memory.journal; len(got) != 1 || got[0] != "https://portal.example sign.document " {
		t.Errorf("%q", got)
	}
	if h.memory.standing[portal] != bridge.Stranger {
		t.Error("a signature is no scope")
	}
}

func TestNoSignatureLeavesWithoutAYesAndAPIN(t *testing.T) {
	for name, c := range map[string]struct {
		actions []action
		want    protocol.Code
	}{
		"cancel":            {[]action{bridge.ErrDialogCancelled}, protocol.UserCancelled},
		"silence":           {[]action{bridge.ErrDialogTimeout}, protocol.UserTimeout},
		"no dialog":         {[]action{bridge.ErrNoDialog}, protocol.PromptUnavailable},
		"looking is no yes": {[]action{bridge.ChooseView}, protocol.UserCancelled},
		"cancel at the PIN": {[]action{bridge.ChooseSign, bridge.ErrDialogCancelled}, protocol.UserCancelled},
		"the PIN is wrong":  {[]action{bridge.ChooseSign, wrongPIN, bridge.ErrDialogCancelled}, protocol.UserCancelled},
	} {
		chips := one(t, testcard.Options{})
		h, c2 := office(t, chips, c.actions...)
		r, code := h.page(portal).signs(many(2))
		if code != c.want || r.Documents != nil {
			t.Errorf("%s: %q, %+v", name, code, r)
		}
		eventually(t, "the documents are gone", func() bool { return c2.left() == 0 })
	}
}

func TestWhatAPageHasWrittenIntoADocumentIsPartOfTheQuestion(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}), bridge.ErrDialogCancelled)
	p, text := h.page(portal), many(1)[0]
	p.send(request, protocol.MethodSignDocument, fmt.Sprintf(`{"documents":[{"name":"a.pdf","size":%d}],"format":"pades","reason":"Accetto la vendita",
		"location":"Bolzano","visible":{"page":2,"x":10,"y":10,"width":200,"height":60}}`, len(text)))
	p.send(100, protocol.MethodSignSend, send(0, 0, text))
	if _, code := p.signed(); code != protocol.UserCancelled {
		t.Fatal(code)
	}
	if q := h.human.dialogs()[0].(bridge.SigningQuestion); q.Reason != "Accetto la vendita" || q.Location != "Bolzano" || q.BoxPage != 2 {
		t.Errorf("%+v", q)
	}
}

func TestABatchCostsOnePINAndAtMostThreeCommandsForEachFurtherDocument(t *testing.T) {
	for _, layout := range []testcard.Layout{testcard.Classic, testcard.LayoutInfoCamere} {
		cost := map[int]int{}
		for _, n := range []int{1, 50} {
			chips := one(t, testcard.Options{Layout: layout})
			h, _ := office(t, chips, bridge.ChooseSign, rightPIN)
			p := h.page(portal)
			r, code := p.signs(many(n))
			if code != "" || strings.Count(codes(r), "signed") != n {
				t.Fatalf("%v: %q, %s", layout, code, codes(r))
			}
			if got := chips[0].Counters(); got.Verifies != 1 {
				t.Errorf("%v: %d PINs for %d documents", layout, got.Verifies, n)
			}
			cost[n] = chips[0].Counters().APDUs
		}
		if further := cost[50] - cost[1]; further > 3*49 {
			t.Errorf("%v: %d commands for 49 further documents", layout, further)
		} else {
			t.Logf("%v: %d commands for one document, %d for 49 more", layout, cost[1], further)
		}
	}
}

func TestTheCardIsLockedWhenTheLastIsSigned(t *testing.T) {
	chips := one(t, testcard.Options{})
	h, c := office(t, chips, bridge.ChooseSign, rightPIN)
	locked := false
	c.late = func(step string) {
		if step != "assemble" { // where a time stamp may take its time
			return
		}
		for end := time.Now().Add(card.SessionIdle / 2); !locked && time.Now().Before(end); time.Sleep(time.Millisecond) {
			locked = !chips[0].Verified()
		}
	}
	if _, code := h.page(portal).signs(many(3)); code != "" || !locked {
		t.Errorf("%q, locked: %v", code, locked)
	}
}

func TestACardPulledOutInABatchCostsOnlyTheDocumentsThatAreLeft(t *testing.T) {
	c := chip(t, testcard.Options{})
	seen := map[string]bool{}
	for n := 1; ; n++ {
		h, _ := office(t, []*testcard.Card{c}, bridge.ChooseSign, rightPIN, rightPIN)
		c.EjectAt(n)
		r, code := h.page(portal).signs(many(3))
		pulled := c.Ejected()
		c.EjectAt(0)
		got := string(code) + codes(r)
		seen[got] = true
		switch {
		case !pulled && got != "signed signed signed", pulled && got != "CARD_REMOVED" && got != "signed CARD_REMOVED CARD_REMOVED" && got != "signed signed CARD_REMOVED":
			t.Errorf("pulled at command %d: %s", n, got)
		}
		if c.TriesLeft() != 3 {
			t.Errorf("pulled at command %d: %d tries left", n, c.TriesLeft())
		}
		if !pulled {
			break
		}
	}
	if len(seen) != 4 {
		t.Errorf("%v", seen)
	}
}

func TestWhatTheCitizenStopsCostsOnlyTheDocumentsThatAreLeft(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}), bridge.ChooseSign, rightPIN)
	h.human.cancelAfter = 1
	r, code := h.page(portal).signs(many(50))
	got := codes(r)
	if code != "" || !strings.HasPrefix(got, "signed ") || !strings.HasSuffix(got, " USER_CANCELLED") {
		t.Errorf("%q, %s", code, got)
	}
	if h.memory.journal[0] != "https://portal.example sign.document USER_CANCELLED" {
		t.Errorf("%q", h.memory.journal)
	}
	if h.human.progress[0].Total != 50 || h.human.progress[0].Origin != portal {
		t.Errorf("%+v", h.human.progress)
	}
}

func TestADocumentThatCannotBeSignedIsNamedAndTheOthersAreSigned(t *testing.T) {
	h, c := office(t, one(t, testcard.Options{}), bridge.ChooseSign, rightPIN)
	c.inspect = func(d bridge.Document) bridge.Inspection {
		if d.Name == "modulo 2.pdf" {
			return bridge.Inspection{Refusal: protocol.Because(protocol.DocumentRefused, protocol.ReasonEncrypted, "")}
		}
		return bridge.Inspection{Kind: "pdf", Notes: []bridge.DocumentNote{"javascript"}}
	}
	r, code := h.page(portal).signs(many(3))
	if code != "" || codes(r) != "signed DOCUMENT_REFUSED signed" {
		t.Fatalf("%q, %s", code, codes(r))
	}
	e := r.Documents[1].Error
	if e.Reason != protocol.ReasonEncrypted || e.Retry || !strings.Contains(e.Hint, "password") || r.Documents[1].Name != "modulo 2.pdf" {
		t.Errorf("%+v", r.Documents[1])
	}
	q := h.human.dialogs()[0].(bridge.SigningQuestion)
	if len(q.Documents) != 2 || q.Refused != 1 || q.Documents[1].Name != "modulo 3.pdf" || q.Documents[0].Notes[0] != "javascript" {
		t.Errorf("%+v", q)
	}
}

func TestADocumentThatCannotBeSignedIsSaidWithoutADialog(t *testing.T) {
	h, c := office(t, one(t, testcard.Options{}))
	c.inspect = func(bridge.Document) bridge.Inspection {
		return bridge.Inspection{Refusal: protocol.Because(protocol.DocumentRefused, protocol.ReasonCertified, "")}
	}
	p := h.page(portal)
	p.upload(many(2))
	a := p.until(request)
	if a.code() != protocol.DocumentRefused || a.Error.Data.Reason != protocol.ReasonCertified || len(h.human.dialogs()) != 0 {
		t.Errorf("%+v, %v", a.Error, h.human.dialogs())
	}
}

func TestAProgramThatLosesTheDocumentsEndsOneRequestAndTheNextOneWorks(t *testing.T) {
	for _, step := range []string{"append", "inspect", "prepare", "assemble"} {
		h, c := office(t, one(t, testcard.Options{}), bridge.ChooseSign, rightPIN)
		c.broken = map[string]error{step: errors.New("it has crashed")}
		p := h.page(portal)
		p.send(request, protocol.MethodSignDocument, many(1).params())
		p.send(1, protocol.MethodSignSend, send(0, 0, many(1)[0]))
		if r, code := p.signed(); code != protocol.Internal || r.Documents != nil {
			t.Errorf("%s: %q, %+v", step, code, r)
		}
		c.broken = nil
		h.human.actions = []action{bridge.ChooseSign, rightPIN}
		if _, code := p.signs(many(1)); code != "" {
			t.Errorf("after %s: %q", step, code)
		}
	}
	h, c := office(t, one(t, testcard.Options{}))
	c.fails = errors.New("not installed")
	p := h.page(portal)
	p.send(request, protocol.MethodSignDocument, many(1).params())
	if _, code := p.signed(); code != protocol.Internal {
		t.Error(code)
	}
}

func TestATimeStampThatDoesNotComeCostsItsDocument(t *testing.T) {
	h, c := office(t, one(t, testcard.Options{}), bridge.ChooseSign, rightPIN)
	c.broken = map[string]error{"assemble": protocol.Fail(protocol.TimeStampFailed, "")}
	if _, code := h.page(portal).signs(many(2)); code != protocol.TimeStampFailed {
		t.Error(code)
	}
}

func TestATimeStampNeedsAConfiguredAuthority(t *testing.T) {
	h, _ := office(t, one(t, testcard.Options{}), bridge.ErrDialogCancelled)
	p := h.page(portal)
	params := `{"level":"B-T","documents":[{"name":"a.txt","size":1}]}`
	if a := p.call(1, protocol.MethodSignDocument, params); a.code() != protocol.InvalidArgument {
		t.Errorf("%+v", a)
	}
	h.memory.authority = "https://tsa.example"
	p.send(request, protocol.MethodSignDocument, params)
	p.send(2, protocol.MethodSignSend, send(0, 0, "x"))
	if _, code := p.signed(); code != protocol.UserCancelled || !h.human.dialogs()[0].(bridge.SigningQuestion).TimeStamp {
		t.Errorf("%q", code)
	}
}
