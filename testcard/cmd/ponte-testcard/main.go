// SPDX-License-Identifier: EUPL-1.2

// Command ponte-testcard puts emulated health cards into a running pcscd, for
// the demo and for tests by hand or by script. It is no part of a release: the
// cards and their holders are invented, and their keys are not secret.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
	"github.com/ponte-cns/ponte/testcard/vpcd"
)

const usage = `ponte-testcard puts emulated health cards into a running pcscd.

  ponte-testcard [flags]                    plug one or two cards until interrupted
  ponte-testcard ctl --control S COMMAND    speak to such a running program
  ponte-testcard pinentry                   a PIN dialog that answers PONTE_TEST_PIN
  ponte-testcard pcscd --dir D              a private pcscd with two virtual readers

Commands, where n is the card 1 or 2 and may be left out for 1:
  insert [n]    eject [n]    state [n] [NEWSTATE]    counters [n]
  reset-counters [n]    eject-at [n] N

` + "Flags of the first form:\n"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args, os.Stdin, os.Stdout)
	var misuse usageError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.As(err, &misuse):
		fmt.Fprintln(os.Stderr, "ponte-testcard:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "ponte-testcard:", err)
		os.Exit(1)
	}
}

// usageError is a mistake on the command line: exit code 2.
type usageError struct{ error }

func misuse(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run chooses by the program's own name, so that a link called pinentry-ponte
// can stand where only the path of a program fits, and by the first argument.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	name, args := filepath.Base(args[0]), args[1:]
	if strings.Contains(name, "pinentry") {
		return pinentryFromEnvironment(in, out)
	}
	command := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	switch command {
	case "":
		return plugCards(ctx, args, out)
	case "ctl":
		return control(ctx, args, out)
	case "pinentry":
		return pinentryFromEnvironment(in, out)
	case "pcscd":
		return privatePcscd(ctx, args, out)
	}
	return misuse("unknown command %q: use ctl, pinentry, pcscd, or flags only", command)
}

// plugCards is the first form: cards in readers until ctx ends.
func plugCards(ctx context.Context, args []string, out io.Writer) error {
	var specs stringList
	flags := newFlags("ponte-testcard", out)
	port := flags.Int("port", defaultPort(), "`port` of the first virtual reader; the second is one higher; set by PONTE_VPCD_PORT, too")
	socket := flags.String("control", "", "control `socket` to listen on")
	dir := flags.String("pki", "", "`directory` that keeps the CA and the keys; without it they are new each time")
	caFile := flags.String("ca-out", "", "`file` to write the CA certificate to, as PEM")
	layout := flags.String("layout", "", "`layout` of the cards whose description names none: classic, idemia2021, st2022-nfc, infocamere or actalis2025")
	noInsert := flags.Bool("no-insert", false, "leave the cards beside the readers until insert")
	flags.Var(&specs, "card", "`description` of a card, repeatable: "+cardKeys)
	if err := parseFlags(flags, args); err != nil {
		return err
	}
	pki, err := openPKI(*dir)
	if err != nil {
		return err
	}
	if *caFile != "" {
		if err := os.WriteFile(*caFile, pki.CAPEM(), 0o644); err != nil {
			return fmt.Errorf("writing the CA certificate: %w", err)
		}
	}
	s, err := newStand(ctx, pki, *port, testcard.Layout(*layout), specs)
	if err != nil {
		return err
	}
	defer s.ejectAll()
	var served <-chan error
	if *socket != "" {
		l, err := listenControl(*socket)
		if err != nil {
			return err
		}
		defer l.Close()
		served = serveControl(l, s)
	}
	if !*noInsert {
		if err := s.insertAll(ctx); err != nil {
			return err
		}
	}
	s.describe(out)
	select {
	case <-ctx.Done():
		return nil
	case err := <-served:
		return fmt.Errorf("serving the control socket: %w", err)
	}
}

func openPKI(dir string) (*testpki.PKI, error) {
	if dir == "" {
		return testpki.New(), nil
	}
	return testpki.Open(dir)
}

// privatePcscd runs a pcscd of its own and prints, on one line, what clients
// and ponte-testcard need in their environment to use it.
func privatePcscd(ctx context.Context, args []string, out io.Writer) error {
	flags := newFlags("ponte-testcard pcscd", out)
	dir := flags.String("dir", "", "`directory` for its socket and configuration")
	noReader := flags.Bool("no-reader", false, "a pcscd without readers")
	if err := parseFlags(flags, args); err != nil {
		return err
	}
	if *dir == "" {
		return misuse("pcscd needs --dir")
	}
	p, err := vpcd.StartPcscd(ctx, vpcd.PcscdOptions{Dir: *dir, NoReader: *noReader, Log: os.Stderr})
	if err != nil {
		return err
	}
	defer p.Stop()
	env := p.Env()
	if !*noReader {
		env = append(env, fmt.Sprintf("%s=%d", portVariable, p.Port()))
	}
	fmt.Fprintln(out, strings.Join(env, " "))
	select {
	case <-ctx.Done():
		return nil
	case <-p.Done():
		return errors.New("pcscd has ended")
	}
}

// portVariable tells a port of pcscd to the program that plugs the cards.
const portVariable = "PONTE_VPCD_PORT"

func defaultPort() int {
	if n, err := strconv.Atoi(os.Getenv(portVariable)); err == nil {
		return n
	}
	return vpcd.DefaultPort
}

func newFlags(name string, out io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed once, by main
	flags.Usage = func() {
		fmt.Fprint(out, usage)
		flags.SetOutput(out)
		flags.PrintDefaults()
	}
	return flags
}

func parseFlags(flags *flag.FlagSet, args []string) error {
	// The usage is for those who ask for it, not for each mistake.
	help := flags.Usage
	flags.Usage = func() {}
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		help()
		return err
	case err != nil:
		return usageError{err}
	case flags.NArg() > 0:
		return misuse("unexpected argument %q", flags.Arg(0))
	}
	return nil
}

type stringList []string

func (l *stringList) String() string     { return strings.Join(*l, " ") }
func (l *stringList) Set(s string) error { *l = append(*l, s); return nil }
