// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

func TestWhatAKeySignsThatIsNotTheCertificatesIsNotGivenOut(t *testing.T) {
	cert := chip(t, testcard.Options{}).Certificate()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []testcard.Quirks{{}, {SignOnly: true}} {
		chips := one(t, testcard.Options{Certificate: cert, Key: key, Quirks: q})
		h := newHouse(t, chips, rightPIN)
		a := h.page(portal).call(1, "auth.login", loginParams())
		if a.code() != protocol.KeyMismatch || len(a.Result) != 0 || !strings.Contains(a.Error.Data.Hint, "non vanno insieme") {
			t.Errorf("%+v", a)
		}
		if chips[0].Counters().Verifies != 1 || chips[0].TriesLeft() != 3 {
			t.Errorf("%d VERIFY, %d tries", chips[0].Counters().Verifies, chips[0].TriesLeft())
		}
	}
}

func TestABadCertificateIsSaidBeforeAPINIsAsked(t *testing.T) {
	der := chip(t, testcard.Options{}).Certificate().Raw
	other := chip(t, testcard.Options{}).Certificate().Raw
	for name, c := range map[string]struct {
		file []byte
		want protocol.Code
	}{
		"zeros":                     {make([]byte, 2048), protocol.CertificateMissing},
		"64 KiB of FF":              {bytes.Repeat([]byte{0xFF}, 1<<16), protocol.CertificateMissing},
		"64 KiB of zeros":           {make([]byte, 1<<16), protocol.CertificateMissing},
		"nothing":                   {[]byte{}, protocol.CertificateMissing},
		"DER that ends too soon":    {der[:len(der)-1], protocol.CertificateMissing},
		"a length beyond any card":  {append([]byte{0x30, 0x82, 0xFF, 0xFF}, make([]byte, 1<<15)...), protocol.CertificateMissing},
		"DER that is no X.509":      {append([]byte{0x30, 0x82, 0x01, 0x00}, make([]byte, 256)...), protocol.CardUnsupported},
		"two certificates: the one": {append(bytes.Clone(der), other...), ""},
	} {
		chips := one(t, testcard.Options{CertificateFile: c.file})
		h := newHouse(t, chips)
		if c.want == "" {
			h.human.actions = []action{rightPIN}
			// its key is that of the card's own certificate: the login comes as far as the check of the signature
			if got := h.page(portal).login(); got != protocol.KeyMismatch && got != "" {
				t.Errorf("%s: %s", name, got)
			}
			continue
		}
		if got := h.page(portal).login(); got != c.want || chips[0].Counters().Verifies != 0 || len(h.human.dialogs()) != 0 {
			t.Errorf("%s: %s, %d VERIFY, %d dialogs", name, got, chips[0].Counters().Verifies, len(h.human.dialogs()))
		}
	}
}

func TestACardThatTellsNoSizesLogsIn(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{Quirks: testcard.Quirks{NoSize: true}}), rightPIN)
	if got := h.page(portal).login(); got != "" {
		t.Error(got)
	}
}
