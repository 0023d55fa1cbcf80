// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
)

func question(t *testing.T) bridge.PINQuestion {
	return bridge.PINQuestion{Origin: origin(t, "https://portale.regione.example"), Holder: "MARIA ROSSI", TriesLeft: 3}
}

// digits reads a PIN as the card would.
func digits(t *testing.T, p *pin.PIN) string {
	t.Helper()
	var block [8]byte
	if err := p.Padded(&block); err != nil {
		t.Fatal(err)
	}
	typed, _, _ := strings.Cut(string(block[:]), "\xff")
	return typed
}

func TestAProgramThatMisbehavesShowsNoDialog(t *testing.T) {
	for _, name := range []string{
		"dies", "mute", "flood", "dies-asked", "unknown", "garbage", "huge", "cut-escape", "cache", "inquire", "half",
		"flavor-curses", "flavor-fallback", "flavor-tty",
	} {
		t.Run(name, func(t *testing.T) {
			p := New(Options{Program: fakeProgram(t, name), Lang: "it", Environ: []string{}})
			if name == "mute" {
				p.startLimit = 100 * time.Millisecond
			}
			typed, err := p.AskPIN(t.Context(), question(t))
			if !errors.Is(err, bridge.ErrNoDialog) || typed != nil {
				t.Errorf("AskPIN: %v, %v", typed, err)
			}
			if strings.Contains(err.Error(), "1234") {
				t.Errorf("the error repeats what the program said: %v", err)
			}
			answer, err := p.Confirm(t.Context(), bridge.Question{Kind: bridge.AskLastTry, Origin: question(t).Origin})
			if !errors.Is(err, bridge.ErrNoDialog) || answer != bridge.No {
				t.Errorf("Confirm: %v, %v", answer, err)
			}
		})
	}
}

func TestAProgramThatCannotBeStartedShowsNoDialog(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("no program"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{
		"/nonexistent/pinentry", plain, dir, "no-such-pinentry", "./fake", "bin/pinentry",
		strings.TrimPrefix(fakeProgram(t, "pin"), "/"), // dialogs run in the root folder
	} {
		p := New(Options{Program: program, Environ: []string{"PATH=" + dir, "DISPLAY=:1"}})
		if _, err := p.AskPIN(t.Context(), question(t)); !errors.Is(err, bridge.ErrNoDialog) {
			t.Errorf("%s: %v", program, err)
		}
	}
}

func TestWithoutADisplayNothingIsStarted(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"pinentry", "pinentry-qt", "zenity"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n: > "+dir+"/started\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	p := New(Options{Environ: []string{"PATH=" + dir}})
	if _, err := p.AskPIN(t.Context(), question(t)); !errors.Is(err, bridge.ErrNoDialog) {
		t.Error(err)
	}
	if _, err := p.Confirm(t.Context(), bridge.Question{Kind: bridge.AskAdmitSite, Origin: question(t).Origin}); !errors.Is(err, bridge.ErrNoDialog) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
		t.Error("a program was started")
	}
}

func TestWhatThePersonAnswersIsToldApart(t *testing.T) {
	for _, c := range []struct {
		fake string
		want error
	}{
		{"cancelled", bridge.ErrDialogCancelled},
		{"timeout", bridge.ErrDialogTimeout},
	} {
		p := New(Options{Program: fakeProgram(t, c.fake)})
		if typed, err := p.AskPIN(t.Context(), question(t)); !errors.Is(err, c.want) || typed != nil {
			t.Errorf("AskPIN, %s: %v, %v", c.fake, typed, err)
		}
		for _, k := range []bridge.QuestionKind{bridge.AskLastTry, bridge.AskCard, bridge.AskAdmitSite, bridge.AskUnknownTries} {
			if a, err := p.Confirm(t.Context(), bridge.Question{Kind: k, Origin: question(t).Origin}); !errors.Is(err, c.want) || a != bridge.No {
				t.Errorf("Confirm, %s: %v, %v", c.fake, a, err)
			}
		}
	}
	for fake, want := range map[string]bridge.Answer{"not-confirmed": bridge.No, "nothing": bridge.Yes, "basic": bridge.Yes} {
		p := New(Options{Program: fakeProgram(t, fake)})
		for _, k := range []bridge.QuestionKind{bridge.AskLastTry, bridge.AskCard, bridge.AskAdmitSite, bridge.AskUnknownTries} {
			if a, err := p.Confirm(t.Context(), bridge.Question{Kind: k, Origin: question(t).Origin}); err != nil || a != want {
				t.Errorf("Confirm, %s: %v, %v", fake, a, err)
			}
		}
	}
}

