// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
)

func policyCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{Use: "policy", Short: w.T(words.PolicyCommand, nil), Args: cli.NoArguments, RunE: cli.NeedsSubcommand}
	show := &cobra.Command{
		Use: "show", Short: w.T(words.PolicyShow, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error { return showPolicy(c, w) },
	}
	cli.WantsJSON(show, w)
	c.AddCommand(show)
	return c
}

// shownPolicy is what `ponte policy show --json` prints.
type shownPolicy struct {
	Managed  string         `json:"managed"` // where the administrator's policy is looked for
	File     string         `json:"file"`    // the citizen's settings
	Settings []policy.Shown `json:"settings"`
	Mistake  *policy.Told   `json:"mistake"`
	Unknown  []policy.Told  `json:"unknown"`
}

// showPolicy reads the files itself: what is printed is what an agent uses that reads them now. A mistake makes it fail,
// after everything that can be said.
func showPolicy(c *cobra.Command, w *words.Words) error {
	places, err := policy.UserPlaces()
	if err != nil {
		return err
	}
	settings, err := policy.OpenLive(places.Config, places.Managed)
	if err != nil {
		return err
	}
	report := settings.Report()
	shown := shownPolicy{Managed: report.Managed, File: report.File, Settings: settings.Show(), Mistake: report.Mistake, Unknown: []policy.Told{}}
	shown.Unknown = append(shown.Unknown, report.Unknown...)
	if cli.IsJSON(c) {
		err = cli.PrintJSON(c, shown)
	} else {
		err = printPolicy(c, w, shown)
	}
	if err == nil && shown.Mistake != nil {
		err = cli.Quiet{Exit: cli.ExitFailed}
	}
	return err
}

func printPolicy(c *cobra.Command, w *words.Words, shown shownPolicy) error {
	from := map[string]words.Text{policy.FromPolicy: words.PolicyFromPolicy, policy.FromUser: words.PolicyFromUser, policy.FromDefault: words.PolicyFromDefault, policy.FromCaution: words.PolicyFromCaution}
	table := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, s := range shown.Settings {
		values := s.Values
		if len(values) == 0 {
			values = []string{"–"}
		}
		for i, value := range values {
			key, source := s.Key, w.T(from[s.From], nil)
			if i > 0 {
				key, source = "", ""
			}
			if _, err := fmt.Fprintf(table, "%s\t%s\t%s\n", key, value, source); err != nil {
				return err
			}
		}
	}
	err := table.Flush()
	c.Println()
	c.Println(w.T(words.PolicyPlaces, words.Data{"Managed": shown.Managed, "File": shown.File}))
	for _, told := range shown.Unknown {
		c.Println(w.T(words.PolicyUnknown, words.Data{"Where": place(told), "Reason": told.Message}))
	}
	if m := shown.Mistake; m != nil {
		c.Println(w.T(words.PolicyMistake, words.Data{"Where": place(*m), "Reason": m.Message}))
	}
	return err
}

// place is a file and its line, as compilers write it.
func place(t policy.Told) string {
	if t.Line == 0 {
		return t.File
	}
	return fmt.Sprintf("%s:%d", t.File, t.Line)
}
