// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/pkcs11"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

func modulesCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{
		Use: "modules", Short: w.T(words.ModulesCommand, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			var cards []control.Modules
			if err := ask(c.Context(), control.CardModules, struct{}{}, &cards); err != nil {
				return err
			}
			switch {
			case cli.IsJSON(c):
				return cli.PrintJSON(c, cards)
			case len(cards) == 0:
				return protocol.Fail(protocol.NoCard, "")
			}
			return printModules(c, w, cards)
		},
	}
	cli.WantsJSON(c, w)
	return c
}

// outcomes and sources are what the words of package pkcs11 mean to a person.
var (
	outcomes = map[pkcs11.Outcome]words.Text{
		pkcs11.Used: words.ModulesUsed, pkcs11.Absent: words.ModulesAbsent, pkcs11.NotAllowed: words.ModulesNotAllowed,
		pkcs11.Untrusted: words.ModulesUntrusted, pkcs11.Unloadable: words.ModulesUnloadable, pkcs11.Failed: words.ModulesFailed,
		pkcs11.NotTried: words.ModulesNotTried, pkcs11.NoToken: words.ModulesNoToken, pkcs11.NoCertificate: words.ModulesNoCertificate,
	}
	sources = map[pkcs11.Source]words.Text{
		pkcs11.SourceChosen: words.ModulesChosen, pkcs11.SourceAnyCard: words.ModulesAnyCard, pkcs11.SourceRemembered: words.ModulesRemembered,
		pkcs11.SourceTable: words.ModulesTable, pkcs11.SourceKit: words.ModulesKit,
	}
)

func printModules(c *cobra.Command, w *words.Words, cards []control.Modules) error {
	for i, card := range cards {
		if i > 0 {
			c.Println()
		}
		t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
		row := func(label words.Text, value string) {
			if value != "" {
				_, _ = fmt.Fprintf(t, "%s\t%s\n", w.T(label, nil), cli.Printable(value))
			}
		}
		row(words.CLIRowReader, card.Reader)
		row(words.ModulesRowATR, card.ATR)
		row(words.ModulesRowFamily, card.Family)
		row(words.ModulesRowDriver, driverOf(w, card))
		if err := t.Flush(); err != nil {
			return err
		}
		absent := 0
		for _, trial := range card.Tried {
			if pkcs11.Outcome(trial.Outcome) == pkcs11.Absent && pkcs11.Source(trial.Source) != pkcs11.SourceChosen {
				absent++ // there are dozens of them
				continue
			}
			c.Printf("  %s\n    %s; %s\n", cli.Printable(trial.Path), w.T(outcomes[pkcs11.Outcome(trial.Outcome)], nil), w.T(sources[pkcs11.Source(trial.Source)], nil))
			if trial.Detail != "" {
				c.Printf("    (%s)\n", cli.Printable(trial.Detail))
			}
		}
		if absent > 0 {
			c.Println("  " + w.N(words.ModulesNotInstalled, absent))
		}
	}
	return nil
}

func driverOf(w *words.Words, card control.Modules) string {
	switch card.Driver {
	case "ponte":
		return w.T(words.ModulesByPonte, nil)
	case "module":
		return card.Module
	}
	return w.T(words.ModulesByNothing, nil)
}
