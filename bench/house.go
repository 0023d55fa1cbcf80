// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
	"github.com/ponte-cns/ponte/testcard/vpcd"
)

const (
	site  = "https://portal.example"
	nonce = "0123456789012345678901234567890123456789abcd"
)

// house is a citizen's computer: directories, a private pcscd, a card, an agent. The bench itself lives in it, by its
// environment, so that it finds the agent's sockets and pcscd as a program of the citizen does.
type house struct {
	bin   string
	work  string
	pcscd *vpcd.Pcscd
	pki   *testpki.PKI

	card  *testcard.Card // nil: the reader is empty
	plug  *vpcd.Plugged
	agent *exec.Cmd // nil: it does not run
}

func newHouse(ctx context.Context, bin string) (*house, error) {
	work, err := os.MkdirTemp("", "ponte-bench-")
	if err != nil {
		return nil, err
	}
	h := &house{bin: bin, work: work, pki: testpki.New()}
	if h.pcscd, err = vpcd.StartPcscd(ctx, vpcd.PcscdOptions{}); err == nil {
		err = h.furnish()
	}
	if err != nil {
		h.leave()
		return nil, err
	}
	return h, nil
}

// furnish makes directories, settings, a PIN dialog that types by itself, and the environment.
func (h *house) furnish() error {
	dialog := fmt.Sprintf("#!/bin/sh\nPONTE_TEST_PIN=%s exec '%s' pinentry\n", testcard.DefaultPIN, h.program("ponte-testcard"))
	config := filepath.Join(h.work, "config", "ponte")
	err := errors.Join(
		os.Mkdir(filepath.Join(h.work, "run"), 0o700),
		os.MkdirAll(config, 0o700),
		os.WriteFile(h.dialog(), []byte(dialog), 0o700),
		os.WriteFile(filepath.Join(config, "config.toml"), fmt.Appendf(nil, "pinentry_program = %q\n", h.dialog()), 0o600),
	)
	for name, value := range map[string]string{
		"PCSCLITE_CSOCK_NAME": h.pcscd.Socket(), "HOME": h.work, "LANG": "it_IT.UTF-8",
		"XDG_CONFIG_HOME": filepath.Join(h.work, "config"), "XDG_STATE_HOME": filepath.Join(h.work, "state"), "XDG_RUNTIME_DIR": filepath.Join(h.work, "run"),
	} {
		err = errors.Join(err, os.Setenv(name, value))
	}
	return err
}

func (h *house) program(name string) string { return filepath.Join(h.bin, name) }
func (h *house) dialog() string             { return filepath.Join(h.work, "dialog") }

// leave stops and removes everything.
func (h *house) leave() {
	_ = h.stopAgent()
	h.eject()
	if h.pcscd != nil {
		h.pcscd.Stop()
	}
	_ = os.RemoveAll(h.work)
}

// insert puts a new card into the reader and waits until pcscd has seen it. It counts the time that a real card's line
// would take, and spends none.
func (h *house) insert(ctx context.Context) error {
	h.eject()
	line := testcard.RealLine
	line.CountOnly = true
	card, err := testcard.New(testcard.Options{PKI: h.pki, Line: line})
	if err != nil {
		return err
	}
	if err := h.pcscd.WaitNoCard(ctx, 0); err != nil {
		return err
	}
	if h.plug, err = vpcd.Plug(ctx, h.pcscd.Addr(0), card); err != nil {
		return err
	}
	h.card = card
	return h.pcscd.WaitCard(ctx, 0)
}

// known waits until the agent knows of the card: it hears of it after pcscd, and says NO_CARD until then. It has then read
// the certificate, too.
func (h *house) known(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		var info control.Info
		if err := control.Call(ctx, control.AgentInfo, nil, &info); err != nil {
			return fmt.Errorf("waiting for the agent to see the card: %w", err)
		}
		if info.Card.State == protocol.StateReady {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the agent does not see the card: %s", info.Card.State)
		case <-time.After(time.Millisecond):
		}
	}
}

func (h *house) eject() {
	if h.plug != nil {
		h.plug.Eject()
		h.plug, h.card = nil, nil
	}
}

