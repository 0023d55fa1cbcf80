// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/testcard"
)

// Through a real pcscd: which card it is, a login, another PIN and a login with that one.
func TestEveryLayoutLogsInAndChangesItsPIN(t *testing.T) {
	for _, layout := range []testcard.Layout{testcard.Classic, testcard.LayoutIdemia2021, testcard.LayoutST2022NFC, testcard.LayoutInfoCamere} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, testcard.DefaultPIN, "ok")
			chip := h.plug(0, testcard.Options{Layout: layout, Bits: 2048}) // a portal refuses 1024
			h.startAgent()
			h.logsIn()
			check(t, writeCodes(h.work, testcard.DefaultPIN, chosenPIN, chosenPIN, testcard.DefaultPUK, "ok"))
			if out, err := h.command("ponte", "pin", "change").CombinedOutput(); err != nil || chip.PIN() != chosenPIN {
				t.Fatalf("the PIN is %s: %v\n%s", chip.PIN(), err, out)
			}
			check(t, writeDialog(h.work, chosenPIN, "ok"))
			h.logsIn()
			check(t, chip.SetState(testcard.StateBlocked))
			check(t, writeCodes(h.work, chosenPIN, "97318642", "97318642", testcard.DefaultPUK, "ok"))
			if out, err := h.command("ponte", "pin", "unblock").CombinedOutput(); err != nil || chip.PIN() != "97318642" || chip.TriesLeft() != 3 {
				t.Errorf("the PIN is %s, %d tries left: %v\n%s", chip.PIN(), chip.TriesLeft(), err, out)
			}
			if n := chip.Counters().Verifies; n != 2 {
				t.Errorf("%d VERIFY for two logins", n)
			}
		})
	}
}

// logsIn lets the agent make a token that a portal accepts.
func (h *house) logsIn() {
	h.t.Helper()
	out, err := h.command("ponte", "login", "--origin", site, "--nonce", chainNonce).Output()
	if err != nil {
		h.t.Fatalf("%v: %s", err, out)
	}
	accepted(h.t, out)
}

func TestACardThatIsNoCNSOrCannotBeDrivenSaysSo(t *testing.T) {
	for name, o := range map[string]testcard.Options{
		"a bank card over NFC": {Model: testcard.STNFC, Layout: testcard.Classic},
		"Actalis ACe 2025":     {Layout: testcard.LayoutActalis2025},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, testcard.DefaultPIN, "ok")
			h.startAgent()
			chip := h.plug(0, o) // now: what asks before there is an agent looks by itself
			var out []byte
			var err error
			for range 600 { // until the agent has been told of the card
				out, err = h.command("ponte", "login", "--origin", site, "--nonce", chainNonce, "--json").Output()
				if !strings.Contains(string(out), `"NO_CARD"`) {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
			if err == nil || !strings.Contains(string(out), `"CARD_UNSUPPORTED"`) {
				t.Errorf("%v: %s", err, out)
			}
			n := chip.Counters()
			if n.Verifies != 0 || n.APDUs > 4 && o.Layout != testcard.LayoutActalis2025 {
				t.Errorf("%s after the login was refused", fmt.Sprintf("%+v", n))
			}
			// The modules of its maker, and OpenSC, have looked at the one that says "CNS": once for each insertion.
			_ = h.command("ponte", "login", "--origin", site, "--nonce", chainNonce).Run()
			if again := chip.Counters(); again.APDUs != n.APDUs {
				t.Errorf("%d commands more for the next request", again.APDUs-n.APDUs)
			}
		})
	}
}

// In two readers of a real pcscd.
func TestACardThatIsNoCNSInTheFirstReaderDoesNotHideTheOneInTheSecond(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testcard.DefaultPIN, "ok")
	stranger := h.plug(0, testcard.Options{Model: testcard.STNFC, Layout: testcard.Classic})
	h.plug(1, testcard.Options{})
	h.startAgent()
	h.logsIn()
	if n := stranger.Counters(); n.Verifies != 0 || n.APDUs > 4 {
		t.Errorf("%+v", n)
	}
}
