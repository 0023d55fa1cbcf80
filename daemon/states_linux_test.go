// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/activity"
	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/card/cardtest"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// deskAgent is an agent in front of readers that need no pcscd.
func deskAgent(t *testing.T, desk *cardtest.Desk, settings string) *agent {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.toml")
	check(t, os.WriteFile(config, []byte(settings), 0o600))
	live, err := policy.OpenLive(config, "")
	check(t, err)
	a := &agent{settings: live, readers: desk.Readers, level: &slog.LevelVar{}, news: newNews(), log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	a.sites = policy.OpenSites(filepath.Join(dir, "sites.json"), live)
	a.activity = &activity.Log{Dir: dir, Err: a.log}
	a.bridge = bridge.New(bridge.Options{
		Version: version, Cards: a.readers, Sites: siteMemory{a.sites}, Settings: live, Journal: a.activity, Hint: a.hint, Language: a.language, Log: a.log,
	})
	return a
}

func originOf(t *testing.T, s string) protocol.Origin {
	t.Helper()
	o, err := protocol.ParseOrigin(s)
	check(t, err)
	return o
}

// askPage is what a page is told that asks for a login.
func (a *agent) askPage(t *testing.T, site string) *protocol.ErrorObject {
	t.Helper()
	o := originOf(t, site)
	said := make(chan []byte, 1)
	receive, end := a.bridge.Open(o, func(b []byte) { said <- b })
	defer end()
	receive([]byte(loginRequest(1)))
	r, err := protocol.ParseResponse(<-said)
	check(t, err)
	return r.Error
}

// Each state and the words that nothing else has.
func TestCommandLineControlPopupAndPagesSayTheSameOfEachState(t *testing.T) {
	one := func(o testcard.Options) *cardtest.Desk {
		o.PKI = pki()
		return cardtest.New(t, cardtest.Card(t, o))
	}
	busy := one(testcard.Options{})
	busy.Hold(0)
	later := one(testcard.Options{})
	slots, err := later.Readers.Slots(t.Context())
	check(t, err)
	_, err = later.Readers.Look(t.Context(), slots[0])
	check(t, err)
	later.Hold(0)
	small := one(testcard.Options{})
	small.Keypad(0, &cardtest.Keypad{Short: true})
	unknown := cardtest.New(t)
	cardtest.Mirror(unknown.Readers, []card.Slot{{Reader: "Lettore 1", Insertion: 1}})
	unavailable := func(reason string) *cardtest.Desk {
		d := cardtest.New(t, nil)
		d.Unavailable(pcsc.Reason(reason))
		return d
	}
	for name, c := range map[string]struct {
		desk *cardtest.Desk
		code protocol.Code
		says string
	}{
		"no reader":              {cardtest.New(t), protocol.NoReader, "presa USB"},
		"no card":                {cardtest.New(t, nil), protocol.NoCard, "non vede il chip"},
		"upside down or no chip": {one(testcard.Options{Mute: true}), protocol.CardMute, "verso giusto"},
		"an unknown card":        {unknown, protocol.CardUnsupported, "non è adatta"},
		"not activated":          {one(testcard.Options{State: testcard.StateNotActivated}), protocol.CardNotActivated, "non è ancora attiva"},
		"expired":                {one(testcard.Options{State: testcard.StateExpired}), protocol.CertificateExpired, "scaduta"},
		"not valid yet":          {one(testcard.Options{State: testcard.StateNotYetValid}), protocol.CertificateNotYetValid, "la data e l'ora"},
		"PIN blocked":            {one(testcard.Options{State: testcard.StateBlocked}), protocol.PINBlocked, "Sbloccalo in Ponte"},
		"PUK blocked":            {one(testcard.Options{State: testcard.StatePUKBlocked}), protocol.PUKBlocked, "tessera nuova"},
		"no certificate":         {one(testcard.Options{State: testcard.StateNoCertificate}), protocol.CertificateMissing, "manca il certificato"},
		"held by another":        {busy, protocol.CardBusy, "Un altro programma"},
		"held by another later":  {later, protocol.CardBusy, "Un altro programma"},
		"reader too small":       {small, protocol.ReaderLimited, "non è adatto alla tua tessera"},
		"no pcscd":               {unavailable("absent"), protocol.PCSCUnavailable, "«pcscd»"},
		"pcscd stopped":          {unavailable("stopped"), protocol.PCSCUnavailable, "non è in funzione"},
		"refused by polkit":      {unavailable("denied"), protocol.PCSCUnavailable, "non permette a te"},
	} {
		t.Run(name, func(t *testing.T) {
			a := deskAgent(t, c.desk, "language = \"it\"\n")
			check(t, a.sites.Set(originOf(t, site), true))
			answer, err := a.handle(t.Context(), protocol.Request{Method: control.AgentInfo, Params: json.RawMessage("{}")})
			check(t, err)
			info := answer.(control.Info)
			text := words.Sentences(info.Advice, true)
			if !strings.Contains(info.Advice.Title+" "+text, c.says) || info.Advice.Cause == "" || info.Advice.Next == "" {
				t.Errorf("%+v", info.Advice)
			}
			popup := a.bridge.ExtensionStatus(t.Context())
			if popup.Advice.Title != info.Advice.Title || words.Sentences(popup.Advice, true) != text {
				t.Errorf("the popup shows %+v", popup.Advice)
			}
			report := statusText(words.For("it"), true, info)
			for _, sentence := range []string{info.Advice.Title, info.Advice.Cause, info.Advice.Next, info.Advice.Where} {
				if !strings.Contains(report, sentence) {
					t.Errorf("`ponte status` lacks %q:\n%s", sentence, report)
				}
			}
			if e := a.askPage(t, site); e == nil || e.Data.Code != c.code || e.Data.Hint != text {
				t.Errorf("a page is told %+v", e)
			}
			told := words.Sentences(info.Advice, false)
			if c.code == protocol.PUKBlocked { // nobody else's business: a stranger is told of the PIN alone
				pin := protocol.PINBlocked
				told = words.Sentences(words.For("it").Advise(words.Situation{Card: protocol.Status{Problem: &pin}}), false)
			}
			if e := a.askPage(t, "https://stranger.example"); e == nil || e.Data.Hint != told {
				t.Errorf("a stranger is told %+v", e)
			}
		})
	}
}

func TestACardThatEndsSoonOrHasFewTriesIsReadyAndSaysSo(t *testing.T) {
	o := testcard.Options{PKI: pki(), Tries: 1}
	o.Leaf.NotAfter = time.Now().Add(30*24*time.Hour + time.Hour)
	a := deskAgent(t, cardtest.New(t, cardtest.Card(t, o)), "language = \"en\"\n")
	s := a.bridge.ExtensionStatus(t.Context())
	if s.Language != "en" || s.Advice.Mood != protocol.MoodGood || len(s.Advice.Notes) != 2 || !strings.Contains(s.Advice.Notes[1], "30 days") {
		t.Errorf("%+v", s)
	}
	info := a.info(t.Context())
	if report := statusText(words.For("en"), true, info); !strings.Contains(report, s.Advice.Notes[0]+"\n"+s.Advice.Notes[1]+"\n") {
		t.Errorf("%s", report)
	}
}