// startAgent runs `ponte run` and gives the time from its start to its first answer on the control socket.
func (h *house) startAgent(ctx context.Context) (time.Duration, error) {
	if h.agent != nil {
		return 0, errors.New("the agent runs already")
	}
	log, err := os.Create(h.agentLog())
	if err != nil {
		return 0, err
	}
	defer func() { _ = log.Close() }()
	c := exec.CommandContext(ctx, h.program("ponte"), "run")
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.Stderr = log
	start := time.Now()
	if err := c.Start(); err != nil {
		return 0, err
	}
	h.agent = c
	for {
		err := control.Call(ctx, "agent.info", nil, nil)
		took := time.Since(start)
		switch {
		case err == nil:
			return took, nil
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case took > 10*time.Second:
			text, _ := os.ReadFile(h.agentLog())
			return 0, fmt.Errorf("the agent does not answer: %w\n%s", err, text)
		}
		time.Sleep(200 * time.Microsecond)
	}
}

func (h *house) agentLog() string { return filepath.Join(h.work, "agent.log") }

// stopAgent stops the agent, if it runs.
func (h *house) stopAgent() error {
	if h.agent == nil {
		return nil
	}
	c := h.agent
	h.agent = nil
	return errors.Join(c.Process.Signal(os.Interrupt), c.Wait())
}

// needAgent starts the agent unless it runs.
func (h *house) needAgent(ctx context.Context) error {
	if h.agent != nil {
		return nil
	}
	_, err := h.startAgent(ctx)
	return err
}

// browser is a ponte-nativehost as a browser starts it.
type browser struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out io.Reader
}

func (h *house) openBrowser() (*browser, error) {
	b := &browser{cmd: exec.Command(h.program("ponte-nativehost"), "chrome-extension://"+protocol.ExtensionIDChromium+"/")}
	var err error
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if b.out, err = b.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return b, b.cmd.Start()
}

// close ends the nativehost as a browser does.
func (b *browser) close() error { return errors.Join(b.in.Close(), b.cmd.Wait()) }

// send sends a request of the site's page.
func (b *browser) send(id int, method, params string) error {
	message := fmt.Appendf(nil, `{"channel":"1.0.A","origin":%q,"rpc":{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}}`, site, id, method, params)
	return protocol.WriteFrame(b.in, message, protocol.MaxRequest)
}

// receive reads the next message to the page, which must not be a refusal.
func (b *browser) receive() (protocol.Envelope, error) {
	frame, err := protocol.ReadFrame(b.out, protocol.MaxResponse)
	if err != nil {
		return protocol.Envelope{}, err
	}
	e, err := protocol.ParseEnvelope(frame)
	if err != nil {
		return e, err
	}
	r, err := protocol.ParseResponse(e.RPC)
	if err == nil && r.Error != nil {
		err = protocol.Fail(r.Error.Data.Code, r.Error.Message)
	}
	return e, err
}

// ask sends a request and waits for its answer. It must not be used while the page watches the card.
func (b *browser) ask(id int, method, params string) error {
	if err := b.send(id, method, params); err != nil {
		return err
	}
	_, err := b.receive()
	return err
}

const helloParams = `{"protocol":1,"client":{"name":"bench","version":"1"}}`

const loginParams = `{"challengeNonce":"` + nonce + `"}`

// login logs in as a page does and gives the time it took.
func (b *browser) login(id int) (time.Duration, error) {
	start := time.Now()
	err := b.ask(id, protocol.MethodLogin, loginParams)
	return time.Since(start), err
}

// firstLogin logs in with a card that was just put in: the agent hears of it a moment after pcscd. A login that finds no
// card sends no command to any.
func (b *browser) firstLogin(ctx context.Context, id int) error {
	for range 40 {
		_, err := b.login(id)
		if !errors.Is(err, protocol.Fail(protocol.NoCard, "")) {
			return err
		}
		wait(ctx, 250*time.Millisecond)
	}
	return errors.New("the agent does not see the card")
}

// ms is how times are reported.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
