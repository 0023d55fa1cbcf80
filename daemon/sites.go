// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/activity"
	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

func sitesCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{Use: "sites", Short: w.T(words.CLISites, nil), Args: cli.NoArguments, RunE: cli.NeedsSubcommand}
	list := &cobra.Command{
		Use: "list", Short: w.T(words.CLISitesList, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error { return listSites(c, w) },
	}
	cli.WantsJSON(list, w)
	c.AddCommand(list,
		siteCommand(w, "allow", words.CLISitesAllow, words.CLISiteAllowed, func(s *policy.Sites, o protocol.Origin) error { return s.Set(o, true) }),
		siteCommand(w, "block", words.CLISitesBlock, words.CLISiteBlocked, func(s *policy.Sites, o protocol.Origin) error { return s.Set(o, false) }),
		siteCommand(w, "forget", words.CLISitesForget, words.CLISiteForgotten, func(s *policy.Sites, o protocol.Origin) error {
			_, err := s.Forget(o)
			return err
		}),
	)
	return c
}

// siteCommand does one thing to one site. The agent sees the change at its next request.
func siteCommand(w *words.Words, name string, short, done words.Text, do func(*policy.Sites, protocol.Origin) error) *cobra.Command {
	c := &cobra.Command{
		Use: name + " ORIGIN", Short: w.T(short, nil),
		Args: func(c *cobra.Command, args []string) error {
			if err := cobra.ExactArgs(1)(c, args); err != nil {
				return cli.UsageError{Err: err}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			o, err := cli.ParseSite(args[0])
			if err != nil {
				return err
			}
			sites, err := openSites()
			if err != nil {
				return err
			}
			if err := do(sites, o); err != nil {
				return err
			}
			if cli.IsJSON(c) {
				return cli.PrintJSON(c, map[string]any{"origin": o, "done": name})
			}
			c.Println(w.T(done, words.Data{"Site": o.String()}))
			return nil
		},
	}
	cli.WantsJSON(c, w)
	return c
}

func openSites() (*policy.Sites, error) {
	places, err := policy.UserPlaces()
	if err != nil {
		return nil, err
	}
	settings, err := policy.OpenLive(places.Config, places.Managed)
	if err != nil {
		return nil, err
	}
	return policy.OpenSites(places.Sites, settings), nil
}

func listSites(c *cobra.Command, w *words.Words) error {
	sites, err := openSites()
	if err != nil {
		return err
	}
	list, err := sites.List()
	if err != nil {
		return err
	}
	if cli.IsJSON(c) {
		return cli.PrintJSON(c, append([]policy.Site{}, list...)) // [] rather than null
	}
	t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, s := range list {
		standing, by := words.CLIBlocked, words.CLIByYou
		if s.Allowed {
			standing = words.CLIAllowed
		}
		if s.Managed {
			by = words.CLIByAdministrator
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", s.Origin, w.T(standing, nil), w.T(by, nil))
	}
	return t.Flush()
}

func logCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{
		Use: "log", Short: w.T(words.CLILog, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			places, err := policy.UserPlaces()
			if err != nil {
				return err
			}
			entries, err := (&activity.Log{Dir: places.State}).List()
			if err != nil {
				return err
			}
			if cli.IsJSON(c) {
				return cli.PrintJSON(c, append([]activity.Entry{}, entries...))
			}
			t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, e := range entries {
				outcome := w.T(words.CLIDone, nil)
				if e.Outcome != "" {
					outcome = string(e.Outcome)
				}
				site := e.Origin.String()
				if site == "" { // the citizen's own
					site = w.T(words.DialogTitle, nil)
				}
				_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", e.Time.Local().Format("02/01/2006 15:04:05"), site, e.Operation, outcome)
			}
			return t.Flush()
		},
	}
	cli.WantsJSON(c, w)
	return c
}
