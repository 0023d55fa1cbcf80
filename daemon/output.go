// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// Exit codes.
const (
	exitDone      = 0
	exitFailed    = 1
	exitUsage     = 2
	exitCard      = 3
	exitCancelled = 4
)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// quiet is a failure of which everything has been printed.
type quiet struct{ exit int }

func (quiet) Error() string { return "" }

// noArguments refuses arguments as a mistake of usage.
func noArguments(c *cobra.Command, args []string) error {
	if err := cobra.NoArgs(c, args); err != nil {
		return usageError{err}
	}
	return nil
}

// wantsJSON adds --json to a command.
func wantsJSON(c *cobra.Command, w *words.Words) {
	c.Flags().Bool("json", false, w.T(words.CLIFlagJSON, nil))
}

func isJSON(c *cobra.Command) bool {
	on, err := c.Flags().GetBool("json")
	return err == nil && on
}

// printJSON writes a value on stdout.
func printJSON(c *cobra.Command, v any) error {
	e := json.NewEncoder(c.OutOrStdout())
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// failure is how a script learns of one.
type failure struct {
	Code    protocol.Code `json:"code"`
	Message string        `json:"message"`
}

// report tells of a failure, in words on stderr or as JSON on stdout, and gives the exit code.
func report(root *cobra.Command, w *words.Words, args []string, err error) int {
	var q quiet
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &q):
		return q.exit
	}
	code, exit := protocol.Internal, exitFailed
	var e *protocol.Error
	switch {
	case errors.Is(err, context.Canceled):
		code, exit = protocol.UserCancelled, exitCancelled
	case errors.As(err, &e):
		code, exit = e.Code, exitCode(e.Code)
	case errors.As(err, &usageError{}), strings.HasPrefix(err.Error(), "unknown command"):
		code, exit = protocol.InvalidArgument, exitUsage
	}
	if slices.Contains(args, "--json") {
		_ = printJSON(root, map[string]failure{"error": {code, err.Error()}})
		return exit
	}
	_, _ = fmt.Fprintln(root.ErrOrStderr(), "ponte: "+err.Error())
	if e != nil {
		_, _ = fmt.Fprintln(root.ErrOrStderr(), w.Hint(e.Code))
	}
	return exit
}

// exitCode groups the codes of PROTOCOL.md as scripts want them.
func exitCode(c protocol.Code) int {
	switch c {
	case protocol.UserCancelled, protocol.UserTimeout, protocol.ConsentDenied:
		return exitCancelled
	case protocol.NoReader, protocol.NoCard, protocol.CardMute, protocol.CardUnsupported, protocol.CardRemoved, protocol.CardBusy,
		protocol.PINBlocked, protocol.CardNotActivated, protocol.CertificateExpired, protocol.CertificateNotYetValid,
		protocol.CertificateMissing, protocol.ReaderLimited, protocol.PCSCUnavailable:
		return exitCard
	case protocol.InvalidArgument:
		return exitUsage
	}
	return exitFailed
}
