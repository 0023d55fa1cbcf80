// SPDX-License-Identifier: EUPL-1.2

// Package cli is what the command lines of ponte, ponte-verify and ponte-document share: usage and help in the citizen's
// language, exit codes, results as JSON, and how a failure is told. It knows no command.
package cli

import (
	"encoding/json"
	"net/url"
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

// Language is the citizen's setting; a mistake in the settings is told by the command that needs them.
func Language() string {
	places, err := policy.UserPlaces()
	if err != nil {
		return ""
	}
	settings, _ := policy.Load(places.Config, places.Managed)
	return settings.Language
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

// Printable keeps a name from speaking to the terminal.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// ParseSite reads an origin that a human typed: a name with accents is put into its ASCII form (RFC 5891).
func ParseSite(s string) (protocol.Origin, error) {
	if s == "" {
		return protocol.Origin{}, mistake(words.FailureNoSite, nil, "no origin: --origin is needed")
	}
	if u, err := url.Parse(s); err == nil {
		if ascii, err := idna.Lookup.ToASCII(u.Hostname()); err == nil && ascii != u.Hostname() {
			s = strings.Replace(s, u.Hostname(), ascii, 1)
		}
	}
	o, err := protocol.ParseOrigin(s)
	if err != nil {
		return o, mistake(words.FailureNotASite, words.Data{"Given": Printable(s)}, "%q: %w", s, err)
	}
	return o, nil
}
