// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/doctor"
	"github.com/ponte-cns/ponte/daemon/words"
)

func doctorCommand(w *words.Words) *cobra.Command {
	var report, fix string
	c := &cobra.Command{
		Use: "doctor", Short: w.T(words.DoctorCommand, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			m := newDoctor(w)
			if fix != "" {
				if err := m.Fix(c.Context(), fix); err != nil {
					return err
				}
				if !cli.IsJSON(c) {
					c.Println(w.T(words.DoctorFixed, nil))
				}
			}
			return examine(c, w, m, report)
		},
	}
	c.Flags().StringVar(&report, "report", "", w.T(words.DoctorFlagReport, nil))
	c.Flags().StringVar(&fix, "fix", "", w.T(words.DoctorFlagFix, nil))
	cli.WantsJSON(c, w)
	return c
}

// examine looks at everything, tells it, and fails when something does not work.
func examine(c *cobra.Command, w *words.Words, m *doctor.Machine, report string) error {
	if report != "" { // before a citizen has waited for the checks
		if _, err := os.Lstat(report); err == nil {
			return cli.Tell(w.T(words.DocumentsExists, words.Data{"File": cli.Printable(report)}), fmt.Errorf("%s: %w", report, doctor.ErrReportExists))
		}
	}
	out := &checkPrinter{w: w, out: c.OutOrStdout(), colour: inColour(c.OutOrStdout())}
	tell := out.print
	if cli.IsJSON(c) {
		tell = nil
	}
	checks := m.Run(c.Context(), tell)
	if err := c.Context().Err(); err != nil {
		return err
	}
	if report != "" {
		if err := m.WriteReport(report, checks); err != nil {
			return err
		}
	}
	worst := doctor.Worst(checks)
	if cli.IsJSON(c) {
		if err := cli.PrintJSON(c, checks); err != nil {
			return err
		}
	} else {
		out.end(worst, report)
	}
	if worst == doctor.Fail {
		return cli.Quiet{Exit: cli.ExitFailed}
	}
	return nil
}

// checkPrinter writes each check as it is finished.
type checkPrinter struct {
	w      *words.Words
	out    io.Writer
	colour bool
	group  string
}

// lineWidth is where lines are broken, in characters: a terminal has 80.
const lineWidth = 78

// marks are signs and colours (ECMA-48, SGR); the word for the status stands beside them.
var marks = map[doctor.Status]struct{ sign, colour string }{
	doctor.OK: {"✓", "32"}, doctor.Info: {"·", "2"}, doctor.Warn: {"!", "33"}, doctor.Fail: {"✗", "31"},
}

func (p *checkPrinter) print(c doctor.Check) {
	if c.Group != p.group {
		if p.group != "" {
			p.line("")
		}
		p.group = c.Group
		p.line(p.paint("1", doctor.GroupTitle(p.w, c.Group)))
	}
	mark := marks[c.Status]
	word := ""
	if c.Status == doctor.Warn || c.Status == doctor.Fail {
		word = "[" + doctor.StatusWord(p.w, c.Status) + "] "
	}
	for i, text := range cli.Wrap(word+c.Title+": "+c.Detail, lineWidth-4) {
		if i == 0 {
			p.line("  " + p.paint(mark.colour, mark.sign) + " " + text)
			continue
		}
		p.line("    " + text)
	}
	if c.Fix == "" {
		return
	}
	advice := cli.Wrap(p.w.T(words.DoctorWhatToDo, words.Data{"Fix": c.Fix}), lineWidth-6)
	if c.Fixable {
		advice = append(advice, p.w.T(words.DoctorCanFix, words.Data{"Command": "ponte doctor --fix " + c.ID}))
	}
	for _, text := range advice {
		p.line("      " + text)
	}
}

// end says the whole in one sentence.
func (p *checkPrinter) end(worst doctor.Status, report string) {
	summary := words.DoctorSummaryGood
	switch worst {
	case doctor.Fail:
		summary = words.DoctorSummaryFail
	case doctor.Warn:
		summary = words.DoctorSummaryWarn
	}
	p.line("")
	for _, text := range cli.Wrap(p.w.T(summary, nil), lineWidth) {
		p.line(p.paint("1", text))
	}
	if report != "" {
		p.line(p.w.T(words.DoctorReportWritten, words.Data{"Path": report}))
	}
}

func (p *checkPrinter) line(s string) { _, _ = fmt.Fprintln(p.out, s) }

func (p *checkPrinter) paint(colour, s string) string {
	if !p.colour {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// inColour says that a person reads, and has not asked for no colours (no-color.org).
func inColour(w io.Writer) bool {
	return cli.IsTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
