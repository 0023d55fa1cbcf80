// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
)

// agentStart bounds how long an agent may take to start.
const agentStart = 10 * time.Second

func panelCommand(w *words.Words) *cobra.Command {
	var page string
	var printed bool
	c := &cobra.Command{
		Use: "panel", Short: w.T(words.PanelCommand, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if page != "" {
				if err := cli.OneOf("page", page, panelPages[1:]...); err != nil {
					return err
				}
			}
			return openPanelFromShell(c, w, page, printed)
		},
	}
	c.Flags().StringVar(&page, "page", "", w.T(words.PanelFlagPage, nil))
	c.Flags().BoolVar(&printed, "print", false, w.T(words.PanelFlagPrint, nil))
	cli.WantsJSON(c, w)
	return c
}

// openPanelFromShell has the agent open the page, which is started for that when none runs.
func openPanelFromShell(c *cobra.Command, w *words.Words, page string, printed bool) error {
	ctx, cancel := context.WithTimeout(c.Context(), agentStart)
	defer cancel()
	if err := control.Start(ctx); err != nil {
		return err
	}
	show := !printed && !cli.IsJSON(c)
	var answer control.Panel
	if err := control.Call(c.Context(), control.PanelOpen, control.PanelParams{Page: page, Show: show}, &answer); err != nil {
		return err
	}
	if show && !answer.Shown { // an agent without a screen was started elsewhere
		answer.Shown = showInBrowser(c.Context(), answer.URL) == nil
	}
	switch {
	case cli.IsJSON(c):
		return cli.PrintJSON(c, answer)
	case printed:
		c.Println(answer.URL)
	case answer.Shown:
		c.Println(w.T(words.PanelOpened, nil))
	default:
		c.Println(w.T(words.PanelOpenYourself, nil))
		c.Println(answer.URL)
	}
	return nil
}
