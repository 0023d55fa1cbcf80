// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/vpcd"
)

// These tests run the whole chain but the browser: a nativehost or a WebSocket, the agent, pcscd, an emulated card.

const (
	chainNonce = "0123456789012345678901234567890123456789abcd"
	site       = "https://portal.example"
)

// house is a citizen's computer.
type house struct {
	t    *testing.T
	work string
	desk *desk
	env  []string
}

func newHouse(t *testing.T, pins, confirm string) *house {
	t.Helper()
	p, err := vpcd.StartPcscd(t.Context(), vpcd.PcscdOptions{})
	check(t, err)
	work, err := os.MkdirTemp("", "ponte-") // t.TempDir is too long for the path of a socket
	check(t, err)
	h := &house{t: t, work: work, desk: &desk{Pcscd: p}}
	t.Cleanup(func() { p.Stop(); _ = os.RemoveAll(work) })
	check(t, os.Mkdir(filepath.Join(h.work, "run"), 0o700))
	check(t, writeDialog(h.work, pins, confirm))
	h.env = append(p.Env(), "PATH="+os.Getenv("PATH"), "LANG=it_IT.UTF-8", "HOME="+h.work, "XDG_CONFIG_HOME="+filepath.Join(h.work, "config"),
		"XDG_STATE_HOME="+filepath.Join(h.work, "state"), "XDG_RUNTIME_DIR="+filepath.Join(h.work, "run"))
	t.Cleanup(h.killAgents) // one that a nativehost has started
	return h
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) command(program string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(bin, program), args...)
	c.Env = h.env
	return c
}

// plug puts a card into reader i and waits until pcscd has seen it.
func (h *house) plug(i int, o testcard.Options) *testcard.Card {
	h.t.Helper()
	o.PKI = pki()
	c, err := testcard.New(o)
	check(h.t, err)
	check(h.t, h.desk.WaitNoCard(h.t.Context(), i))
	h.desk.plugs[i], err = vpcd.Plug(h.t.Context(), h.desk.Addr(i), c)
	check(h.t, err)
	check(h.t, h.desk.WaitCard(h.t.Context(), i))
	h.t.Cleanup(func() { h.desk.eject(i) })
	return c
}

// agents lists the process ids of agents of this house.
func (h *house) agents() []string {
	out, _ := exec.Command("pgrep", "-f", "^"+filepath.Join(bin, "ponte")+" run").Output()
	var mine []string
	for _, pid := range strings.Fields(string(out)) {
		environ, _ := os.ReadFile("/proc/" + pid + "/environ")
		if bytes.Contains(environ, []byte("HOME="+h.work+"\x00")) {
			mine = append(mine, pid)
		}
	}
	return mine
}

func (h *house) killAgents() {
	h.until("no agent is left", func() bool {
		for _, pid := range h.agents() { // also one that was started meanwhile
			_ = exec.Command("kill", "-9", pid).Run()
		}
		return len(h.agents()) == 0
	})
}

// startAgent runs `ponte run` and waits until it answers.
func (h *house) startAgent() {
	h.t.Helper()
	c := h.command("ponte", "run")
	log, err := os.Create(filepath.Join(h.work, "agent.log"))
	check(h.t, err)
	c.Stderr = log
	check(h.t, c.Start())
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	h.t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			h.t.Error("the agent does not end")
			_ = c.Process.Kill()
			<-ended
		}
	})
	h.until("the agent answers", func() bool {
		out, _ := h.command("ponte", "status", "--json").Output()
		return bytes.Contains(out, []byte(`"running": true`))
	})
}

func (h *house) until(what string, is func() bool) {
	h.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatalf("never: %s", what)
		}
	}
}

// browser is a nativehost as a browser starts it.
type browser struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   io.Reader
	ended chan error
}

func (h *house) browser() *browser {
	h.t.Helper()
	b := &browser{t: h.t, cmd: h.command("ponte-nativehost", "chrome-extension://"+protocol.ExtensionIDChromium+"/"), ended: make(chan error, 1)}
	var err error
	b.in, err = b.cmd.StdinPipe()
	check(h.t, err)
	b.out, err = b.cmd.StdoutPipe()
	check(h.t, err)
	b.cmd.Stderr = os.Stderr
	check(h.t, b.cmd.Start())
	var once sync.Once
	h.t.Cleanup(func() {
		once.Do(func() { _ = b.in.Close(); _ = b.cmd.Wait() })
	})
	return b
}

func (b *browser) send(channel, origin, rpc string) {
	b.t.Helper()
	check(b.t, protocol.WriteFrame(b.in, fmt.Appendf(nil, `{"channel":%q,"origin":%q,"rpc":%s}`, channel, origin, rpc), protocol.MaxRequest))
}

