// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/holder"
)

func TestWhatCannotLogInIsSaidBeforeAnyDialog(t *testing.T) {
	for name, c := range map[string]struct {
		house func(t *testing.T) *house
		want  protocol.Code
	}{
		"no reader": {func(t *testing.T) *house { return newHouse(t, nil) }, protocol.NoReader},
		"no card":   {func(t *testing.T) *house { return newHouse(t, []*testcard.Card{nil}) }, protocol.NoCard},
		"mute":      {func(t *testing.T) *house { return newHouse(t, one(t, testcard.Options{Mute: true})) }, protocol.CardMute},
		"no service": {func(t *testing.T) *house {
			h := newHouse(t, one(t, testcard.Options{}))
			h.desk.Service(false)
			return h
		}, protocol.PCSCUnavailable},
		"blocked":        {ofState(testcard.StateBlocked), protocol.PINBlocked},
		"expired":        {ofState(testcard.StateExpired), protocol.CertificateExpired},
		"not yet valid":  {ofState(testcard.StateNotYetValid), protocol.CertificateNotYetValid},
		"not activated":  {ofState(testcard.StateNotActivated), protocol.CardNotActivated},
		"no certificate": {ofState(testcard.StateNoCertificate), protocol.CertificateMissing},
	} {
		t.Run(name, func(t *testing.T) {
			h := c.house(t)
			if got := h.page(portal).login(); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if d := h.human.dialogs(); len(d) != 0 {
				t.Errorf("dialogs were shown: %+v", d)
			}
			if h.memory.Standing(portal) != bridge.Stranger {
				t.Error("a failed login made the site known")
			}
		})
	}
}

func ofState(s testcard.State) func(*testing.T) *house {
	return func(t *testing.T) *house { return newHouse(t, one(t, testcard.Options{State: s})) }
}

func TestParametersThatAreWrongCostNothing(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips)
	p := h.page(portal)
	for i, params := range []string{
		`{}`, `{"challengeNonce":"short"}`, fmt.Sprintf(`{"challengeNonce":%q}`, strings.Repeat("x", 129)),
		fmt.Sprintf(`{"challengeNonce":%q}`, strings.Repeat("è", 44)), fmt.Sprintf(`{"challengeNonce":%q,"pin":"12345678"}`, nonce),
		fmt.Sprintf(`{"challengeNonce":%q,"lang":"fr"}`, nonce), fmt.Sprintf(`{"challengeNonce":%q,"timeoutMs":9999}`, nonce),
		fmt.Sprintf(`{"challengeNonce":%q,"timeoutMs":600001}`, nonce), `{"challengeNonce":42}`,
		fmt.Sprintf(`{"challengeNonce":%q,"origin":"https://bank.example"}`, nonce),
	} {
		if a := p.call(i, "auth.login", params); a.code() != protocol.InvalidArgument || a.Error.Code != -32602 {
			t.Errorf("%s: %+v", params, a)
		}
	}
	if n := chips[0].Counters().APDUs; n != 0 || len(h.human.dialogs()) != 0 {
		t.Errorf("%d commands, dialogs %v", n, h.human.dialogs())
	}
}

func TestALoginGivesATokenForItsSiteAndNonce(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, rightPIN)
	a := h.page(portal).call(7, "auth.login", loginParams())
	if a.Error != nil {
		t.Fatalf("%+v", a.Error)
	}
	var token protocol.Token
	if err := json.Unmarshal(a.Result, &token); err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(token.Signature)
	if err != nil {
		t.Fatal(err)
	}
	digest := protocol.TokenDigest(portal, nonce)
	pub := chips[0].Certificate().PublicKey.(*rsa.PublicKey)
	if err := rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], signature); err != nil {
		t.Error(err)
	}
	der, _ := base64.StdEncoding.DecodeString(token.UnverifiedCertificate)
	if string(der) != string(chips[0].Certificate().Raw) || token.Algorithm != "RS256" || token.Format != "web-eid:1.0" || token.AppVersion != "ponte/9.9.9" {
		t.Errorf("%+v", token)
	}
	q := h.human.dialogs()[0].(bridge.PINQuestion)
	if q.Origin != portal || q.Holder != "GIADA PROVA ROSSINI" || q.TriesLeft != 3 || q.Problem != bridge.NoProblem || q.Reader != "" {
		t.Errorf("the dialog showed %+v", q)
	}
	if h.memory.Standing(portal) != bridge.Allowed || !slices.Equal(h.memory.journal, []string{"https://portal.example auth.login "}) {
		t.Errorf("%v %q", h.memory.standing, h.memory.journal)
	}
}

