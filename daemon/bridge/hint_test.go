// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// issuedIn is a card of which only the subject's unit, or only the issuer, tells the Region.
func issuedIn(t *testing.T, unit, issuer string, state testcard.State) *testcard.Card {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), KeyUsage: x509.KeyUsageDigitalSignature, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour),
		Subject: pkix.Name{CommonName: "RSSGPR84S63H501C/7430010024925855.x", OrganizationalUnit: []string{unit}},
	}
	parent := &x509.Certificate{Subject: pkix.Name{CommonName: issuer, Organization: []string{"Prova S.p.A."}}}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return chip(t, testcard.Options{State: state, Certificate: certificate, Key: key})
}

func TestOnlyASiteThatIsAllowedIsToldTheRegion(t *testing.T) {
	for name, c := range map[string]*testcard.Card{
		"by the subject's unit": issuedIn(t, "REGIONE TOSCANA", "CA Cittadini", testcard.StateBlocked),
		"by the issuer":         issuedIn(t, "", "Regione Toscana - CA Cittadini", testcard.StateBlocked),
	} {
		h := newHouse(t, []*testcard.Card{c})
		general := words.For("it").Hint(protocol.PINBlocked)
		if a := h.page(otherPortal).call(1, "auth.login", loginParams()); a.code() != protocol.PINBlocked || a.Error.Data.Hint != general {
			t.Errorf("%s: a stranger is told %+v", name, a.Error)
		}
		_ = h.memory.Allow(portal)
		a := h.page(portal).call(1, "auth.login", loginParams())
		if hint := a.Error.Data.Hint; !strings.HasPrefix(hint, general) || !strings.Contains(hint, "800.004477") {
			t.Errorf("%s: an allowed site is told %q", name, hint)
		}
		if advice := h.ExtensionStatus(t.Context()).Advice; !strings.Contains(advice.Where, "Toscana") {
			t.Errorf("%s: %+v", name, advice)
		}
	}
}

func TestTheRegionIsToldAlsoWhenThePINBlocksDuringTheLogin(t *testing.T) {
	c := issuedIn(t, "REGIONE VENETO", "CA Cittadini", testcard.StateOK)
	h := newHouse(t, []*testcard.Card{c}, wrongPIN, wrongPIN, bridge.Yes, wrongPIN)
	_ = h.memory.Allow(portal)
	a := h.page(portal).call(1, "auth.login", loginParams())
	if a.code() != protocol.PINBlocked || !strings.Contains(a.Error.Data.Hint, "ULSS") {
		t.Errorf("%+v", a.Error)
	}
}

func TestAPageHearsWhatThePopupShows(t *testing.T) {
	empty := []*testcard.Card{nil}
	cases := map[string]struct {
		chips  []*testcard.Card
		before func(*house)
		code   protocol.Code
	}{
		"no reader":      {nil, func(*house) {}, protocol.NoReader},
		"no card":        {empty, func(*house) {}, protocol.NoCard},
		"mute":           {one(t, testcard.Options{Mute: true}), func(*house) {}, protocol.CardMute},
		"blocked":        {one(t, testcard.Options{State: testcard.StateBlocked}), func(*house) {}, protocol.PINBlocked},
		"expired":        {one(t, testcard.Options{State: testcard.StateExpired}), func(*house) {}, protocol.CertificateExpired},
		"not activated":  {one(t, testcard.Options{State: testcard.StateNotActivated}), func(*house) {}, protocol.CardNotActivated},
		"no certificate": {one(t, testcard.Options{State: testcard.StateNoCertificate}), func(*house) {}, protocol.CertificateMissing},
		"no service":     {empty, func(h *house) { h.desk.Service(false) }, protocol.PCSCUnavailable},
	}
	for name, c := range cases {
		h := newHouse(t, c.chips)
		c.before(h)
		_ = h.memory.Allow(portal)
		for _, lang := range []string{"it", "en", "de"} {
			h.speak = lang
			a := h.page(portal).call(1, "auth.login", loginParams())
			status := h.ExtensionStatus(t.Context())
			if status.Language != lang || a.code() != c.code || a.Error.Data.Hint != words.Sentences(status.Advice, true) || status.Advice.Cause == "" {
				t.Errorf("%s, %s: the page is told %q (%s), the popup %+v", name, lang, a.Error.Data.Hint, a.code(), status.Advice)
			}
		}
	}
}

func TestThePopupMayTellOfANewVersionAsFarAsTheAdministratorLetsIt(t *testing.T) {
	h := newHouse(t, []*testcard.Card{nil})
	for _, off := range []bool{true, false} {
		h.memory.noNotice = off
		if s := h.ExtensionStatus(t.Context()); s.UpdateNotice == off {
			t.Errorf("off %v: %+v", off, s)
		}
	}
}

func TestTheHintSpeaksTheLanguageOfTheRequest(t *testing.T) {
	h := newHouse(t, []*testcard.Card{nil})
	a := h.page(portal).call(1, "auth.login", strings.Replace(loginParams(), "{", `{"lang":"de",`, 1))
	if a.Error.Data.Hint != words.For("de").Hint(protocol.NoCard) {
		t.Errorf("%+v", a.Error.Data)
	}
}