func TestThePINIsWhatWasTyped(t *testing.T) {
	for fake, want := range map[string]string{"pin": "12345678", "percent": "12345", "pieces": "12345678", "basic": "12345678"} {
		p := New(Options{Program: fakeProgram(t, fake), Environ: []string{}})
		typed, err := p.AskPIN(t.Context(), question(t))
		if err != nil {
			t.Fatalf("%s: %v", fake, err)
		}
		if got := digits(t, typed); got != want {
			t.Errorf("%s: %s", fake, got)
		}
		typed.Wipe()
	}
	for _, fake := range []string{"nothing", "endless"} {
		typed, err := New(Options{Program: fakeProgram(t, fake)}).AskPIN(t.Context(), question(t))
		if err != nil || !errors.Is(typed.Check(), pin.ErrFormat) {
			t.Errorf("%s: %v is taken for a PIN", fake, err)
		}
	}
}

func TestAGnome3QuestionIsAnsweredByAWord(t *testing.T) {
	for _, c := range []struct {
		fake   string
		kind   bridge.QuestionKind
		answer bridge.Answer
		err    error
	}{
		{"gnome3-enter", bridge.AskLastTry, bridge.No, bridge.ErrDialogCancelled},
		{"gnome3-enter", bridge.AskAdmitSite, bridge.No, bridge.ErrDialogCancelled},
		{"gnome3-word", bridge.AskUnknownTries, bridge.No, bridge.ErrDialogCancelled},
		{"gnome3-no", bridge.AskLastTry, bridge.No, bridge.ErrDialogCancelled},
		{"gnome3-no", bridge.AskAdmitSite, bridge.No, nil},
		{"gnome3-yes", bridge.AskAdmitSite, bridge.Yes, nil},
		{"gnome3-yes", bridge.AskLastTry, bridge.Yes, nil},
		{"gnome3-card", bridge.AskCard, bridge.No, nil},
	} {
		p := New(Options{Program: fakeProgram(t, c.fake), Lang: "it"})
		a, err := p.Confirm(t.Context(), bridge.Question{Kind: c.kind, Origin: question(t).Origin})
		if a != c.answer || !errors.Is(err, c.err) {
			t.Errorf("%s, question %d: %v, %v", c.fake, c.kind, a, err)
		}
	}
}

// gone says that a process has ended; a zombie whose parent has not looked yet has.
func gone(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, after, _ := strings.Cut(string(b), ") ")
	return strings.HasPrefix(after, "Z") || strings.HasPrefix(after, "X")
}

// eventually waits for something that must happen.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for range 3000 {
		if happened() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// hanging waits until the fake "hang" has been asked, and gives its process id and that of its child.
func hanging(t *testing.T, program string) (pids [2]int) {
	t.Helper()
	eventually(t, "the program asks", func() bool {
		b, _ := os.ReadFile(filepath.Join(filepath.Dir(program), "transcript"))
		_, after, _ := strings.Cut(string(b), "PIDS ")
		n, _ := fmt.Sscanf(after, "%d %d\n", &pids[0], &pids[1])
		return n == 2 && strings.Contains(after, "\n")
	})
	return pids
}

// ending is a context that ends with err when the test says so.
type ending struct {
	context.Context
	err error
}

