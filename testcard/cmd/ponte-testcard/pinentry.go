// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Environment of the PIN dialog without a window.
const (
	// The PIN; absent: the user cancels. Of several, with commas in between, each
	// later one is for a dialog that asks again or shows an error.
	pinVariable     = "PONTE_TEST_PIN"
	thinkVariable   = "PONTE_TEST_PIN_AFTER"    // how long the user thinks before typing it, as 33s; default: not at all
	confirmVariable = "PONTE_TEST_CONFIRM"      // ok (default), notok or cancel
	logVariable     = "PONTE_TEST_PINENTRY_LOG" // file to append what the dialog shows
)

// maxAssuanLine is the longest line of the protocol (libassuan's LINELENGTH).
const maxAssuanLine = 1002

// Answers of GnuPG's error source "pinentry" and "assuan" (libgpg-error).
const (
	errCanceled     = "ERR 83886179 Operation cancelled <Pinentry>"
	errNotConfirmed = "ERR 83886194 Not confirmed <Pinentry>"
	errUnknown      = "ERR 536871187 Unknown IPC command <User defined source 1>"
)

// pinentry plays the user at a PIN dialog that speaks Assuan, as gpg-agent's
// do. It is for tests and the headless demo: a PIN in the environment is no
// secret.
type pinentry struct {
	pins    []string
	think   time.Duration
	confirm string
	asked   bool // GETPIN was answered before
	log     io.Writer
}

func pinentryFromEnvironment(in io.Reader, out io.Writer) error {
	p := pinentry{confirm: os.Getenv(confirmVariable), log: io.Discard}
	if pins, ok := os.LookupEnv(pinVariable); ok {
		p.pins = strings.Split(pins, ",")
	}
	if think := os.Getenv(thinkVariable); think != "" {
		var err error
		if p.think, err = time.ParseDuration(think); err != nil {
			return fmt.Errorf("%s: %w", thinkVariable, err)
		}
	}
	if path := os.Getenv(logVariable); path != "" {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("opening the log of the PIN dialog: %w", err)
		}
		defer f.Close()
		p.log = f
	}
	return p.serve(in, out)
}

func (p *pinentry) serve(in io.Reader, out io.Writer) error {
	if _, err := io.WriteString(out, "OK Pleased to meet you\n"); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, maxAssuanLine), maxAssuanLine)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		command, argument, _ := strings.Cut(line, " ")
		command = strings.ToUpper(command)
		if _, err := io.WriteString(out, p.answer(command, argument)+"\n"); err != nil {
			return err
		}
		if command == "BYE" {
			return nil
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading from the program that asks for the PIN: %w", err)
	}
	return nil
}

func (p *pinentry) answer(command, argument string) string {
	fmt.Fprintln(p.log, strings.TrimSpace(command+" "+argument))
	switch command {
	case "GETPIN":
		time.Sleep(p.think)
		return p.nextPIN()
	case "SETERROR":
		if len(p.pins) > 1 && !p.asked {
			p.pins = p.pins[1:]
		}
		return "OK"
	case "CONFIRM":
		switch p.confirm {
		case "notok":
			return errNotConfirmed
		case "cancel":
			return errCanceled
		}
		return "OK"
	case "GETINFO":
		return info(argument)
	case "BYE":
		return "OK closing connection"
	case "OPTION", "RESET", "NOP", "MESSAGE", "CLEARPASSPHRASE":
		return "OK"
	}
	if strings.HasPrefix(command, "SET") {
		return "OK"
	}
	return errUnknown
}

func (p *pinentry) nextPIN() string {
	if len(p.pins) == 0 {
		return errCanceled
	}
	if p.asked && len(p.pins) > 1 {
		p.pins = p.pins[1:]
	}
	p.asked = true
	return "D " + escape(p.pins[0]) + "\nOK"
}

func info(about string) string {
	switch about {
	case "flavor":
		return "D ponte-test\nOK"
	case "version":
		return "D 1.0.0\nOK"
	case "pid":
		return fmt.Sprintf("D %d\nOK", os.Getpid())
	case "ttyinfo":
		return "D - - -\nOK"
	}
	return "ERR 83886360 IPC parameter error <Pinentry>"
}

// escape writes a value for a data line: percent, CR and LF as %XX.
var escape = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace
