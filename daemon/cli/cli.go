// SPDX-License-Identifier: EUPL-1.2

// Package cli is what the command lines of ponte, ponte-verify and ponte-document share: usage and help in the citizen's language, exit
// codes, results as JSON, and how a failure is told. It knows no command.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/net/idna"

	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// Exit codes of every command.
const (
	ExitDone      = 0
	ExitFailed    = 1
	ExitUsage     = 2
	ExitCard      = 3
	ExitCancelled = 4
)

// UsageError is a command line that cannot be understood.
type UsageError struct{ Err error }

func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap gives the mistake.
func (e UsageError) Unwrap() error { return e.Err }

// Quiet is a failure of which everything has been printed.
type Quiet struct{ Exit int }

// Error is empty: there is nothing more to say.

func (Quiet) Error() string { return "" }

// Language is the citizen's setting; a mistake in the settings is told by the command that needs them.
func Language() string {
	places, err := policy.UserPlaces()
	if err != nil {
		return ""
	}
	settings, _ := policy.Load(places.Config, places.Managed)
	return settings.Language
}

// NoArguments refuses arguments as a mistake of usage.
func NoArguments(c *cobra.Command, args []string) error {
	if err := cobra.NoArgs(c, args); err != nil {
		return UsageError{Err: err}
	}
	return nil
}

// WantsJSON adds --json to a command.
func WantsJSON(c *cobra.Command, w *words.Words) {
	c.Flags().Bool("json", false, w.T(words.CLIFlagJSON, nil))
}

// IsJSON says that --json was given.
func IsJSON(c *cobra.Command) bool {
	on, err := c.Flags().GetBool("json")
	return err == nil && on
}

// PrintJSON writes a value on stdout.
func PrintJSON(c *cobra.Command, v any) error {
	e := json.NewEncoder(c.OutOrStdout())
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// Failure is how a script learns of one.
type Failure struct {
	Code    protocol.Code `json:"code"`
	Message string        `json:"message"`
}

// Report tells of a failure, in words on stderr or as JSON on stdout, and gives the exit code.
func Report(root *cobra.Command, w *words.Words, args []string, err error) int {
	var q Quiet
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &q):
		return q.Exit
	}
	code, exit := protocol.Internal, ExitFailed
	var e *protocol.Error
	switch {
	case errors.Is(err, context.Canceled):
		code, exit = protocol.UserCancelled, ExitCancelled
	case errors.As(err, &e):
		code, exit = e.Code, ExitFor(e.Code)
	case errors.As(err, &UsageError{}), strings.HasPrefix(err.Error(), "unknown command"):
		code, exit = protocol.InvalidArgument, ExitUsage
	}
	if slices.Contains(args, "--json") {
		_ = PrintJSON(root, map[string]Failure{"error": {code, err.Error()}})
		return exit
	}
	if e != nil { // first what a citizen reads; the second line is for who helps
		_, _ = fmt.Fprintln(root.ErrOrStderr(), w.Hint(e.Code))
	}
	_, _ = fmt.Fprintln(root.ErrOrStderr(), "ponte: "+err.Error())
	if c, _, found := root.Find(args); exit == ExitUsage && e == nil && found == nil && c != root {
		_, _ = io.WriteString(root.ErrOrStderr(), "\n"+usage(c, w))
	}
	return exit
}

// ExitFor groups the codes of PROTOCOL.md as scripts want them.
func ExitFor(c protocol.Code) int {
	switch c {
	case protocol.UserCancelled, protocol.UserTimeout, protocol.ConsentDenied:
		return ExitCancelled
	case protocol.NoReader, protocol.NoCard, protocol.CardMute, protocol.CardUnsupported, protocol.CardRemoved, protocol.CardBusy,
		protocol.PINBlocked, protocol.PUKBlocked, protocol.CardNotActivated, protocol.CertificateExpired, protocol.CertificateNotYetValid,
		protocol.CertificateMissing, protocol.KeyMismatch, protocol.ReaderLimited, protocol.PCSCUnavailable:
		return ExitCard
	case protocol.InvalidArgument:
		return ExitUsage
	}
	return ExitFailed
}

// Printable keeps a name from speaking to the terminal.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// NeedsSubcommand is for commands that are only the head of others.
func NeedsSubcommand(c *cobra.Command, _ []string) error {
	return UsageError{Err: fmt.Errorf("%s: one of its commands is needed, see --help", c.CommandPath())}
}

// ParseSite reads an origin that a human typed: a name with accents is put into its ASCII form (RFC 5891).
func ParseSite(s string) (protocol.Origin, error) {
	if u, err := url.Parse(s); err == nil {
		if ascii, err := idna.Lookup.ToASCII(u.Hostname()); err == nil && ascii != u.Hostname() {
			s = strings.Replace(s, u.Hostname(), ascii, 1)
		}
	}
	o, err := protocol.ParseOrigin(s)
	if err != nil {
		return o, UsageError{Err: fmt.Errorf("%q: %w", s, err)}
	}
	return o, nil
}

// Speak puts cobra's own texts into the citizen's language, for root and all its commands.
func Speak(root *cobra.Command, w *words.Words) {
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Short = w.T(words.CLIHelp, nil)
		case "completion":
			c.Short = w.T(words.CLICompletion, nil)
		}
	}
	if root.Version != "" {
		root.Flags().BoolP("version", "v", false, w.T(words.CLIVersion, nil))
	}
	root.PersistentFlags().BoolP("help", "h", false, w.T(words.CLIFlagHelp, nil))
	quiet(root)
	root.SetUsageFunc(func(c *cobra.Command) error {
		_, err := io.WriteString(c.OutOrStderr(), usage(c, w))
		return err
	})
}

// usage says how a command is called. It is no template of cobra's: with one, the linker keeps each method of each type
// in the program (reflect.Value.MethodByName).
func usage(c *cobra.Command, w *words.Words) string {
	var b strings.Builder
	b.WriteString(w.T(words.CLIUsageTitle, nil))
	if c.Runnable() && (!c.HasAvailableSubCommands() || c.LocalNonPersistentFlags().HasAvailableFlags()) {
		fmt.Fprintf(&b, "\n  %s %s", c.UseLine(), w.T(words.CLIUsageOptions, nil))
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n  %s %s\n\n%s", c.CommandPath(), w.T(words.CLIUsageCommand, nil), w.T(words.CLIUsageCommands, nil))
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "\n  %-*s %s", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if c.HasAvailableFlags() {
		fmt.Fprintf(&b, "\n\n%s\n%s", w.T(words.CLIUsageFlags, nil), strings.TrimRight(c.Flags().FlagUsages(), " \n"))
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n\n%s", w.T(words.CLIUsageMore, words.Data{"Command": c.CommandPath()}))
	}
	b.WriteString("\n")
	return b.String()
}

// quiet keeps cobra from adding its English "[flags]" to what a command and those below it are called with.
func quiet(c *cobra.Command) {
	c.DisableFlagsInUseLine = true
	for _, sub := range c.Commands() {
		quiet(sub)
	}
}
