// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
	"github.com/ponte-cns/ponte/testcard/vpcd"
)

// The command line is tested by scripts (testdata/script) that run the real programs against a real pcscd with an emulated
// card. What they add to testscript's own commands:
//
//	card SLOT [STATE] [HOLDER]               puts a card into reader 0 or 1
//	eject SLOT                               pulls it
//	pin PIN[,PIN...] [CONFIRM]               who answers the dialogs: the PINs to type, and ok, notok or cancel for questions
//	codes CURRENT NEW REPEAT PUK [CONFIRM]   the same for the care of the PIN; - cancels
//	has SLOT PIN TRIES PUKTRIES              what is on the card
//	verifies SLOT N                          N PINs have reached the card
//	exits CODE PROGRAM ARGS...               runs a program that must end with that exit code
//	private FILE                             the file (or stdout) tells nothing of card, holder, home and computer
//	token STATE FILE                         a login of a card that its authority calls good, revoked, suspended, unknown; or is down
//	signed FORM STATE FILE                   a signed document (documents_test.go)
//	strange pipe|huge FILE                   something that is no file of a usual size

// bin is the directory of the programs under test.
var bin string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "ponte-bin-")
	if err == nil {
		bin = dir
		err = build("ponte", ".", "ponte-verify", "./verify", "ponte-panel", "./panel", "ponte-document", "./document", "ponte-pkcs11", "./pkcs11/worker",
			"ponte-nativehost", "../nativehost", "ponte-testcard", "../testcard/cmd/ponte-testcard")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	authority.stop()
	os.RemoveAll(dir)
	os.Exit(code)
}

func build(namesAndPackages ...string) error {
	for i := 0; i < len(namesAndPackages); i += 2 {
		out, err := exec.Command("go", "build", "-o", filepath.Join(bin, namesAndPackages[i]), namesAndPackages[i+1]).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
	}
	return nil
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"card": cardCmd, "eject": ejectCmd, "pin": pinCmd, "verifies": verifiesCmd, "exits": exitsCmd, "private": privateCmd, "token": tokenCmd,
			"codes": codesCmd, "has": hasCmd, "signed": signedCmd, "strange": strangeCmd,
		},
		RequireExplicitExec: true,
	})
}

// desk is a pcscd with what is in its readers; each script has its own.
type desk struct {
	*vpcd.Pcscd
	cards [vpcd.Slots]*testcard.Card
	plugs [vpcd.Slots]*vpcd.Plugged
}

var pki = sync.OnceValue(testpki.New)

type deskKey struct{}

func setUp(e *testscript.Env) error {
	p, err := vpcd.StartPcscd(context.Background(), vpcd.PcscdOptions{NoReader: strings.HasPrefix(filepath.Base(e.WorkDir), "script-no_reader")})
	if err != nil {
		return err
	}
	d := &desk{Pcscd: p}
	e.Defer(d.Stop)
	e.Values[deskKey{}] = d
	for _, dir := range []string{"home", "run"} {
		if err := os.Mkdir(filepath.Join(e.WorkDir, dir), 0o700); err != nil {
			return err
		}
	}
	e.Vars = append(e.Vars, p.Env()...)
	e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
	e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
	e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
	e.Setenv("XDG_RUNTIME_DIR", filepath.Join(e.WorkDir, "run"))
	e.Setenv("LANG", "it_IT.UTF-8")
	e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
	e.Setenv("NONCE", "0123456789012345678901234567890123456789abcd")
	return errors.Join(os.WriteFile(filepath.Join(e.WorkDir, "ca.pem"), pki().CAPEM(), 0o600), writeTrustedLists(e.WorkDir))
}

func deskOf(ts *testscript.TestScript) *desk { return ts.Value(deskKey{}).(*desk) }

func slot(ts *testscript.TestScript, arg string) int {
	if arg != "0" && arg != "1" {
		ts.Fatalf("slot %q: use 0 or 1", arg)
	}
	return int(arg[0] - '0')
}

func cardCmd(ts *testscript.TestScript, _ bool, args []string) {
	d, i := deskOf(ts), slot(ts, args[0])
	o := testcard.Options{PKI: pki()}
	if len(args) > 1 {
		state, err := testcard.ParseState(args[1])
		ts.Check(err)
		o.State = state
	}
	if len(args) > 2 && args[2] == "matteo" {
		matteo := holder.Matteo()
		o.Holder = &matteo
	}
	d.eject(i)
	ts.Check(d.WaitNoCard(context.Background(), i))
	var err error
	d.cards[i], err = testcard.New(o)
	ts.Check(err)
	d.plugs[i], err = vpcd.Plug(context.Background(), d.Addr(i), d.cards[i])
	ts.Check(err)
	ts.Check(d.WaitCard(context.Background(), i))
}

func (d *desk) eject(i int) {
	if d.plugs[i] != nil {
		d.plugs[i].Eject()
		d.plugs[i] = nil
	}
}

func ejectCmd(ts *testscript.TestScript, _ bool, args []string) {
	d, i := deskOf(ts), slot(ts, args[0])
	d.eject(i)
	ts.Check(d.WaitNoCard(context.Background(), i))
}

func verifiesCmd(ts *testscript.TestScript, _ bool, args []string) {
	if got := fmt.Sprint(deskOf(ts).cards[slot(ts, args[0])].Counters().Verifies); got != args[1] {
		ts.Fatalf("%s PINs have reached the card, want %s", got, args[1])
	}
}

// exitsCmd runs a program that must end with a certain exit code: exits CODE PROGRAM ARGS...
func exitsCmd(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

// pinCmd writes the settings so that a scripted pinentry answers. It shows nothing, and notes what it was told to show in
// the file shown.
func pinCmd(ts *testscript.TestScript, _ bool, args []string) {
	confirm := "ok"
	if len(args) > 1 {
		confirm = args[1]
	}
	ts.Check(writeDialog(ts.MkAbs("."), args[0], confirm))
}

// writeDialog makes work/dialog the PIN dialog of the agent whose settings are in work/config.
func writeDialog(work, pins, confirm string) error {
	program := filepath.Join(work, "dialog")
	script := fmt.Sprintf("#!/bin/sh\nexport PONTE_TEST_PIN=%s PONTE_TEST_CONFIRM=%s PONTE_TEST_PINENTRY_LOG=%s\nexec %s pinentry\n",
		pins, confirm, filepath.Join(work, "shown"), filepath.Join(bin, "ponte-testcard"))
	config := filepath.Join(work, "config", "ponte")
	return errors.Join(
		os.WriteFile(program, []byte(script), 0o700),
		os.MkdirAll(config, 0o700),
		os.WriteFile(filepath.Join(config, "config.toml"), fmt.Appendf(nil, "pinentry_program = %q\n", program), 0o600),
	)
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
