// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
)

// fakeOsascript is one that writes a line and ends with a code.
func fakeOsascript(t *testing.T, writes, code string) *osascript {
	return &osascript{path: fakeProgram(t, writes+"="+code)}
}

var scripted = &dialog{lang: "it", title: "Ponte", site: "portale.example", label: "PIN", ok: "Entra", cancel: "Annulla"}

func TestWhatIsNoAnswerOfTheScriptIsRefused(t *testing.T) {
	for _, c := range []struct{ writes, code string }{
		{"", "0"}, {"12345678", "0"}, {"1", "1"}, {"12345678", "1"}, {"4", "0"}, {"0", "0"}, {"-1", "0"}, {"OK", "0"}, {"Cancelled", "0"},
		{strings.Repeat("1", 200), "0"},
	} {
		o := fakeOsascript(t, c.writes, c.code)
		typed, err := o.askPIN(t.Context(), scripted)
		if err == nil || typed != nil || errors.Is(err, bridge.ErrDialogCancelled) {
			t.Errorf("askPIN, %q: %v, %v", c.writes, typed, err)
		}
		if strings.Contains(err.Error(), "1234") {
			t.Errorf("the error repeats what was written: %v", err)
		}
		if answer, err := o.confirm(t.Context(), nil, scripted); err == nil || answer != bridge.No {
			t.Errorf("confirm, %q: %v, %v", c.writes, answer, err)
		}
	}
}

func TestTheScriptGivesThePINAndItsPartsAreWiped(t *testing.T) {
	typed, err := fakeOsascript(t, ":12345678", "0").askPIN(t.Context(), scripted)
	if err != nil || digits(t, typed) != "12345678" {
		t.Fatalf("%v, %v", typed, err)
	}
	for writes, want := range map[string]string{":": "", ":123456789012345678": "too long"} {
		typed, err := fakeOsascript(t, writes, "0").askPIN(t.Context(), scripted)
		if err != nil || typed.Check() == nil {
			t.Errorf("%s: %v, %v", want, typed, err)
		}
	}
	s := newSecret()
	s.add([]byte(":12345"))
	if s.trimFirst(); string(s.b) != "12345" || string(s.b[:maxTyped]) != "12345"+strings.Repeat("\x00", maxTyped-5) {
		t.Errorf("%q", s.b[:maxTyped])
	}
}

func TestTheButtonsOfTheScriptAreToldApart(t *testing.T) {
	three := &dialog{site: "x", ok: "Consenti", notOK: "Blocca", cancel: "Non ora"}
	message := &dialog{site: "x", ok: "Chiudi"}
	for _, c := range []struct {
		name, writes string
		d            *dialog
		answer       bridge.Answer
		err          error
	}{
		{"Escape", "cancelled", three, bridge.No, bridge.ErrDialogCancelled},
		{"the first button", "1", three, bridge.No, bridge.ErrDialogCancelled},
		{"no answer in time", "timeout", three, bridge.No, bridge.ErrDialogTimeout},
		{"block", "2", three, bridge.No, nil},
		{"allow", "3", three, bridge.Yes, nil},
		{"a message was read", "1", message, bridge.Yes, nil},
	} {
		if answer, err := fakeOsascript(t, c.writes, "0").confirm(t.Context(), nil, c.d); answer != c.answer || !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %v", c.name, answer, err)
		}
	}
	for writes, want := range map[string]error{"cancelled": bridge.ErrDialogCancelled, "timeout": bridge.ErrDialogTimeout} {
		if typed, err := fakeOsascript(t, writes, "0").askPIN(t.Context(), scripted); typed != nil || !errors.Is(err, want) {
			t.Errorf("%s: %v, %v", writes, typed, err)
		}
	}
}

func TestCancellingKillsTheScript(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	program := fakeProgram(t, "mute")
	done := make(chan error, 1)
	go func() {
		_, err := (&osascript{path: program}).askPIN(ctx, scripted)
		done <- err
	}()
	eventually(t, "the script runs", func() bool { _, err := os.Stat(filepath.Join(filepath.Dir(program), "transcript")); return err == nil })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestNoPINIsInTheArgumentsOfTheScript(t *testing.T) {
	o := fakeOsascript(t, ":12345678", "0")
	typed, err := o.askPIN(t.Context(), scripted)
	if err != nil {
		t.Fatal(err)
	}
	typed.Wipe()
	got := transcript(t, o.path)
	if !strings.Contains(got, "portale.example") || strings.Contains(strings.ReplaceAll(got, o.path, ""), "12345678") {
		t.Errorf("the script was told %s", got)
	}
}
