// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/testcard/vpcd"
)

// start runs a command in the background until the test ends and gives its
// first line of output.
func start(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"ponte-testcard"}, args...), strings.NewReader(""), w)
		w.CloseWithError(err)
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		r.Close()
		if err := <-ended; err != nil {
			t.Errorf("%v: %v", args, err)
		}
	})
	lines := bufio.NewReader(r)
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, lines)
	return line
}

func ctl(t *testing.T, socket string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), append([]string{"ponte-testcard", "ctl", "--control", socket}, args...), nil, &out); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return strings.TrimSpace(out.String())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	for _, c := range []struct{ args, reason string }{
		{"dance", "unknown command"},
		{"--dance", "not defined"},
		{"--port 1 more", "unexpected"},
		{"pcscd", "--dir"},
		{"ctl insert", "--control"},
		{"ctl --control nowhere insert", "no ponte-testcard listens"},
		{"ctl --control nowhere dance", "unknown"},
		{"--port 1", "install the package vsmartcard-vpcd"},
		{"--port 1 --ca-out /nowhere/ca.pem", "CA certificate"},
	} {
		err := run(t.Context(), append([]string{"ponte-testcard"}, strings.Fields(c.args)...), nil, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v", c.args, err)
		}
	}
}

func TestTwoCardsObeyTheControlSocket(t *testing.T) {
	p, err := vpcd.StartPcscd(t.Context(), vpcd.PcscdOptions{})
	must(t, err)
	t.Cleanup(p.Stop)
	dir := t.TempDir()
	socket, ca := filepath.Join(dir, "s"), filepath.Join(dir, "ca.pem")
	line := start(t, "--port", strconv.Itoa(p.Port()), "--control", socket, "--ca-out", ca, "--pki", filepath.Join(dir, "pki"),
		"--card", "holder=giada", "--card", "holder=matteo,atr=athena,tries=1", "--no-insert")
	if !strings.HasPrefix(line, "card 1: GIADA PROVA ROSSINI, stincard11, PIN 13572468, state=ok reader=out tries=3") {
		t.Errorf("line %q", line)
	}
	if text, err := os.ReadFile(ca); err != nil || !bytes.HasPrefix(text, []byte("-----BEGIN CERTIFICATE-----")) {
		t.Errorf("CA %q, %v", text, err)
	}
	if got := ctl(t, socket, "insert"); got != "state=ok reader=in tries=3 puk-tries=3" {
		t.Error(got)
	}
	ctl(t, socket, "insert", "2")
	must(t, p.WaitCard(t.Context(), 0))
	must(t, p.WaitCard(t.Context(), 1))
	if got := ctl(t, socket, "state", "2", "puk-blocked"); got != "state=puk-blocked reader=in tries=0 puk-tries=0" {
		t.Error(got)
	}
	ctl(t, socket, "eject", "2")
	must(t, p.WaitNoCard(t.Context(), 1))
	ctl(t, socket, "reset-counters")
	if got := ctl(t, socket, "counters"); got != "apdus=0 bytes-in=0 bytes-out=0 verifies=0 line-ms=0" {
		t.Error(got)
	}
	ctl(t, socket, "eject-at", "1")
	c := exec.CommandContext(t.Context(), "opensc-tool", "-s", "00A4000C023F00")
	c.Env = append(os.Environ(), p.Env()...)
	c.Run() // fails: the card is pulled
	must(t, p.WaitNoCard(t.Context(), 0))
	if got := ctl(t, socket, "state"); got != "state=ok reader=out tries=3 puk-tries=3" {
		t.Error(got)
	}
	ctl(t, socket, "insert")
	must(t, p.WaitCard(t.Context(), 0))
}

func TestACardFollowsItsPcscdThroughACrash(t *testing.T) {
	p, err := vpcd.StartPcscd(t.Context(), vpcd.PcscdOptions{})
	must(t, err)
	t.Cleanup(p.Stop)
	start(t, "--port", strconv.Itoa(p.Port()))
	must(t, p.WaitCard(t.Context(), 0))
	must(t, p.Crash(t.Context()))
	must(t, p.WaitCard(t.Context(), 0))
}

func TestAPrivatePcscdSaysHowToReachIt(t *testing.T) {
	line := start(t, "pcscd", "--dir", t.TempDir())
	for _, part := range strings.Fields(line) {
		name, value, _ := strings.Cut(part, "=")
		t.Setenv(name, value)
	}
	start(t) // finds the port in its environment
	for {    // pcscd tells its clients a moment after it has the ATR
		readers, err := vpcd.Readers(t.Context(), os.Getenv("PCSCLITE_CSOCK_NAME"))
		must(t, err)
		if readers[0].Card {
			break
		}
	}
	out, err := exec.CommandContext(t.Context(), "opensc-tool", "-n").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "CNS card") {
		t.Errorf("%v: %s", err, out)
	}
	none := start(t, "pcscd", "--dir", t.TempDir(), "--no-reader")
	if strings.Contains(none, portVariable) || !strings.Contains(none, "PCSCLITE_CSOCK_NAME=") {
		t.Errorf("line %q", none)
	}
}
