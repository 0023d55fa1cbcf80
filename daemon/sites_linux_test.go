// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// hangingDialog is a dialog that nobody answers.
func (h *house) hangingDialog() {
	h.t.Helper()
	check(h.t, os.WriteFile(filepath.Join(h.work, "dialog"), fmt.Appendf(nil,
		"#!/bin/sh\necho OK\nwhile read l; do case $l in GETPIN*) echo > %s/open; exec sleep 1000;; GETINFO*) echo D gtk2; esac; echo OK; done\n", h.work), 0o700))
}

func (h *house) sites(args ...string) {
	h.t.Helper()
	if out, err := h.command("ponte", append([]string{"sites"}, args...)...).CombinedOutput(); err != nil {
		h.t.Fatalf("ponte sites %v: %v\n%s", args, err, out)
	}
}

// page is a WebSocket of a site, which must be let in.
func (h *house) page(site string) *websocket.Conn {
	h.t.Helper()
	d := websocket.Dialer{Subprotocols: []string{protocol.WebSocketSubprotocol}}
	c, _, err := d.Dial(fmt.Sprintf("ws://127.0.0.1:%d/v1", h.webSocketPort()), http.Header{"Origin": {site}})
	check(h.t, err)
	h.t.Cleanup(func() { _ = c.Close() })
	check(h.t, c.SetReadDeadline(time.Now().Add(time.Minute)))
	return c
}

func TestASiteThatIsForgottenOrBlockedLosesItsConnectionAndItsDialogAtOnce(t *testing.T) {
	h := newHouse(t, "", "ok")
	h.hangingDialog()
	chip := h.plug(0, testcard.Options{})
	h.startAgent()
	open := filepath.Join(h.work, "open")
	for _, action := range []string{"forget", "block"} {
		h.sites("allow", site)
		h.sites("allow", "https://other.example")
		page, other := h.page(site), h.page("https://other.example")
		b := h.browser()
		b.send("1.0.A", site, loginRequest(1))
		h.until("the dialog is open", func() bool { return fileExists(open) })
		h.sites(action, site)
		if _, r := b.next(); code(r) != protocol.OriginDenied {
			t.Errorf("%s: the page with the dialog is told %q", action, code(r))
		}
		if _, _, err := page.ReadMessage(); !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
			t.Errorf("%s: the WebSocket: %v", action, err)
		}
		check(t, other.WriteMessage(websocket.TextMessage, []byte(helloRequest)))
		if _, _, err := other.ReadMessage(); err != nil {
			t.Errorf("%s: another site: %v", action, err)
		}
		check(t, os.Remove(open))
	}
	if n := chip.Counters().Verifies; n != 0 {
		t.Errorf("%d PINs have reached the card", n)
	}
}

func TestAListThatIsDamagedWhileTheAgentRunsStillBlocks(t *testing.T) {
	h := newHouse(t, testcard.DefaultPIN, "ok")
	h.plug(0, testcard.Options{})
	h.startAgent()
	h.sites("block", "https://evil.example")
	h.sites("allow", site)
	file := filepath.Join(h.work, "state", "ponte", "sites.json")
	check(t, os.WriteFile(file, []byte(`[{"origin":"https://ev`), 0o600))
	b := h.browser()
	b.send("1.0.A", "https://evil.example", loginRequest(1))
	if _, r := b.next(); code(r) != protocol.OriginDenied {
		t.Errorf("a blocked site: %q", code(r))
	}
	b.send("2.0.B", site, `{"jsonrpc":"2.0","id":1,"method":"card.status"}`)
	if _, r := b.next(); code(r) != "" {
		t.Errorf("an allowed site: %q", code(r))
	}
	h.sites("repair")
	h.sites("forget", "https://evil.example")
	b.send("1.0.A", "https://evil.example", loginRequest(2))
	if _, r := b.next(); code(r) != "" {
		t.Errorf("a site that was blocked no more: %q", code(r))
	}
}

func TestSettingsActWithoutARestart(t *testing.T) {
	h := newHouse(t, testcard.DefaultPIN, "ok")
	h.startAgent()
	config := filepath.Join(h.work, "config", "ponte", "config.toml")
	before, err := os.ReadFile(config)
	check(t, err)
	b := h.browser()
	ask := func(id int) (protocol.Code, string) {
		b.send("1.0.A", "http://localhost:8080", loginRequest(id))
		_, r := b.next()
		return code(r), r.Error.Data.Hint
	}
	if c, _ := ask(1); c != protocol.OriginInsecure {
		t.Errorf("%q", c)
	}
	check(t, os.WriteFile(config, append(before, "developer_mode = true\nlanguage = \"de\"\n"...), 0o600))
	c, german := ask(2)
	if c != protocol.NoCard {
		t.Errorf("developer mode: %q", c)
	}
	check(t, os.WriteFile(config, append(before, "developer_mode = maybe\n"...), 0o600))
	if c, hint := ask(3); c != protocol.NoCard || hint != german {
		t.Errorf("with a mistake in the file: %q, %s", c, hint)
	}
	check(t, os.WriteFile(config, append(before, "language = \"it\"\n"...), 0o600))
	if c, hint := ask(4); c != protocol.OriginInsecure || hint == german {
		t.Errorf("developer mode is off again: %q, %s", c, hint)
	}
}
