// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
)

// The test binary is also the fake dialog programs: it is one when its name begins with "fake-" (the environment is
// filtered on the way, so it cannot tell).
func TestMain(m *testing.M) {
	if name, ok := strings.CutPrefix(filepath.Base(os.Args[0]), "fake-"); ok {
		fake(name)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		stopDesktop()
		os.Exit(code)
	}))
}

// fakeAnswers says what a fake answers to GETPIN and CONFIRM.
var fakeAnswers = map[string]string{
	"pin":             "D 12345678\nOK\n",
	"percent":         "D 1%32%334%35\nOK\n",
	"pieces":          "D 123\nD 45\nD 678\nOK\n",
	"nothing":         "OK\n",
	"endless":         "D " + strings.Repeat("12345678", 100) + "\nOK\n",
	"cancelled":       "ERR 83886179 Operation cancelled <Pinentry>\n",
	"not-confirmed":   "ERR 83886194 Not confirmed <Pinentry>\n",
	"timeout":         "S ERROR fake 83886142\nERR 83886142 Timeout <Pinentry>\n",
	"unknown":         "ERR 536871187 Unknown 12345678 command\n",
	"garbage":         "12345678\n",
	"huge":            "D " + strings.Repeat("12345678", 1000) + "\nOK\n",
	"cut-escape":      "D 12345678%4\nOK\n",
	"cache":           "S PASSWORD_FROM_CACHE\nD 12345678\nOK\n",
	"inquire":         "INQUIRE QUALITY 12345678\n",
	"half":            "D 1234",
	"no-text":         "D 12345678\nOK\n",
	"basic":           "D 12345678\nOK\n",
	"flavor-curses":   "D 12345678\nOK\n",
	"flavor-fallback": "D 12345678\nOK\n",
	"flavor-tty":      "D 12345678\nOK\n",
	"gnome3-yes":      "D si\nOK\n",
	"gnome3-no":       "D No\nOK\n",
	"gnome3-word":     "D forse\nOK\n",
	"gnome3-enter":    "OK\n",
}

// fake speaks the server's side of Assuan. What it receives goes to a file beside its own.
func fake(name string) {
	log, _ := os.OpenFile(filepath.Join(filepath.Dir(os.Args[0]), "transcript"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	fmt.Fprintf(log, "ARGS %q\nENV %q\n", os.Args, os.Environ())
	if said, code, ok := strings.Cut(name, "="); ok { // a zenity that says something and ends with a code
		fmt.Print(said + "\n")
		n, _ := strconv.Atoi(code)
		os.Exit(n)
	}
	switch name {
	case "dies":
		os.Exit(2)
	case "mute":
		hang()
	case "zenity-secret":
		for _, c := range fakeSecret {
			fmt.Printf("%c", c-1)
		}
		fmt.Println()
		return
	case "zenity-flood":
		for {
			if _, err := fmt.Println("12345678"); err != nil {
				return
			}
		}
	case "agent": // an agent that asks with the program it is told
		o, _ := protocol.ParseOrigin("https://portale.regione.example")
		_, _ = New(Options{Program: os.Args[1]}).AskPIN(context.Background(), bridge.PINQuestion{Origin: o})
	case "flood":
		for {
			if _, err := fmt.Print("S NOISE\n"); err != nil {
				return
			}
		}
	}
	fmt.Print("OK Pleased to meet you\n")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		line := lines.Text()
		fmt.Fprintln(log, line)
		word, _, _ := strings.Cut(line, " ")
		switch {
		case word == "GETPIN" || word == "CONFIRM":
			fakeAnswer(name, log)
		case line == "GETINFO flavor":
			fmt.Print(fakeFlavor(name))
		case name == "basic", name == "no-text" && word == "SETDESC":
			fmt.Print("ERR 536871187 Unknown IPC command <User defined source 1>\n")
		default:
			fmt.Print("OK\n")
		}
	}
}

func fakeFlavor(name string) string {
	switch {
	case name == "basic":
		return "ERR 536871187 Unknown IPC command <User defined source 1>\n"
	case name == "flavor-curses":
		return "D curses\nOK\n"
	case name == "flavor-fallback":
		return "D gtk2:curses\nOK\n"
	case name == "flavor-tty":
		return "D tty\nOK\n"
	case strings.HasPrefix(name, "gnome3"):
		return "D gnome3\nOK\n"
	}
	return "D gtk2\nOK\n"
}

func fakeAnswer(name string, log *os.File) {
	switch name {
	case "hang":
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		child := exec.Command(os.Args[0]) // in the same group; hangs in its own GETPIN or before
		child.Args[0] = filepath.Join(filepath.Dir(os.Args[0]), "fake-mute")
		child.Path = os.Args[0]
		_ = child.Start()
		fmt.Fprintf(log, "PIDS %d %d\n", os.Getpid(), child.Process.Pid)
		hang()
	case "secret":
		answerSecret("\nOK\n")
		return
	case "secret-half":
		answerSecret("")
		os.Exit(1)
	case "secret-refused":
		answerSecret("\nERR 83886179 cancelled\n")
		return
	case "half", "dies-asked":
		fmt.Print(fakeAnswers[name])
		os.Exit(1)
	case "gnome3-card":
		// The first CONFIRM is answered with the other button, the second with OK.
		b, _ := os.ReadFile(log.Name())
		if strings.Contains(string(b), "SETOK Un'altra tessera") {
			fmt.Print("OK\n")
			return
		}
		fmt.Print(fakeAnswers["cancelled"])
		return
	}
	fmt.Print(fakeAnswers[name])
}

// fakeSecret is a PIN with 1 added to each byte, so that the test can look for the PIN without holding it.
var fakeSecret = [8]byte{'8' + 1, '3' + 1, '0' + 1, '6' + 1, '2' + 1, '9' + 1, '7' + 1, '4' + 1}

func answerSecret(end string) {
	fmt.Print("D ")
	for _, c := range fakeSecret {
		fmt.Printf("%c", c-1)
	}
	fmt.Print(end)
}

func hang() {
	for {
		time.Sleep(time.Hour)
	}
}

// fakeProgram gives the path of a fake.
func fakeProgram(t *testing.T, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fake-"+name)
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func transcript(t *testing.T, program string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(filepath.Dir(program), "transcript"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

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
	return strings.TrimRight(string(block[:]), "\xff")
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
