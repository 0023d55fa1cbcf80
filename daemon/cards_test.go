// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

func TestACardCannotWriteToTheTerminal(t *testing.T) {
	var out strings.Builder
	c := &cobra.Command{}
	c.SetOut(&out)
	const evil = "GIADA\x1b]0;x\x07\u202e\r\n\u009b2J"
	card := control.Card{Reader: evil, Holder: evil, FiscalCode: evil, CardNumber: evil, Issuer: evil}
	if err := printCards(c, words.For("it"), []control.Card{card}); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.ContainsAny(s, "\x1b\x07\r\u202e\u009b") || strings.Count(s, "GIADA") != 5 || strings.Count(s, "\n") != 6 {
		t.Errorf("%q", s)
	}
}

func TestACardThatCannotBeUsedIsNotCalledReady(t *testing.T) {
	for problem, title := range map[protocol.Code]string{protocol.PINBlocked: "PIN bloccato", protocol.CertificateExpired: "Tessera scaduta"} {
		var out strings.Builder
		c := &cobra.Command{}
		c.SetOut(&out)
		card := control.Card{State: protocol.StateReady, Problem: &problem, PIN: &protocol.PINStatus{TriesLeft: new(int), Blocked: true}}
		if err := printCards(c, words.For("it"), []control.Card{card}); err != nil {
			t.Fatal(err)
		}
		if s := out.String(); !strings.Contains(s, title) || strings.Contains(s, "Tessera pronta") || strings.Contains(s, "0 tentativi") {
			t.Errorf("%s: %s", problem, s)
		}
	}
}