// next reads one envelope: its channel and the code of its error, or its result.
func (b *browser) next() (channel string, r protocol.Response) {
	b.t.Helper()
	frame, err := protocol.ReadFrame(b.out, protocol.MaxResponse)
	check(b.t, err)
	e, err := protocol.ParseEnvelope(frame)
	check(b.t, err)
	r, err = protocol.ParseResponse(e.RPC)
	check(b.t, err)
	return e.Channel, r
}

func code(r protocol.Response) protocol.Code {
	if r.Error == nil {
		return ""
	}
	return r.Error.Data.Code
}

func loginRequest(id int) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"auth.login","params":{"challengeNonce":%q}}`, id, chainNonce)
}

const helloRequest = `{"jsonrpc":"2.0","id":0,"method":"bridge.hello","params":{"protocol":1,"client":{"name":"test","version":"1"}}}`

// accepted checks a token as a portal does.
func accepted(t *testing.T, token json.RawMessage) {
	t.Helper()
	v, err := portal.NewVerifier(portal.Options{TrustAnchors: []*x509.Certificate{pki().CA()}})
	check(t, err)
	o, err := protocol.ParseOrigin(site)
	check(t, err)
	id, err := v.Verify(t.Context(), token, o, chainNonce)
	if err != nil || id.FiscalCode != "RSSGPR84S63H501C" {
		t.Errorf("%+v, %v", id, err)
	}
}

func TestANativehostStartsTheAgentAndALoginIsAcceptedByAPortal(t *testing.T) {
	h := newHouse(t, testcard.DefaultPIN, "ok")
	h.plug(0, testcard.Options{})
	b := h.browser()
	b.send("1.0.A", site, helloRequest)
	if _, r := b.next(); code(r) != "" {
		t.Fatal(r.Error)
	}
	if n := len(h.agents()); n != 1 {
		t.Errorf("%d agents", n)
	}
	b.send("1.0.A", site, loginRequest(1))
	channel, r := b.next()
	if channel != "1.0.A" || code(r) != "" {
		t.Fatalf("%s %v", channel, r.Error)
	}
	accepted(t, r.Result)
	b.send("1.0.A", "https://evil.example", loginRequest(2))
	if _, r := b.next(); code(r) != protocol.OriginDenied {
		t.Errorf("a second origin on a channel: %s", code(r))
	}
}

func TestTheAgentKilledDuringADialogLeavesNoDialogAndAnswersThePage(t *testing.T) {
	h := newHouse(t, "", "ok")
	check(t, os.WriteFile(filepath.Join(h.work, "dialog"), fmt.Appendf(nil, // a dialog that nobody answers
		"#!/bin/sh\necho OK\nwhile read l; do case $l in GETPIN*) echo > %s/open; exec sleep 1000;; GETINFO*) echo D gtk2; esac; echo OK; done\n", h.work), 0o700))
	chip := h.plug(0, testcard.Options{})
	b := h.browser()
	b.send("1.0.A", site, loginRequest(1))
	h.until("the dialog is open", func() bool { return fileExists(filepath.Join(h.work, "open")) })
	h.killAgents()
	if _, r := b.next(); code(r) != protocol.BridgeUnreachable || r.ID != "1" {
		t.Errorf("%s %+v", r.ID, r.Error)
	}
	h.until("the dialog is gone", func() bool {
		out, _ := exec.Command("pgrep", "-f", "^sleep 1000$").Output()
		for _, pid := range strings.Fields(string(out)) {
			environ, _ := os.ReadFile("/proc/" + pid + "/environ")
			if bytes.Contains(environ, []byte(h.work)) {
				return false
			}
		}
		return true
	})
	if chip.Counters().Verifies != 0 {
		t.Error("a PIN reached the card")
	}
}

func TestABrowserKilledDuringADialogFreesTheCitizenAndTheCard(t *testing.T) {
	h := newHouse(t, "", "ok")
	check(t, os.WriteFile(filepath.Join(h.work, "dialog"), fmt.Appendf(nil, // the first dialog hangs, the next ones type the PIN
		"#!/bin/sh\nif [ ! -e %[1]s/open ]; then echo OK; while read l; do case $l in GETPIN*) echo > %[1]s/open; exec sleep 1000;; GETINFO*) echo D gtk2; esac; echo OK; done; fi\nPONTE_TEST_PIN=%[2]s exec %[3]s pinentry\n",
		h.work, testcard.DefaultPIN, filepath.Join(bin, "ponte-testcard")), 0o700))
	h.plug(0, testcard.Options{})
	h.startAgent()
	first := h.browser()
	first.send("1.0.A", site, loginRequest(1))
	h.until("the dialog is open", func() bool { return fileExists(filepath.Join(h.work, "open")) })
	second := h.browser()
	second.send("2.0.B", "https://other.example", loginRequest(2))
	if _, r := second.next(); code(r) != protocol.BridgeBusy {
		t.Errorf("while the dialog is open: %q", code(r))
	}
	check(t, first.cmd.Process.Kill())
	h.until("a login of another browser succeeds", func() bool {
		second.send("3.0.C", site, loginRequest(3))
		_, r := second.next()
		return code(r) == ""
	})
}

func TestLoginsGoOnAfterPcscdWasKilledAndRestarted(t *testing.T) {
	h := newHouse(t, testcard.DefaultPIN, "ok")
	h.plug(0, testcard.Options{})
	h.startAgent()
	b := h.browser()
	for i, again := range []func(context.Context) error{nil, h.desk.Crash, h.desk.Restart} {
		if again != nil {
			check(t, again(t.Context()))
			h.plug(0, testcard.Options{})
		}
		h.until(fmt.Sprintf("login %d succeeds", i), func() bool {
			b.send("1.0.A", site, loginRequest(i))
			_, r := b.next()
			switch c := code(r); c {
			case "":
				return true
			case protocol.PCSCUnavailable, protocol.NoReader, protocol.NoCard, protocol.CardRemoved: // still coming up
			default:
				t.Fatalf("login %d: %s", i, c)
			}
			return false
		})
	}
}

func TestTheSecondDoorServesTheSameLogin(t *testing.T) {
	h := newHouse(t, testcard.DefaultPIN, "ok")
	h.plug(0, testcard.Options{})
	h.startAgent()
	port := h.webSocketPort()
	dial := func(origin string) (*websocket.Conn, int) {
		d := websocket.Dialer{Subprotocols: []string{protocol.WebSocketSubprotocol}}
		c, r, err := d.Dial(fmt.Sprintf("ws://127.0.0.1:%d/v1", port), http.Header{"Origin": {origin}})
		if err != nil {
			return nil, r.StatusCode
		}
		t.Cleanup(func() { _ = c.Close() })
		return c, r.StatusCode
	}
	if _, status := dial("http://portal.example"); status != http.StatusForbidden {
		t.Errorf("an http origin: %d", status)
	}
	c, status := dial(site) // the scripted citizen allows it
	if c == nil {
		t.Fatal(status)
	}
	check(t, c.WriteMessage(websocket.TextMessage, []byte(loginRequest(1))))
	_, message, err := c.ReadMessage()
	check(t, err)
	r, err := protocol.ParseResponse(message)
	check(t, err)
	if code(r) != "" {
		t.Fatal(r.Error)
	}
	accepted(t, r.Result)
}

// webSocketPort is where the agent of this house listens, by its own word.
func (h *house) webSocketPort() int {
	h.t.Helper()
	var port int
	h.until("the agent names its port", func() bool {
		log, _ := os.ReadFile(filepath.Join(h.work, "agent.log"))
		_, after, ok := bytes.Cut(log, []byte("msg=WebSocket port="))
		if ok {
			_, err := fmt.Sscan(string(after), &port)
			return err == nil
		}
		return false
	})
	return port
}

func TestT21_T22_NoPINIsLeftOnDiskInArgumentsOrInTheEnvironment(t *testing.T) {
	h := newHouse(t, "00000000,"+testcard.DefaultPIN, "ok")
	check(t, os.WriteFile(filepath.Join(h.work, "config", "ponte", "config.toml"),
		fmt.Appendf(nil, "log_level = \"debug\"\npinentry_program = %q\n", filepath.Join(h.work, "dialog")), 0o600))
	h.plug(0, testcard.Options{})
	h.startAgent()
	b := h.browser()
	b.send("1.0.A", site, loginRequest(1))
	if _, r := b.next(); code(r) != "" {
		t.Fatal(r.Error)
	}
	check(t, filepath.WalkDir(h.work, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == "dialog" {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range []string{testcard.DefaultPIN, "00000000", "ROSSINI", "RSSGPR"} {
			if bytes.Contains(content, []byte(secret)) && d.Name() != "shown" {
				t.Errorf("%s holds %s", path, secret)
			}
		}
		return err
	}))
	for _, pid := range h.agents() {
		limits, err := os.ReadFile("/proc/" + pid + "/limits")
		check(t, err)
		if !regexp.MustCompile(`Max core file size +0 +0`).Match(limits) {
			t.Error("a crash of the agent may write its memory to disk")
		}
		for _, file := range []string{"cmdline", "environ"} {
			content, err := os.ReadFile("/proc/" + pid + "/" + file)
			check(t, err)
			if bytes.Contains(content, []byte(testcard.DefaultPIN)) {
				t.Errorf("the PIN is in %s", file)
			}
		}
	}
}

func TestTheAgentAnswersWhoStopsIt(t *testing.T) {
	h := newHouse(t, "", "ok")
	t.Setenv("XDG_RUNTIME_DIR", filepath.Join(h.work, "run"))
	for range 10 {
		h.startAgent()
		if err := control.Call(t.Context(), control.AgentStop, struct{}{}, nil); err != nil {
			t.Fatal(err)
		}
		h.until("the agent has stopped", func() bool { return len(h.agents()) == 0 })
	}
}
