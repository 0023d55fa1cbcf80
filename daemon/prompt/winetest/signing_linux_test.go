// SPDX-License-Identifier: EUPL-1.2

package winetest

import (
	"strings"
	"testing"
)

var askSignature = order{Kind: "signing", Lang: "it", Origin: site, Holder: "GIADA PROVA ROSSINI", Values: 2, Text: "referto"}

func TestASignatureIsNeverTheAnswerToEnterAndEachAnswerHasItsKeys(t *testing.T) {
	for _, key := range []string{"Return", "Escape"} {
		if how := press(t, askSignature, key); how.Yes || how.Failed != "cancelled" {
			t.Errorf("%s: %+v", key, how)
		}
	}
	if how := press(t, askSignature, "shift+Tab", "space"); how.Yes || how.Failed != "" {
		t.Errorf("view: %+v", how)
	}
	if how := press(t, askSignature, "shift+Tab", "shift+Tab", "space"); !how.Yes || how.Failed != "" {
		t.Errorf("sign: %+v", how)
	}
}

func TestFiftyDocumentsAreAllNamed(t *testing.T) {
	o := askSignature
	o.Values = 50
	s := open(t, o)
	named := false
	for _, c := range s.Controls {
		named = named || strings.Contains(c.Text, "referto 50.pdf")
		if !s.Inside.holds(c.Place) {
			t.Errorf("%s is outside of the window", c.Name)
		}
	}
	if !named {
		t.Errorf("%+v", s.Controls)
	}
	closed(t)
}

func TestTheProgressChangesAndCanBeStopped(t *testing.T) {
	o := order{Kind: "progress", Lang: "it", Origin: site, Values: 50}
	open(t, o)
	wine.do(t, order{Do: "step", Number: 17}, nil)
	eventually(t, "the number is shown", func() bool {
		body, ok := look(t).find("body")
		return ok && strings.Contains(body.Text, "Firmati 17 documenti su 50")
	})
	keys(t, "Return")
	if how := answer(t); how.Failed != "cancelled" {
		t.Errorf("%+v", how)
	}
}
