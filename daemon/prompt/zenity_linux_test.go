// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"bytes"
	"context"
	"errors"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
)

// fakeZenity gives a folder for PATH in which zenity is a fake, and the fake.
func fakeZenity(t *testing.T, name string) (dir, program string) {
	t.Helper()
	dir, program = t.TempDir(), fakeProgram(t, name)
	script := "#!/bin/sh\nexec '" + program + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "zenity"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir, program
}

func TestZenitysExitCodeTellsTheAnswer(t *testing.T) {
	for _, c := range []struct {
		fake          string
		pin, question error
		answer        bridge.Answer
	}{
		{"12345678=255", bridge.ErrNoDialog, bridge.ErrNoDialog, bridge.No},
		{"12345678=2", bridge.ErrNoDialog, bridge.ErrNoDialog, bridge.No},
		{"12345678=5", bridge.ErrDialogTimeout, bridge.ErrDialogTimeout, bridge.No},
		{"12345678=1", bridge.ErrDialogCancelled, bridge.ErrDialogCancelled, bridge.No},
		{"Blocca=1", bridge.ErrDialogCancelled, nil, bridge.No},
		{"12345678=0", nil, nil, bridge.Yes},
		{"zenity-flood", bridge.ErrNoDialog, bridge.ErrNoDialog, bridge.No},
	} {
		dir, _ := fakeZenity(t, c.fake)
		p := New(Options{Lang: "it", Environ: []string{"WAYLAND_DISPLAY=w", "PATH=" + dir}})
		typed, err := p.AskPIN(t.Context(), question(t))
		if !errors.Is(err, c.pin) || (typed == nil) != (err != nil) {
			t.Errorf("%s: PIN: %v", c.fake, err)
		}
		if err == nil && digits(t, typed) != "12345678" {
			t.Errorf("%s: another PIN", c.fake)
		}
		if err != nil && strings.Contains(err.Error(), "1234") {
			t.Errorf("%s: the error repeats the PIN: %v", c.fake, err)
		}
		a, err := p.Confirm(t.Context(), bridge.Question{Kind: bridge.AskAdmitSite, Origin: question(t).Origin})
		if !errors.Is(err, c.question) || a != c.answer {
			t.Errorf("%s: question: %v, %v", c.fake, a, err)
		}
	}
}

func TestZenityIsGivenHarmlessArguments(t *testing.T) {
	dir, program := fakeZenity(t, "12345678=0")
	p := New(Options{Lang: "it", Environ: []string{"DISPLAY=:7", "PATH=" + dir}})
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	q := bridge.PINQuestion{Origin: origin(t, "https://a_b.example"), Holder: `M_A\n<b>&amp; --question`, TriesLeft: 2, Problem: bridge.WrongPIN}
	typed, err := p.AskPIN(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	typed.Wipe()
	if _, err := p.Confirm(ctx, bridge.Question{Kind: bridge.AskCard, Origin: q.Origin, Holder: q.Holder}); err != nil {
		t.Fatal(err)
	}
	got := transcript(t, program)
	for _, want := range []string{
		`"--title=Ponte" "--ok-label=Entra" "--cancel-label=Annulla" "--timeout=3600" "--entry" "--hide-text" ` +
			`"--text=a__b.example\n\nAccesso con la tessera (CNS)\nTitolare: M__A n b amp --question\nTi restano 2 tentativi.\n\nPIN errato: restano 2 tentativi\nPIN:"]`,
		`"--question" "--default-cancel" "--no-wrap" "--text=<span size=\"x-large\" weight=\"bold\">a_b.example</span>\n\n` +
			`Vuoi usare questa tessera?\n\nTitolare: M_A n b amp --question\nTipo: Carta Nazionale dei Servizi (CNS)" "--extra-button=Un'altra tessera"]`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("zenity was not given %s but\n%s", want, got)
		}
	}
}

func TestWhatMarkupCouldBeIsEscaped(t *testing.T) {
	if got := pango(`<b>&"x"`); got != `&lt;b&gt;&amp;"x"` {
		t.Error(got)
	}
}

// The fakes' PIN begins with 12345. It must not be told to the next program that is started, nor to a log.
func TestThePINIsNowhereButInTheAnswer(t *testing.T) {
	var logged bytes.Buffer
	log.SetOutput(&logged)
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
	defer func() { slog.SetDefault(old); log.SetOutput(os.Stderr) }()

	dir, zen := fakeZenity(t, "12345678=0")
	for program, o := range map[string]Options{
		fakeProgram(t, "pin"):     {},
		fakeProgram(t, "garbage"): {},
		fakeProgram(t, "half"):    {},
		zen:                       {Environ: []string{"DISPLAY=:7", "PATH=" + dir}},
	} {
		if program != zen {
			o.Program = program
		}
		p := New(o)
		q := question(t)
		for range 2 {
			typed, err := p.AskPIN(t.Context(), q)
			if err != nil && strings.Contains(err.Error(), "1234") {
				t.Errorf("error: %v", err)
			}
			typed.Wipe()
			q.Problem, q.TriesLeft = bridge.WrongPIN, 2
		}
		told := strings.ReplaceAll(transcript(t, program), filepath.Base(program), "")
		if strings.Contains(told, "1234") {
			t.Errorf("a program was told the PIN: %s", told)
		}
	}
	if strings.Contains(logged.String(), "1234") {
		t.Errorf("logged: %s", logged.String())
	}
}
