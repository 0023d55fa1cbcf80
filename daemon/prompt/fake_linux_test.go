// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/internal/leaktest"
	"github.com/ponte-cns/ponte/protocol"
)

// The test binary is also the fake dialog programs: it is one when its name begins with "fake-" (the environment is
// filtered on the way, so it cannot tell).
func TestMain(m *testing.M) {
	if name, ok := strings.CutPrefix(filepath.Base(os.Args[0]), "fake-"); ok {
		fake(name)
		os.Exit(0)
	}
	code := leaktest.Run(m)
	stopDesktop()
	os.Exit(code)
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
