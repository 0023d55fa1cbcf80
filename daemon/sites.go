// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
)

func sitesCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{Use: "sites", Short: w.T(words.CLISites, nil), Args: cli.NoArguments, RunE: cli.NeedsSubcommand}
	list := &cobra.Command{
		Use: "list", Short: w.T(words.CLISitesList, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error { return listSites(c, w) },
	}
	repair := &cobra.Command{
		Use: "repair", Short: w.T(words.SitesRepair, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error { return repairSites(c, w) },
	}
	cli.WantsJSON(list, w)
	cli.WantsJSON(repair, w)
	c.AddCommand(list,
		siteCommand(w, "allow", words.CLISitesAllow, words.CLISiteAllowed, control.SitesSet, true),
		siteCommand(w, "block", words.CLISitesBlock, words.CLISiteBlocked, control.SitesSet, false),
		siteCommand(w, "forget", words.CLISitesForget, words.CLISiteForgotten, control.SitesForget, false),
		repair,
	)
	return c
}

// siteCommand does one thing to one site: by the running agent, so that it acts at once, else in the file.
func siteCommand(w *words.Words, name string, short, done words.Text, method string, allowed bool) *cobra.Command {
	c := &cobra.Command{
		Use: name + " " + w.T(words.CLIUsageSite, nil), Short: w.T(short, nil), Args: cli.OneArgument,
		RunE: func(c *cobra.Command, args []string) error {
			o, err := cli.ParseSite(args[0])
			if err != nil {
				return err
			}
			if err := changeSite(c.Context(), method, control.SiteParams{Origin: o, Allowed: allowed}); err != nil {
				return damaged(c, w, err)
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

func changeSite(ctx context.Context, method string, p control.SiteParams) error {
	sites, err := openSites()
	if err != nil {
		return err
	}
	site, _, err := sites.Find(p.Origin)
	switch {
	case err != nil:
		return err
	case site.Managed: // said here, in words of its own
		return fmt.Errorf("%s: %w", p.Origin, policy.ErrManagedSite)
	}
	err = control.Call(ctx, method, p, nil)
	switch {
	case !errors.Is(err, ipc.ErrAbsent):
		return err
	case method == control.SitesSet:
		return sites.Set(p.Origin, p.Allowed)
	}
	_, err = sites.Forget(p.Origin)
	return err
}

// openSites is the list of sites in the file, under the administrator's policy.
func openSites() (*policy.Sites, error) {
	places, err := policy.UserPlaces()
	if err != nil {
		return nil, err
	}
	settings, err := policy.OpenLive(places.Config, places.Managed)
	if err != nil {
		return nil, err
	}
	return policy.OpenSites(places.Sites, settings), settings.Err()
}

// damaged says in words that the list of sites is damaged, and what to do. Scripts get the error as it is.
func damaged(c *cobra.Command, w *words.Words, err error) error {
	if !errors.Is(err, policy.ErrDamaged) || cli.IsJSON(c) {
		return err
	}
	places, placesErr := policy.UserPlaces()
	if placesErr != nil {
		return err
	}
	c.PrintErrln(w.T(words.SitesDamaged, words.Data{"File": places.Sites}))
	return cli.Quiet{Exit: cli.ExitFailed}
}

// listSites reads the file itself: the agent reads the same, and this works without one.
func listSites(c *cobra.Command, w *words.Words) error {
	sites, err := openSites()
	if err != nil {
		return err
	}
	list, err := sites.List()
	if err != nil {
		return damaged(c, w, err)
	}
	if cli.IsJSON(c) {
		return cli.PrintJSON(c, list)
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

// repairSites begins a damaged list anew, in the running agent when there is one.
func repairSites(c *cobra.Command, w *words.Words) error {
	var done control.Repaired
	err := control.Call(c.Context(), control.SitesRepair, struct{}{}, &done)
	if errors.Is(err, ipc.ErrAbsent) {
		var sites *policy.Sites
		if sites, err = openSites(); err == nil {
			done.Kept, err = sites.Repair()
		}
	}
	if err != nil {
		return err
	}
	text := w.T(words.SitesWhole, nil)
	if done.Kept != "" {
		text = w.T(words.SitesRepaired, words.Data{"File": done.Kept})
	}
	if cli.IsJSON(c) {
		return cli.PrintJSON(c, done)
	}
	c.Println(text)
	return nil
}
