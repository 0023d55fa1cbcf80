// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func talk(t *testing.T, p pinentry, lines ...string) []string {
	t.Helper()
	if p.log == nil {
		p.log = io.Discard
	}
	var out bytes.Buffer
	if err := p.serve(strings.NewReader(strings.Join(lines, "\n")+"\n"), &out); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

func TestThePINDialogAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		dialog pinentry
		lines  []string
		want   string
	}{
		"an unknown command with an error":      {pinentry{}, []string{"DANCE"}, errUnknown},
		"GETPIN with a cancel when it has none": {pinentry{}, []string{"GETPIN"}, errCanceled},
		"CONFIRM with no when told":             {pinentry{confirm: "notok"}, []string{"CONFIRM"}, errNotConfirmed},
		"CONFIRM with a cancel when told":       {pinentry{confirm: "cancel"}, []string{"CONFIRM"}, errCanceled},
		"CONFIRM with OK":                       {pinentry{}, []string{"SETDESC Login%0Ahere", "CONFIRM --one-button"}, "OK|OK"},
		"GETPIN with the PIN":                   {pinentry{pins: []string{"13572468"}}, []string{"option ttyname=/dev/tty", "getpin"}, "OK|D 13572468|OK"},
		"GETPIN again with the next PIN":        {pinentry{pins: []string{"1", "2"}}, []string{"GETPIN", "SETERROR wrong", "GETPIN", "GETPIN"}, "D 1|OK|OK|D 2|OK|D 2|OK"},
		"an error shown with the second PIN":    {pinentry{pins: []string{"1", "2"}}, []string{"SETERROR wrong", "GETPIN"}, "OK|D 2|OK"},
		"percent signs escaped":                 {pinentry{pins: []string{"1%2"}}, []string{"GETPIN"}, "D 1%252|OK"},
		"its flavour":                           {pinentry{}, []string{"GETINFO flavor"}, "D ponte-test|OK"},
		"nothing after BYE":                     {pinentry{}, []string{"# comment", "", "BYE", "NOP"}, "OK closing connection"},
	} {
		t.Run(name, func(t *testing.T) {
			got := talk(t, c.dialog, c.lines...)
			if got[0] != "OK Pleased to meet you" || strings.Join(got[1:], "|") != c.want {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestALineTooLongEndsThePINDialog(t *testing.T) {
	p := pinentry{log: io.Discard}
	if err := p.serve(strings.NewReader(strings.Repeat("x", 2000)), io.Discard); err == nil {
		t.Error("accepted")
	}
}

func TestALinkCalledPinentryIsAPINDialogThatWritesWhatItShows(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	t.Setenv(pinVariable, "24681357")
	t.Setenv(logVariable, log)
	var out bytes.Buffer
	in := strings.NewReader("SETDESC portal.example\nGETPIN\nBYE\n")
	if err := run(t.Context(), []string{"/some/where/pinentry-ponte", "--display", ":1"}, in, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "D 24681357\n") {
		t.Errorf("%q", out.String())
	}
	if text, _ := os.ReadFile(log); string(text) != "SETDESC portal.example\nGETPIN\nBYE\n" {
		t.Errorf("log %q", text)
	}
}

func FuzzPINDialog(f *testing.F) {
	f.Add("GETPIN\nBYE\n")
	f.Add("SETDESC a%0Ab\nSETERROR x\nGETPIN\nCONFIRM\nGETINFO flavor\n")
	f.Add("\n#\n  \nRESET")
	f.Fuzz(func(t *testing.T, in string) {
		p := pinentry{pins: []string{"1", "2"}, log: io.Discard}
		var out bytes.Buffer
		_ = p.serve(strings.NewReader(in), &out)
		for line := range strings.Lines(out.String()) {
			if !strings.HasPrefix(line, "OK") && !strings.HasPrefix(line, "D ") && !strings.HasPrefix(line, "ERR ") {
				t.Errorf("%q gives %q", in, line)
			}
		}
	})
}