func TestAColdLoginTakesAtMost14CommandsAnd2400BytesAndACachedOne7And700(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, rightPIN, rightPIN)
	for _, limit := range []struct{ apdus, bytes int }{{14, 2400}, {7, 700}} {
		chips[0].ResetCounters()
		if c := h.page(portal).login(); c != "" {
			t.Fatal(c)
		}
		n := chips[0].Counters()
		if n.APDUs > limit.apdus || n.BytesIn+n.BytesOut > limit.bytes {
			t.Errorf("%d commands, %d bytes; at most %d and %d", n.APDUs, n.BytesIn+n.BytesOut, limit.apdus, limit.bytes)
		}
	}
}

func TestEachPINTypedIsSentOnceAndTheDialogSaysWhatIsLeft(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, wrongPIN, "12a", wrongPIN, bridge.Yes, rightPIN)
	if c := h.page(portal).login(); c != "" {
		t.Fatal(c)
	}
	want := []any{
		bridge.PINQuestion{TriesLeft: 3}, bridge.PINQuestion{TriesLeft: 2, Problem: bridge.WrongPIN},
		bridge.PINQuestion{TriesLeft: 2, Problem: bridge.BadFormat}, bridge.Question{Kind: bridge.AskLastTry, TriesLeft: 1},
		bridge.PINQuestion{TriesLeft: 1, Problem: bridge.WrongPIN},
	}
	for i, got := range h.human.dialogs() {
		switch w := want[i].(type) {
		case bridge.PINQuestion:
			w.Origin, w.Holder = portal, "GIADA PROVA ROSSINI"
			want[i] = w
		case bridge.Question:
			w.Origin, w.Holder = portal, "GIADA PROVA ROSSINI"
			want[i] = w
		}
		if got != want[i] {
			t.Errorf("dialog %d: %+v, want %+v", i, got, want[i])
		}
	}
	if n := chips[0].Counters().Verifies; n != 3 {
		t.Errorf("%d VERIFY for three PINs", n)
	}
}

func TestT24_BeforeTheLastTryTheCitizenIsWarnedAndCanStop(t *testing.T) {
	for _, stop := range []action{bridge.No, bridge.ErrDialogCancelled} {
		chips := one(t, testcard.Options{State: testcard.TriesState(1)})
		h := newHouse(t, chips, stop)
		if c := h.page(portal).login(); c != protocol.UserCancelled {
			t.Errorf("%v: %s", stop, c)
		}
		if chips[0].TriesLeft() != 1 || len(h.human.dialogs()) != 1 {
			t.Errorf("%v: %d tries left, dialogs %+v", stop, chips[0].TriesLeft(), h.human.dialogs())
		}
	}
}

func TestACardThatDoesNotCountIsTreatedAsItsLastTryAfterAFailure(t *testing.T) {
	o := testcard.Options{Quirks: testcard.Quirks{VerifyNoCounter: true, EmptyVerify: 0x6D00}}
	h := newHouse(t, one(t, o), wrongPIN, bridge.No)
	if c := h.page(portal).login(); c != protocol.UserCancelled {
		t.Error(c)
	}
	d := h.human.dialogs()
	if q, ok := d[len(d)-1].(bridge.Question); !ok || q.Kind != bridge.AskUnknownTries || len(d) != 2 {
		t.Errorf("%+v", d)
	}
}

func TestTheLastWrongPINTellsThatTheCardIsBlocked(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{State: testcard.TriesState(1)}), bridge.Yes, wrongPIN)
	if c := h.page(portal).login(); c != protocol.PINBlocked {
		t.Error(c)
	}
}

func TestALoginClearsTheFailuresOfItsSite(t *testing.T) {
	cancel := bridge.ErrDialogCancelled
	p := newHouse(t, one(t, testcard.Options{}), cancel, rightPIN, cancel, cancel).page(portal)
	for i, want := range []protocol.Code{protocol.UserCancelled, "", protocol.UserCancelled, protocol.UserCancelled, protocol.RateLimited} {
		if got := p.login(); got != want {
			t.Fatalf("step %d: %q, want %q", i, got, want)
		}
	}
}