func (e ending) Err() error {
	if e.Context.Err() == nil {
		return nil
	}
	return e.err
}

func TestTheEndOfTheContextKillsTheProgramAndItsChildren(t *testing.T) {
	for want, name := range map[error]string{context.Canceled: "cancelled", context.DeadlineExceeded: "out of time"} {
		t.Run(name, func(t *testing.T) {
			program := fakeProgram(t, "hang")
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			done := make(chan error, 1)
			go func() {
				_, err := New(Options{Program: program}).AskPIN(ending{ctx, want}, question(t))
				done <- err
			}()
			pids := hanging(t, program)
			stop()
			if err := <-done; err != want { //nolint:errorlint // ctx.Err() itself is promised
				t.Errorf("got %v, want %v", err, want)
			}
			if !gone(pids[0]) {
				t.Error("the program is still there")
			}
			eventually(t, "its child ends", func() bool { return gone(pids[1]) })
		})
	}
}

func TestTheProgramEndsWithTheAgent(t *testing.T) {
	program := fakeProgram(t, "hang")
	agent := exec.Command(fakeProgram(t, "agent"), program)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	pids := hanging(t, program)
	_ = agent.Process.Kill()
	_ = agent.Wait()
	eventually(t, "the program ends", func() bool { return gone(pids[0]) })
	_ = syscall.Kill(pids[1], syscall.SIGKILL)
}

func TestAContextThatHasEndedStartsNothing(t *testing.T) {
	program := fakeProgram(t, "pin")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(Options{Program: program}).AskPIN(ctx, question(t)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(program), "transcript")); err == nil {
		t.Error("the program was started")
	}
}

