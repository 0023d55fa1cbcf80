// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// codesDialog is a PIN dialog without a window: it knows by the label of the field what to type, and answers questions as
// it is told. What it was told to show goes to the file shown.
const codesDialog = `#!/bin/sh
echo OK
typed=
while read -r line; do
	echo "$line" >> %[1]q
	case $line in
	"SETPROMPT PIN attuale") typed=%[2]s ;;
	"SETPROMPT PIN nuovo") typed=%[3]s ;;
	"SETPROMPT Ripeti il PIN nuovo") typed=%[4]s ;;
	"SETPROMPT PUK"*) typed=%[5]s ;;
	"CONFIRM --one-button") ;;
	CONFIRM) [ %[6]s = ok ] || { echo "ERR 83886179 cancelled"; continue; } ;;
	GETPIN) [ "$typed" != - ] || { echo "ERR 83886179 cancelled"; continue; }; echo "D $typed" ;;
	"GETINFO flavor") echo "D ponte-test" ;;
	esac
	echo OK
done
`

// codesCmd writes the settings so that this dialog answers: codes CURRENT NEW REPEAT PUK [CONFIRM]
func codesCmd(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 4 {
		args = append(args, "ok")
	}
	_ = os.Remove(filepath.Join(ts.MkAbs("."), "shown"))
	ts.Check(writeCodes(ts.MkAbs("."), args...))
}

// writeCodes makes work/dialog that dialog, for the agent whose settings are in work/config.
func writeCodes(work string, args ...string) error {
	script := fmt.Sprintf(codesDialog, filepath.Join(work, "shown"), args[0], args[1], args[2], args[3], args[4])
	return errors.Join(writeDialog(work, "", ""), os.WriteFile(filepath.Join(work, "dialog"), []byte(script), 0o700))
}

// hasCmd checks what is on the card: has SLOT PIN TRIES PUKTRIES
func hasCmd(ts *testscript.TestScript, _ bool, args []string) {
	c := deskOf(ts).cards[slot(ts, args[0])]
	want := fmt.Sprint(args[1], " ", args[2], " ", args[3])
	if got := fmt.Sprint(c.PIN(), " ", c.TriesLeft(), " ", c.PUKTriesLeft()); got != want {
		ts.Fatalf("PIN, tries and tries of the PUK: %s, want %s", got, want)
	}
}

const chosenPIN = "24680864"

func TestTheRunningAgentChangesThePINAndLeavesNoCodeAnywhere(t *testing.T) {
	h := newHouse(t, "", "")
	check(t, writeCodes(h.work, testcard.DefaultPIN, chosenPIN, chosenPIN, testcard.DefaultPUK, "ok"))
	check(t, os.WriteFile(filepath.Join(h.work, "config", "ponte", "config.toml"),
		fmt.Appendf(nil, "log_level = \"debug\"\npinentry_program = %q\n", filepath.Join(h.work, "dialog")), 0o600))
	chip := h.plug(0, testcard.Options{})
	h.startAgent()
	out, err := h.command("ponte", "pin", "change", "--json").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "{}" || chip.PIN() != chosenPIN {
		t.Errorf("%s, %v", out, err)
	}
	check(t, chip.SetState(testcard.StateBlocked))
	out, err = h.command("ponte", "pin", "unblock").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "La tessera è sbloccata") || chip.TriesLeft() != 3 {
		t.Errorf("%s, %v", out, err)
	}
	check(t, filepath.WalkDir(h.work, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == "dialog" {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range []string{testcard.DefaultPIN, chosenPIN, testcard.DefaultPUK} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds %s", path, secret)
			}
		}
		return err
	}))
}

func TestTheCommandSaysWhenItIsNotCertainWhichPINIsValid(t *testing.T) {
	for detail, want := range map[string]string{"": "non è stato cambiato", card.ErrUncertain.Error(): "non è certo quale valga"} {
		c := pinCommand(words.For("it"))
		var said bytes.Buffer
		c.SetErr(&said)
		err := tellPINFailure(c, words.For("it"), control.PINChange, fmt.Errorf("asking: %w", protocol.Fail(protocol.CardRemoved, detail)))
		var quiet cli.Quiet
		if !errors.As(err, &quiet) || quiet.Exit != cli.ExitCard || !strings.Contains(said.String(), want) {
			t.Errorf("%q: %q, %v", detail, said.String(), err)
		}
	}
}

// hanging makes the dialogs of a house show up and never answer.
func hanging(t *testing.T, h *house) {
	t.Helper()
	check(t, os.WriteFile(filepath.Join(h.work, "dialog"), fmt.Appendf(nil,
		"#!/bin/sh\necho OK\nwhile read l; do case $l in GETPIN*) echo > %s/open; exec sleep 1000;; GETINFO*) echo D gtk2; esac; echo OK; done\n", h.work), 0o700))
}

func TestACardPulledDuringTheDialogEndsTheChange(t *testing.T) {
	h := newHouse(t, "", "")
	hanging(t, h)
	chip := h.plug(0, testcard.Options{})
	h.startAgent()
	c := h.command("ponte", "pin", "change", "--json")
	var out bytes.Buffer
	c.Stdout = &out
	check(t, c.Start())
	h.until("the dialog is open", func() bool { return fileExists(filepath.Join(h.work, "open")) })
	b := h.browser()
	b.send("1.0.A", site, loginRequest(1))
	if _, r := b.next(); code(r) != protocol.BridgeBusy {
		t.Errorf("a login meanwhile: %q", code(r))
	}
	h.desk.eject(0)
	err := c.Wait()
	if c.ProcessState.ExitCode() != 3 || !strings.Contains(out.String(), "CARD_REMOVED") || chip.PIN() != testcard.DefaultPIN {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestWhoAsksAndGoesAwayFreesTheCitizen(t *testing.T) {
	h := newHouse(t, "", "")
	hanging(t, h)
	chip := h.plug(0, testcard.Options{})
	h.startAgent()
	c := h.command("ponte", "pin", "change")
	check(t, c.Start())
	h.until("the dialog is open", func() bool { return fileExists(filepath.Join(h.work, "open")) })
	check(t, c.Process.Kill())
	_ = c.Wait()
	check(t, writeCodes(h.work, testcard.DefaultPIN, chosenPIN, chosenPIN, testcard.DefaultPUK, "ok"))
	h.until("the next change succeeds", func() bool {
		out, err := h.command("ponte", "pin", "change", "--json").Output()
		if err != nil && !strings.Contains(string(out), "BRIDGE_BUSY") {
			t.Fatalf("%s", out)
		}
		return err == nil
	})
	if chip.PIN() != chosenPIN {
		t.Error("the PIN is another one")
	}
}