func TestT24_TwoFailuresInAMinuteMakeASiteWait(t *testing.T) {
	cancel := bridge.ErrDialogCancelled
	h := newHouse(t, one(t, testcard.Options{}), cancel, cancel, rightPIN, cancel, cancel, cancel, cancel, rightPIN)
	p := h.page(portal)
	steps := []struct {
		pass time.Duration
		site *page
		want protocol.Code
	}{
		{0, p, protocol.UserCancelled}, {20 * time.Second, p, protocol.UserCancelled},
		{0, p, protocol.RateLimited}, {29 * time.Second, h.page(portal), protocol.RateLimited},
		{0, h.page(otherPortal), ""},             // another site is not concerned
		{time.Second, p, protocol.UserCancelled}, // 30 s later it may ask again, and fails a third time
		{time.Second, p, protocol.RateLimited},
		{time.Minute, p, protocol.UserCancelled}, // more than a minute after the one before
		{time.Minute, p, protocol.UserCancelled},
		{time.Minute, p, protocol.UserCancelled},
		{time.Minute, p, ""},
	}
	for i, s := range steps {
		h.clock.pass(s.pass)
		if got := s.site.login(); got != s.want {
			t.Fatalf("step %d: %q, want %q", i, got, s.want)
		}
	}
}

func TestT24_NeitherPortNorSubdomainNorSchemeEscapesThePause(t *testing.T) {
	cancel := bridge.ErrDialogCancelled
	h := newHouse(t, one(t, testcard.Options{}), cancel, cancel, rightPIN, rightPIN, cancel, cancel, rightPIN)
	h.memory.developer = true
	for _, step := range []struct {
		site string
		want protocol.Code
	}{
		{"https://portal.example", protocol.UserCancelled}, {"https://login.portal.example:8443", protocol.UserCancelled},
		{"https://portal.example", protocol.RateLimited}, {"https://portal.example:444", protocol.RateLimited},
		{"https://a.b.portal.example", protocol.RateLimited},
		{"https://one.github.io", ""}, {"https://notportal.example", ""}, // others; two sites of one public suffix are two
		{"https://localhost:1", protocol.UserCancelled}, {"http://localhost:2", protocol.UserCancelled},
		{"http://localhost", protocol.RateLimited}, {"https://two.github.io", ""},
	} {
		if got := h.page(origin(step.site)).login(); got != step.want {
			t.Fatalf("%s: %q, want %q", step.site, got, step.want)
		}
	}
}

func TestT24_AddressesAreSitesOfTheirOwn(t *testing.T) {
	cancel := bridge.ErrDialogCancelled
	h := newHouse(t, one(t, testcard.Options{}), cancel, cancel, rightPIN, rightPIN)
	for _, step := range []struct {
		site string
		want protocol.Code
	}{
		{"https://192.0.2.1", protocol.UserCancelled}, {"https://192.0.2.1:8443", protocol.UserCancelled},
		{"https://192.0.2.1:444", protocol.RateLimited}, {"https://198.51.2.1", ""}, {"https://[2001:db8::1]", ""},
	} {
		if got := h.page(origin(step.site)).login(); got != step.want {
			t.Fatalf("%s: %q, want %q", step.site, got, step.want)
		}
	}
}

func TestAWrongPINCountsAsAFailureOfTheSite(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}), wrongPIN, rightPIN, wrongPIN, bridge.ErrDialogCancelled, bridge.ErrDialogCancelled)
	p := h.page(portal)
	for i, want := range []protocol.Code{"", protocol.UserCancelled, protocol.UserCancelled, protocol.RateLimited} {
		if got := p.login(); got != want {
			t.Errorf("login %d: %q, want %q", i, got, want)
		}
	}
}

func TestTheSecondRequestFindsTheBridgeBusy(t *testing.T) {
	var h *house
	var second protocol.Code
	look := func() { second = h.page(otherPortal).login() }
	h = newHouse(t, one(t, testcard.Options{}), look)
	p := h.page(portal)
	p.send(1, "auth.login", loginParams())
	eventually(t, "a dialog", func() bool { return len(h.human.dialogs()) > 0 })
	p.receive([]byte(`{"jsonrpc":"2.0","id":"c","method":"request.cancel","params":{"id":1}}`))
	codes := map[protocol.ID]protocol.Code{}
	for range 2 {
		a := p.next()
		codes[a.ID] = a.code()
	}
	if second != protocol.BridgeBusy || codes["1"] != protocol.UserCancelled || codes[`"c"`] != "" {
		t.Errorf("second %q, answers %v", second, codes)
	}
}

func TestWhenThePageGoesTheDialogGoes(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}), func() {}, rightPIN)
	p := h.page(portal)
	p.send(1, "auth.login", loginParams())
	eventually(t, "a dialog", func() bool { return len(h.human.dialogs()) > 0 })
	p.close()
	for { // the attention of the citizen is free again
		switch c := h.page(otherPortal).login(); c {
		case "":
			if len(p.messages) != 0 {
				t.Errorf("a page that is gone was sent %s", <-p.messages)
			}
			return
		case protocol.BridgeBusy:
			h.clock.pass(time.Minute) // a stranger may not ask without end
		default:
			t.Fatal(c)
		}
	}
}

