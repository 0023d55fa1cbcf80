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
	Advice protocol.Advice `json:"advice"` // the same in words, as everywhere
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
				return cli.PrintJSON(c, statusReport{running, info.Version, info.Card, info.Advice})
			}
			c.Print(statusText(w, running, info))
			return nil
		},
	}
	cli.WantsJSON(c, w)
	return c
}

// statusText is the status in words: what is, why, what to do next, and where.
func statusText(w *words.Words, running bool, info control.Info) string {
	lines := []string{w.T(words.CLIAgentRunning, words.Data{"Version": info.Version})}
	if !running {
		lines[0] = w.T(words.CLIAgentAbsent, nil)
	}
	a := info.Advice
	for _, line := range append([]string{a.Title, a.Cause, a.Next, a.Where}, a.Notes...) {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}
