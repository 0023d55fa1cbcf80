// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/idna"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

func loginCommand(w *words.Words) *cobra.Command {
	var site, nonce, lang string
	c := &cobra.Command{
		Use: "login", Short: w.T(words.CLILogin, nil), Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := parseSite(site)
			if err != nil {
				return err
			}
			if err := protocol.CheckNonce(nonce); err != nil {
				return err
			}
			var token protocol.Token
			if err := ask(c.Context(), methodLogin, loginParams{Origin: o, Nonce: nonce, Lang: lang}, &token); err != nil {
				return err
			}
			return printJSON(c, token)
		},
	}
	c.Flags().StringVar(&site, "origin", "", w.T(words.CLIFlagOrigin, nil))
	c.Flags().StringVar(&nonce, "nonce", "", w.T(words.CLIFlagNonce, nil))
	c.Flags().StringVar(&lang, "lang", "", w.T(words.CLIFlagLang, nil))
	wantsJSON(c, w)
	return c
}

// parseSite reads an origin that a human typed: a name with accents is put into its ASCII form (RFC 5891).
func parseSite(s string) (protocol.Origin, error) {
	if u, err := url.Parse(s); err == nil {
		if ascii, err := idna.Lookup.ToASCII(u.Hostname()); err == nil && ascii != u.Hostname() {
			s = strings.Replace(s, u.Hostname(), ascii, 1)
		}
	}
	o, err := protocol.ParseOrigin(s)
	if err != nil {
		return o, usageError{fmt.Errorf("%q: %w", s, err)}
	}
	return o, nil
}