func TestACardPulledWhileTheDialogIsOpenEndsIt(t *testing.T) {
	var h *house
	chips := one(t, testcard.Options{})
	h = newHouse(t, chips, func() { h.desk.Eject(0) })
	if c := h.page(portal).login(); c != protocol.CardRemoved {
		t.Error(c)
	}
	h = newHouse(t, chips, func() { h.desk.Eject(0); h.desk.Insert(0, chip(t, testcard.Options{})) })
	if c := h.page(portal).login(); c != protocol.CardRemoved {
		t.Errorf("another card put in: %q", c)
	}
	h = newHouse(t, one(t, testcard.Options{}), func() { h.desk.Service(false) })
	if c := h.page(portal).login(); c != protocol.PCSCUnavailable {
		t.Errorf("pcscd killed: %q", c)
	}
	h = newHouse(t, one(t, testcard.Options{}), func() { h.desk.Unplug() })
	if c := h.page(portal).login(); c != protocol.CardRemoved {
		t.Errorf("reader unplugged: %q", c)
	}
}

func TestACardPulledAtAnyCommandOfALoginIsSaidAndCostsNoTry(t *testing.T) {
	c := chip(t, testcard.Options{})
	for n := 1; ; n++ {
		h := newHouse(t, []*testcard.Card{c}, rightPIN, rightPIN)
		c.EjectAt(n)
		got := h.page(portal).login()
		pulled := c.Ejected()
		if !pulled {
			if got != "" || n != 15 {
				t.Errorf("a login of %d commands ended in %q", n-1, got)
			}
			return
		}
		if got != protocol.CardRemoved {
			t.Errorf("pulled at command %d: %q", n, got)
		}
		if c.TriesLeft() != 3 {
			t.Errorf("pulled at command %d: %d tries left", n, c.TriesLeft())
		}
		h.desk.Insert(0, c)
		c.EjectAt(0)
		h.human.actions = []action{rightPIN}
		if got := h.page(portal).login(); got != "" {
			t.Errorf("put in again after command %d: %q", n, got)
		}
	}
}

func TestWithSeveralCardsTheCitizenChooses(t *testing.T) {
	matteo := holder.Matteo()
	chips := []*testcard.Card{chip(t, testcard.Options{}), chip(t, testcard.Options{Holder: &matteo}), chip(t, testcard.Options{State: testcard.StateExpired})}
	h := newHouse(t, chips, bridge.No, bridge.No, bridge.No, bridge.Yes, rightPIN)
	a := h.page(portal).call(1, "auth.login", loginParams())
	if a.Error != nil {
		t.Fatalf("%+v", a.Error)
	}
	var token protocol.Token
	_ = json.Unmarshal(a.Result, &token)
	if der, _ := base64.StdEncoding.DecodeString(token.UnverifiedCertificate); string(der) != string(chips[1].Certificate().Raw) {
		t.Error("not the card that was chosen")
	}
	d := h.human.dialogs()
	if q := d[1].(bridge.Question); q.Kind != bridge.AskCard || q.Holder != "MATTEO PROVA ROSSINI" || q.Reader != "Lettore 2" {
		t.Errorf("%+v", q)
	}
	if q := d[2].(bridge.Question); q.Holder != "GIADA PROVA ROSSINI" {
		t.Errorf("the expired card was offered, or the first not again: %+v", q)
	}
	if q := d[4].(bridge.PINQuestion); q.Holder != "MATTEO PROVA ROSSINI" || q.Reader != "Lettore 2" {
		t.Errorf("%+v", q)
	}
	if n := chips[0].Counters().Verifies + chips[2].Counters().Verifies; n != 0 {
		t.Error("a PIN went to another card")
	}
}

func TestTheDialogThatTimesOutOrCannotBeShownIsSaid(t *testing.T) {
	for dialog, want := range map[error]protocol.Code{
		bridge.ErrDialogTimeout: protocol.UserTimeout, bridge.ErrNoDialog: protocol.PromptUnavailable,
		fmt.Errorf("pinentry died: %w", bridge.ErrNoDialog): protocol.PromptUnavailable,
	} {
		h := newHouse(t, one(t, testcard.Options{}), dialog)
		if c := h.page(portal).login(); c != want {
			t.Errorf("%v: %q, want %q", dialog, c, want)
		}
	}
}
