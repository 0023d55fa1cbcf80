// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// statusReport is what `ponte status --json` prints: the members of card.status, and those of the agent.
type statusReport struct {
	Running bool   `json:"running"` // an agent of this user is running
	Version string `json:"version"`
	protocol.Status
}

func statusCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{
		Use: "status", Short: w.T(words.CLIStatus, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			var info control.Info
			err := control.Call(c.Context(), control.AgentInfo, struct{}{}, &info)
			running := err == nil
			if errors.Is(err, ipc.ErrAbsent) {
				err = askOwn(c.Context(), control.AgentInfo, struct{}{}, &info)
			}
			if err != nil {
				return err
			}
			if cli.IsJSON(c) {
				return cli.PrintJSON(c, statusReport{running, info.Version, info.Card})
			}
			c.Print(statusText(w, running, info))
			return nil
		},
	}
	cli.WantsJSON(c, w)
	return c
}

// statusText is the status in words: what is, and what to do next.
func statusText(w *words.Words, running bool, info control.Info) string {
	lines := []string{w.T(words.CLIAgentRunning, words.Data{"Version": info.Version})}
	if !running {
		lines[0] = w.T(words.CLIAgentAbsent, nil)
	}
	lines = append(lines, w.State(info.Card.State))
	if p := info.Card.PIN; p.TriesLeft != nil {
		lines = append(lines, w.N(words.PINTries, *p.TriesLeft))
	}
	next := map[protocol.CardState]protocol.Code{
		protocol.StateNoReader: protocol.NoReader, protocol.StateNoCard: protocol.NoCard, protocol.StateMute: protocol.CardMute,
	}[info.Card.State]
	if info.Card.Problem != nil {
		next = *info.Card.Problem
	}
	if next != "" {
		lines = append(lines, w.Hint(next))
	}
	return strings.Join(lines, "\n") + "\n"
}
