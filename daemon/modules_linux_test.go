// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/pkcs11/hsmtest"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

const openSC = "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"

// settings adds to the citizen's.
func (h *house) settings(text string) {
	h.t.Helper()
	f, err := os.OpenFile(filepath.Join(h.work, "config", "ponte", "config.toml"), os.O_APPEND|os.O_WRONLY, 0)
	check(h.t, err)
	_, err = f.WriteString(text)
	check(h.t, errors.Join(err, f.Close()))
}

// modules is what `ponte card modules` tells.
func (h *house) modules() []control.Modules {
	h.t.Helper()
	out, err := h.command("ponte", "card", "modules", "--json").Output()
	check(h.t, err)
	var cards []control.Modules
	check(h.t, json.Unmarshal(out, &cards))
	return cards
}

func TestATokenOfSoftHSMLogsInWithEachKindOfKey(t *testing.T) {
	rsaCert, rsaKey := pki().Issue(testpki.LeafOptions{})
	p256, p256Key := pki().IssueEC(testpki.LeafOptions{}, elliptic.P256())
	p384, p384Key := pki().IssueEC(testpki.LeafOptions{}, elliptic.P384())
	for algorithm, c := range map[string]struct {
		certificate *x509.Certificate
		key         crypto.Signer
	}{"RS256": {rsaCert, rsaKey}, "ES256": {p256, p256Key}, "ES384": {p384, p384Key}} {
		t.Run(algorithm, func(t *testing.T) {
			hsm := hsmtest.New(t)
			hsm.Token(t, "chiave "+algorithm)
			hsm.Add(t, "chiave "+algorithm, []byte{7}, c.key, c.certificate)
			h := newHouse(t, "00000000,"+hsmtest.PIN, "ok")
			h.env = append(h.env, "SOFTHSM2_CONF="+hsm.Config)
			h.settings("[modules]\n\"*\" = \"" + hsmtest.Module + "\"\n")
			h.startAgent()
			out, err := h.command("ponte", "login", "--origin", site, "--nonce", chainNonce).Output()
			if err != nil {
				t.Fatalf("%v: %s\n%s", err, out, h.log())
			}
			var token protocol.Token
			check(t, json.Unmarshal(out, &token))
			if token.Algorithm != algorithm {
				t.Errorf("a token with %s", token.Algorithm)
			}
			accepted(t, out)
			if log := h.log(); !strings.Contains(log, "its signature fits the certificate") || strings.Contains(log, hsmtest.PIN) {
				t.Errorf("%s", log)
			}
		})
	}
}

func (h *house) log() string {
	b, _ := os.ReadFile(filepath.Join(h.work, "agent.log"))
	return string(b)
}

// OpenSC and Ponte drive the same cards: here somebody has chosen OpenSC for one of them.
func TestACardForWhichOpenSCWasChosenLogsInThroughIt(t *testing.T) {
	for _, layout := range []testcard.Layout{testcard.Classic, testcard.LayoutInfoCamere} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "00000000,"+testcard.DefaultPIN, "ok")
			chip := h.plug(0, testcard.Options{Layout: layout, Model: testcard.STIncard11})
			h.settings(fmt.Sprintf("[modules]\n\"%X\" = %q\n", chip.ATR(), openSC))
			h.startAgent()
			h.logsIn()
			if n := chip.Counters().Verifies; n != 2 {
				t.Errorf("%d VERIFY for a wrong and a right PIN", n)
			}
			cards := h.modules()
			if len(cards) == 0 || cards[0].Driver != "module" || cards[0].Module != openSC || cards[0].Tried[0].Source != "chosen" || cards[0].Tried[0].Outcome != "used" {
				t.Errorf("%+v", cards)
			}
		})
	}
}

func TestOpenSCUnblocksNoPINAndTheTryingSpendsNothing(t *testing.T) {
	h := newHouse(t, "", "")
	check(t, writeCodes(h.work, testcard.DefaultPIN, chosenPIN, chosenPIN, testcard.DefaultPUK, "ok"))
	chip := h.plug(0, testcard.Options{Model: testcard.STIncard11})
	h.settings(fmt.Sprintf("[modules]\n\"%X\" = %q\n", chip.ATR(), openSC))
	h.startAgent()
	check(t, chip.SetState(testcard.StateBlocked))
	out, err := h.command("ponte", "pin", "unblock", "--json").CombinedOutput()
	if err == nil || !strings.Contains(string(out), `"CARD_UNSUPPORTED"`) {
		t.Errorf("%v: %s", err, out)
	}
	if chip.PIN() != testcard.DefaultPIN || chip.TriesLeft() != 0 || chip.PUKTriesLeft() != 3 {
		t.Errorf("PIN %s, %d tries, %d of the PUK", chip.PIN(), chip.TriesLeft(), chip.PUKTriesLeft())
	}
}
