// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var pki = testpki.New()

func TestDescriptionsThatAreRefused(t *testing.T) {
	for description, reason := range map[string]string{
		"giada":                       "not key=value",
		"holder=nobody":               "unknown",
		"colour=red":                  "unknown",
		"state=asleep":                "unknown",
		"rsa=many":                    "a number",
		"rsa=4096":                    "1024 or 2048",
		"tries=16":                    "0 to 15",
		"tries=-1":                    "a number",
		"state=expired,tries=1":       "state=ok only",
		"tries=1,state=expired":       "one state only",
		"state=blocked,state=expired": "one state only",
		"mute=perhaps":                "yes or no",
		"line=slow":                   "none or real",
		"quirk=moody":                 "unknown",
		"atr=abacus":                  "unknown",
		"layout=spiral":               "unknown",
		"pin=12":                      "5 to 8",
	} {
		_, err := newStand(t.Context(), pki, 1, "", []string{description})
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: error %v", description, err)
		}
	}
	if _, err := newStand(t.Context(), pki, 1, "", []string{"", "", ""}); err == nil {
		t.Error("three cards for two readers are accepted")
	}
	if _, err := newStand(t.Context(), pki, 1, "spiral", nil); err == nil {
		t.Error("an unknown layout for all cards is accepted")
	}
}

func TestALayoutForAllCardsGivesWayToThatOfADescription(t *testing.T) {
	s, err := newStand(t.Context(), pki, 1, testcard.LayoutInfoCamere, []string{"", "layout=idemia2021"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []testcard.Layout{testcard.LayoutInfoCamere, testcard.LayoutIdemia2021} {
		if got := s.places[i].card.Layout(); got != want {
			t.Errorf("card %d has the layout %s, not %s", i+1, got, want)
		}
	}
	if s, err = newStand(t.Context(), pki, 1, testcard.LayoutIdemia2021, []string{"atr=siemens"}); err != nil || s.places[0].card.Layout() != testcard.Classic {
		t.Errorf("a description with an ATR has lost its layout (%v)", err)
	}
}

func TestADescriptionBecomesACard(t *testing.T) {
	o, err := parseCard("holder=matteo, state=ok, atr=siemens, rsa=1024, tries=2, puk-tries=10, pin=11111, puk=22222222, mute=no, get-response=yes, line=real, quirk=read-6cxx, quirk=pin-only-90")
	if err != nil {
		t.Fatal(err)
	}
	if o.Holder.Name != "MATTEO PROVA" || o.State != "tries=2" || o.Model != testcard.Siemens || o.Bits != 1024 || o.Tries != 3 ||
		o.PUKTries != 10 || o.PIN != "11111" || o.PUK != "22222222" || o.Mute || !o.GetResponse || o.Line != testcard.RealLine ||
		o.Quirks != (testcard.Quirks{ReadPastEnd: testcard.PastEnd6Cxx, PINOnly90: true}) {
		t.Errorf("%+v", o)
	}
}

func FuzzDescription(f *testing.F) {
	for _, seed := range []string{"", "holder=giada,state=ok,atr=stincard11,rsa=2048,tries=3,pin=13572468", "tries=0", "state=tries=2", "=", ",", "quirk=sign-only", "layout=idemia2021"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, description string) {
		o, err := parseCard(description)
		if err != nil {
			return
		}
		if _, err := testcard.ParseState(string(o.State)); err != nil {
			t.Errorf("%q: %v", description, err)
		}
	})
}
