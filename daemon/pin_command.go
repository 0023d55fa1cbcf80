// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

func pinCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{Use: "pin", Short: w.T(words.PINCareCommand, nil), Args: cli.NoArguments, RunE: cli.NeedsSubcommand}
	c.AddCommand(
		carePINCommand(w, "change", control.PINChange, words.PINCareCommandChange, words.PINCareChanged),
		carePINCommand(w, "unblock", control.PINUnblock, words.PINCareCommandUnblock, words.PINCareUnblocked),
	)
	return c
}

// carePINCommand lets the agent ask for the codes in its dialogs. It takes none from the command line: other users of the
// computer could read it there.
func carePINCommand(w *words.Words, name, method string, short, done words.Text) *cobra.Command {
	var lang string
	c := &cobra.Command{
		Use: name, Short: w.T(short, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := cli.NameLanguage(lang); err != nil {
				return err
			}
			err := ask(c.Context(), method, control.PINParams{Lang: lang}, &struct{}{})
			switch {
			case cli.IsJSON(c) && err == nil:
				return cli.PrintJSON(c, struct{}{})
			case cli.IsJSON(c):
				return err
			case err == nil:
				c.Println(w.T(done, nil))
				return nil
			}
			return tellPINFailure(c, w, method, err)
		},
	}
	c.Flags().StringVar(&lang, "lang", "", w.T(words.CLIFlagLang, nil))
	cli.WantsJSON(c, w)
	return c
}

// tellPINFailure prints what the dialogs have said too: the hints of the codes speak of a login.
func tellPINFailure(c *cobra.Command, w *words.Words, method string, err error) error {
	var e *protocol.Error
	if !errors.As(err, &e) {
		return err
	}
	uncertain := e.Detail == card.ErrUncertain.Error()
	paragraphs := w.PINCareFailure(method == control.PINUnblock, e.Code, uncertain, words.Situation{})
	_, _ = fmt.Fprintln(c.ErrOrStderr(), strings.Join(paragraphs, "\n"))
	return cli.Quiet{Exit: cli.ExitFor(e.Code)}
}
