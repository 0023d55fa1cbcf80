// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/card/cardtest"
	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/protocol"
)

// A site is named by what a browser says of it, and only that: whatever else is tried never becomes an Origin, so that no
// dialog, list or log can show it.
func TestNoStrangeNameOfASiteGetsIn(t *testing.T) {
	for name, strange := range map[string]string{
		"10,000 letters":              "https://" + strings.Repeat("a", 10_000) + ".example",
		"10,000 labels":               "https://" + strings.Repeat("a.", 10_000) + "example",
		"a label of 64 letters":       "https://" + strings.Repeat("a", 64) + ".example",
		"a control character":         "https://por\x07tal.example",
		"a terminal's escape":         "https://\x1b[2Jportal.example",
		"a line end":                  "https://portal.example\nhttps://evil.example",
		"a carriage return":           "https://portal.example\rhttps://evil",
		"nothing":                     "https://por\x00tal.example",
		"delete":                      "https://por\x7ftal.example",
		"right to left override":      "https://\u202eelpmaxe.latrop",
		"right to left isolate":       "https://\u2067portal.example",
		"right to left mark":          "https://portal\u200f.example",
		"letters written to the left": "https://\u05d0\u05d1.example",
		"a space of no width":         "https://por\u200btal.example",
		"a line separator":            "https://portal.example\u2028evil",
		"a tag character":             "https://portal\U000e0041.example",
		"half a character":            "https://portal\xff.example",
		"markup":                      "https://<b>portal</b>.example",
		"a user name":                 "https://portal.example@evil.example",
	} {
		t.Run(name, func(t *testing.T) {
			if o, err := protocol.ParseOrigin(strange); err == nil {
				t.Fatalf("it is the origin %s", o)
			}
			quoted, err := json.Marshal(strange)
			check(t, err)
			var log bytes.Buffer
			a := deskAgent(t, cardtest.New(t), "")
			a.log = slog.New(slog.NewTextHandler(&log, nil))
			for _, method := range []string{control.SitesSet, control.SitesForget, control.Login} {
				_, err := a.handle(t.Context(), protocol.Request{Method: method, Params: json.RawMessage(`{"origin":` + string(quoted) + `}`)})
				if err == nil || !printableOnly(err.Error()) {
					t.Errorf("%s: %v", method, err)
				}
			}
			if list, err := a.sites.List(); err != nil || len(list) != 0 {
				t.Errorf("%v, %v", list, err)
			}
			if entries, err := a.activity.List(); err != nil || len(entries) != 0 {
				t.Errorf("%v, %v", entries, err)
			}
			if log.Len() > 0 && (!printableOnly(log.String()) || log.Len() > 1000) {
				t.Errorf("the log has %q", log.String())
			}
			envelope := `{"channel":"1.0.A","origin":` + string(quoted) + `,"rpc":` + loginRequest(1) + `}`
			if _, err := protocol.ParseEnvelope([]byte(envelope)); !errors.Is(err, protocol.ErrOrigin) {
				t.Errorf("an envelope: %v", err)
			}
			// A name that a human has typed is put into its ASCII form first.
			if o, err := cli.ParseSite(strange); err != nil && !printableOnly(err.Error()) || !printableOnly(o.String()) || len(o.String()) > 300 {
				t.Errorf("the command line: %.100s, %v", o, err)
			}
		})
	}
}

// printableOnly says that a text cannot speak to a terminal or turn round.
func printableOnly(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' || r > '~' })
}
