// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/activity"
	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

func logCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{
		Use: "log", Short: w.T(words.CLILog, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error { return printLog(c, w) },
	}
	empty := &cobra.Command{
		Use: "clear", Short: w.T(words.LogClear, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			err := control.Call(c.Context(), control.ActivityClear, struct{}{}, nil)
			if errors.Is(err, ipc.ErrAbsent) {
				var log *activity.Log
				if log, err = openActivity(); err == nil {
					err = log.Clear()
				}
			}
			if err != nil {
				return err
			}
			if cli.IsJSON(c) {
				return cli.PrintJSON(c, struct{}{})
			}
			c.Println(w.T(words.LogCleared, nil))
			return nil
		},
	}
	cli.WantsJSON(empty, w)
	c.AddCommand(empty)
	cli.WantsJSON(c, w)
	return c
}

func openActivity() (*activity.Log, error) {
	places, err := policy.UserPlaces()
	if err != nil {
		return nil, err
	}
	return &activity.Log{Dir: places.State}, nil
}

// printLog reads the files itself: this works without an agent.
func printLog(c *cobra.Command, w *words.Words) error {
	log, err := openActivity()
	if err != nil {
		return err
	}
	entries, err := log.List()
	if err != nil {
		return err
	}
	if cli.IsJSON(c) {
		return cli.PrintJSON(c, append([]activity.Entry{}, entries...)) // [] rather than null
	}
	if len(entries) == 0 {
		c.Println(w.T(words.PanelNoEntries, nil))
		return nil
	}
	t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, e := range entries {
		who := e.Origin.String()
		if e.Origin == (protocol.Origin{}) { // the citizen's own
			who = w.T(words.ActivityDidYou, nil)
		}
		did, known := w.Did(e.Operation)
		if !known {
			did = cli.Printable(e.Operation)
		}
		ended, hint := w.Ended(e.Outcome)
		if why, _, _ := strings.Cut(hint, ". "); why != "" { // what to do is on the control page
			ended += ": " + strings.TrimSuffix(why, ".") + "."
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", e.Time.Local().Format("02/01/2006 15:04:05"), who, did, seconds(w, e.Took()), ended)
	}
	return t.Flush()
}

// seconds writes a duration as people of a language do.
func seconds(w *words.Words, d time.Duration) string {
	s := fmt.Sprintf("%.1f s", d.Seconds())
	if w.Lang() != "en" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}
