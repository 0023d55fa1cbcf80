// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

func loginCommand(w *words.Words) *cobra.Command {
	var site, nonce, lang string
	c := &cobra.Command{
		Use: "login", Short: w.T(words.CLILogin, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := cli.ParseSite(site)
			if err != nil {
				return err
			}
			if protocol.CheckNonce(nonce) != nil {
				return cli.Misused(w.T(words.FailureNonce, nil))
			}
			if err := cli.NameLanguage(lang); err != nil {
				return err
			}
			var token protocol.Token
			if err := ask(c.Context(), control.Login, control.LoginParams{Origin: o, Nonce: nonce, Lang: lang}, &token); err != nil {
				return err
			}
			return cli.PrintJSON(c, token)
		},
	}
	c.Flags().StringVar(&site, "origin", "", w.T(words.CLIFlagOrigin, nil))
	c.Flags().StringVar(&nonce, "nonce", "", w.T(words.CLIFlagNonce, nil))
	c.Flags().StringVar(&lang, "lang", "", w.T(words.CLIFlagLang, nil))
	cli.WantsJSON(c, w)
	return c
}
