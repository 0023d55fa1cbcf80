// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

func cardCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{Use: "card", Short: w.T(words.CLICard, nil), Args: cli.NoArguments, RunE: cli.NeedsSubcommand}
	info := &cobra.Command{
		Use: "info", Short: w.T(words.CLICardInfo, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			cards, err := askCards(c)
			switch {
			case cli.IsJSON(c) && err == nil:
				return cli.PrintJSON(c, cards)
			case err == nil:
				return printCards(c, w, cards)
			case cli.IsJSON(c) || !slices.ContainsFunc(cards, func(k control.Card) bool { return k.Family != "" }):
				return err
			}
			return errors.Join(printCards(c, w, cards), cli.Quiet{Exit: cli.ExitCard}) // it says what is needed
		},
	}
	certificate := &cobra.Command{
		Use: "certificate", Short: w.T(words.CLICardCertificate, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			cards, err := askCards(c)
			if err != nil {
				return err
			}
			return printCertificate(c, w, cards)
		},
	}
	certificate.Flags().Bool("pem", false, w.T(words.CLIFlagPEM, nil))
	cli.WantsJSON(info, w)
	cli.WantsJSON(certificate, w)
	c.AddCommand(info, certificate, recordCommand(w), modulesCommand(w))
	return c
}

// askCards tells of the cards, and fails when none can log in.
func askCards(c *cobra.Command) ([]control.Card, error) {
	var cards []control.Card
	if err := ask(c.Context(), control.CardInfo, struct{}{}, &cards); err != nil {
		return nil, err
	}
	if len(cards) == 0 {
		return nil, protocol.Fail(protocol.NoReader, "")
	}
	for _, card := range cards {
		if card.State == protocol.StateReady {
			return cards, nil
		}
	}
	return cards, protocol.Fail(map[protocol.CardState]protocol.Code{
		protocol.StateNoCard: protocol.NoCard, protocol.StateMute: protocol.CardMute, protocol.StateUnknown: protocol.CardUnsupported,
	}[worst(cards)], "")
}

// worst is the most telling state of readers without a CNS.
func worst(cards []control.Card) protocol.CardState {
	state := protocol.StateNoCard
	for _, card := range cards {
		if card.State == protocol.StateUnknown || (card.State == protocol.StateMute && state == protocol.StateNoCard) {
			state = card.State
		}
	}
	return state
}

func printCards(c *cobra.Command, w *words.Words, cards []control.Card) error {
	t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	row := func(label words.Text, value string) {
		if value != "" {
			_, _ = fmt.Fprintf(t, "%s\t%s\n", w.T(label, nil), cli.Printable(value))
		}
	}
	for i, card := range cards {
		if i > 0 {
			_, _ = fmt.Fprintln(t)
		}
		row(words.CLIRowReader, card.Reader)
		row(words.CLIRowState, stateOf(w, card))
		row(words.CardsRowFamily, w.Family(card.Family))
		row(words.CLIRowHolder, card.Holder)
		row(words.CLIRowFiscalCode, card.FiscalCode)
		row(words.CLIRowCardNumber, card.CardNumber)
		row(words.CLIRowIssuer, card.Issuer)
		if !card.NotAfter.IsZero() {
			row(words.CLIRowValidity, card.NotBefore.Local().Format("02/01/2006")+" - "+card.NotAfter.Local().Format("02/01/2006"))
		}
		if card.PIN != nil && card.PIN.TriesLeft != nil && !card.PIN.Blocked { // that it is blocked is told as the state
			row(words.CLIRowPIN, w.N(words.PINTries, *card.PIN.TriesLeft))
		}
		if card.Problem != nil {
			row(words.CLIRowProblem, words.Sentences(w.Advise(situationOf(card)), false))
		} else if card.State == protocol.StateUnknown && card.Family != "" {
			row(words.CLIRowProblem, words.Sentences(w.Advise(situationOf(card)), false))
		}
	}
	return t.Flush()
}

// stateOf is the state of a card in words: its problem, when it has one.
func stateOf(w *words.Words, card control.Card) string {
	return w.Advise(situationOf(card)).Title
}

// situationOf is what can be said of a card in words.
func situationOf(card control.Card) words.Situation {
	return words.Situation{Card: protocol.Status{State: card.State, Problem: card.Problem}, Family: card.Family}
}

// printCertificate prints the certificate of each card, one after the other.
func printCertificate(c *cobra.Command, w *words.Words, cards []control.Card) error {
	var with []control.Card
	for _, card := range cards {
		if card.Certificate != "" {
			with = append(with, card)
		}
	}
	if len(with) == 0 {
		for _, card := range cards {
			if card.Problem != nil {
				return protocol.Fail(*card.Problem, "")
			}
		}
		return protocol.Fail(protocol.CertificateMissing, "")
	}
	if cli.IsJSON(c) {
		return cli.PrintJSON(c, with)
	}
	if asPEM, _ := c.Flags().GetBool("pem"); asPEM {
		for _, card := range with {
			c.Print(card.Certificate)
		}
		return nil
	}
	return printCards(c, w, with)
}
