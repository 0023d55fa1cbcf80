// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/doctor"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/holder"
)

// personal lists what of the cards and of the house must not be told to a stranger.
func personal(home string, cards ...*testcard.Card) []string {
	secrets := []string{home}
	for _, h := range []holder.Holder{holder.Giada(), holder.Matteo()} {
		secrets = append(secrets, h.FiscalCode, h.CardID, h.Name, h.Surname, h.CommonName())
	}
	if name, err := os.Hostname(); err == nil && len(name) > 5 { // a shorter one may be part of a word
		secrets = append(secrets, name)
	}
	for _, c := range cards {
		if c == nil || c.Certificate() == nil {
			continue
		}
		n := c.Certificate().SerialNumber
		secrets = append(secrets, n.String(), n.Text(16))
	}
	return secrets
}

// told are the secrets that a text holds.
func told(text string, secrets []string) []string {
	text = strings.ToUpper(text)
	return slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return !strings.Contains(text, strings.ToUpper(s)) })
}

// privateCmd fails when a file (or stdout) tells anything personal: private FILE
func privateCmd(ts *testscript.TestScript, _ bool, args []string) {
	d := deskOf(ts)
	if found := told(ts.ReadFile(args[0]), personal(ts.Getenv("HOME"), d.cards[:]...)); len(found) > 0 {
		ts.Fatalf("%s tells %q", args[0], found)
	}
}

func TestTheAgentExaminesTheComputerAndTellsNothingPersonal(t *testing.T) {
	h := newHouse(t, testcard.DefaultPIN, "ok")
	chip := h.plug(0, testcard.Options{})
	h.startAgent()
	t.Setenv("XDG_RUNTIME_DIR", filepath.Join(h.work, "run"))
	var checks []doctor.Check
	check(t, control.Call(t.Context(), control.DoctorRun, nil, &checks))
	b, err := json.Marshal(checks)
	check(t, err)
	if found := told(string(b), personal(h.work, chip)); len(found) > 0 {
		t.Errorf("tells %q: %s", found, b)
	}
	find := func(id string) doctor.Check {
		i := slices.IndexFunc(checks, func(c doctor.Check) bool { return c.ID == id })
		if i < 0 {
			t.Fatalf("no check is called %s: %s", id, b)
		}
		return checks[i]
	}
	for _, id := range []string{"agent", "sockets", "websocket", "service", "access", "reader", "card", "certificate", "pin", "clock", "dialog"} {
		if c := find(id); c.Status != doctor.OK {
			t.Errorf("%+v", c)
		}
	}
	if c := find("host/firefox"); c.Status != doctor.Fail || !c.Fixable {
		t.Errorf("%+v", c)
	}
	check(t, control.Call(t.Context(), control.DoctorFix, control.FixParams{ID: "host/firefox"}, nil))
	if !fileExists(filepath.Join(h.work, ".mozilla/native-messaging-hosts/it.ponte.host.json")) {
		t.Error("nothing was registered")
	}
	for _, id := range []string{"host/firefox", "agent", "", "../x"} {
		err := control.Call(t.Context(), control.DoctorFix, control.FixParams{ID: id}, nil)
		var refusal *protocol.Error
		if !errors.As(err, &refusal) || refusal.Code != protocol.InvalidArgument {
			t.Errorf("%q: %v", id, err)
		}
	}
	if chip.Counters().Verifies != 0 {
		t.Error("a PIN reached the card")
	}
	out, _ := h.command("ponte", "doctor", "--json").Output() // other browsers may not be registered: it may well end with 1
	if found := told(string(out), personal(h.work, chip)); len(found) > 0 || !strings.Contains(string(out), `"id": "websocket"`) {
		t.Errorf("beside the agent: tells %q: %s", found, out)
	}
}