func TestTheProgramIsToldWhatTheDialogNeedsAndNothingElse(t *testing.T) {
	program := fakeProgram(t, "pin")
	p := New(Options{Program: program, Lang: "it", Environ: []string{
		"DISPLAY=:7", "HOME=/home/x", "LD_PRELOAD=/tmp/evil.so", "SECRET_TOKEN=abc", "LANG=xx_XX.UTF-8", "PINENTRY_USER_DATA=x",
		"GTK_MODULES=evil", "LC_ALL=xx",
	}})
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	q := question(t)
	q.Holder, q.Problem, q.TriesLeft = "MARIA\nGETPIN%0A<b>", bridge.WrongPIN, 2
	typed, err := p.AskPIN(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	typed.Wipe()
	want := `GETINFO flavor
OPTION grab
OPTION lc-ctype=it_IT.UTF-8
OPTION lc-messages=it_IT.UTF-8
SETTITLE Ponte
SETDESC portale.regione.example%0A%0AAccesso con la tessera (CNS)%0ATitolare: MARIA GETPIN 0A b%0ATi restano 2 tentativi.
SETPROMPT PIN
SETERROR PIN errato: restano 2 tentativi
SETOK Entra
SETCANCEL Annulla
SETTIMEOUT 3600
GETPIN
`
	head, got, _ := strings.Cut(transcript(t, program), "GETINFO")
	if "GETINFO"+got != want {
		t.Errorf("the program was told\n%s", "GETINFO"+got)
	}
	env := `ENV ["DISPLAY=:7" "HOME=/home/x" "LC_ALL=C.UTF-8" "LANGUAGE=it"]`
	if !strings.Contains(head, env) || !strings.Contains(head, "ARGS [\""+program+"\"]") {
		t.Errorf("started with %s", head)
	}
	for _, never := range []string{"ttyname", "external-password-cache", "SETKEYINFO"} {
		if strings.Contains(got, never) {
			t.Errorf("the program was told %s", never)
		}
	}
}

func TestTheButtonsOfAQuestionAreNamed(t *testing.T) {
	for kind, want := range map[bridge.QuestionKind]string{
		bridge.AskLastTry:      "SETOK Prova comunque\nSETCANCEL Annulla\nCONFIRM\n",
		bridge.AskUnknownTries: "SETOK Prova comunque\nSETCANCEL Annulla\nCONFIRM\n",
		bridge.AskCard:         "SETOK Usa questa tessera\nSETNOTOK Un'altra tessera\nSETCANCEL Annulla\nCONFIRM\n",
		bridge.AskAdmitSite:    "SETOK Consenti\nSETNOTOK Blocca\nSETCANCEL Non ora\nCONFIRM\n",
	} {
		program := fakeProgram(t, "nothing")
		if _, err := New(Options{Program: program, Lang: "it"}).Confirm(t.Context(), bridge.Question{Kind: kind, Origin: question(t).Origin}); err != nil {
			t.Fatal(err)
		}
		if got := transcript(t, program); !strings.HasSuffix(got, want) || !strings.Contains(got, "SETDESC portale.regione.example%0A") {
			t.Errorf("question %d: %s", kind, got)
		}
	}
}

func TestProgramsAreTriedInTheirOrderAndTheChosenOneAlone(t *testing.T) {
	dir := t.TempDir()
	install := func(name, as string) {
		t.Helper()
		// A folder for each fake: "fake-x" tells what it does, the link in PATH what it is called.
		if err := os.WriteFile(filepath.Join(dir, as), []byte("#!/bin/sh\necho "+as+" >> "+dir+"/order\nexec "+fakeProgram(t, name)+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(o Options) (string, error) {
		_ = os.Remove(filepath.Join(dir, "order"))
		typed, err := New(o).AskPIN(t.Context(), question(t))
		typed.Wipe()
		b, _ := os.ReadFile(filepath.Join(dir, "order"))
		return strings.Join(strings.Fields(string(b)), " "), err
	}
	path := "PATH=" + dir + ":relative:"
	display := []string{path, "DISPLAY=:7"}
	if order, err := ask(Options{Environ: display}); !errors.Is(err, bridge.ErrNoDialog) || order != "" {
		t.Errorf("nothing installed: %q, %v", order, err)
	}
	install("flavor-fallback", "pinentry")
	install("gnome3-enter", "pinentry-gnome3")
	install("dies", "pinentry-qt")
	install("unknown", "pinentry-gtk-2")
	if order, err := ask(Options{Environ: display}); !errors.Is(err, bridge.ErrNoDialog) || order != "pinentry pinentry-qt pinentry-gtk-2" {
		t.Errorf("no session bus, all fail: %q, %v", order, err)
	}
	if order, err := ask(Options{Environ: append(slices.Clone(display), "DBUS_SESSION_BUS_ADDRESS=unix:x")}); err != nil || order != "pinentry pinentry-gnome3" {
		t.Errorf("with a session bus: %q, %v", order, err)
	}
	if order, err := ask(Options{Program: "pinentry-qt", Environ: display}); !errors.Is(err, bridge.ErrNoDialog) || order != "pinentry-qt" {
		t.Errorf("the chosen program fails: %q, %v", order, err)
	}
	install("cancelled", "pinentry")
	if order, err := ask(Options{Environ: display}); !errors.Is(err, bridge.ErrDialogCancelled) || order != "pinentry" {
		t.Errorf("cancel ends the search: %q, %v", order, err)
	}
	install("no-text", "pinentry")
	if order, err := ask(Options{Environ: display}); !errors.Is(err, bridge.ErrNoDialog) || !strings.HasPrefix(order, "pinentry pinentry-qt") {
		t.Errorf("a program that was not chosen and shows no text: %q, %v", order, err)
	}
	install("gnome3-yes", "pinentry")
	install("not-confirmed", "pinentry-gtk-2")
	_ = os.Remove(filepath.Join(dir, "order"))
	a, err := New(Options{Environ: display}).Confirm(t.Context(), bridge.Question{Kind: bridge.AskLastTry, Origin: question(t).Origin})
	if err != nil || a != bridge.No {
		t.Errorf("a question goes past gnome3 to a better program: %v, %v", a, err)
	}
}
