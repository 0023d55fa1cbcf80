// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// row is one figure beside its budget and its peers.
type row struct {
	What     string   `json:"what"`
	Unit     string   `json:"unit"` // ms, MiB, bytes, 1/s; empty for a count
	Measured float64  `json:"measured"`
	Budget   *float64 `json:"budget"`   // nil: none was set
	OfBudget *float64 `json:"ofBudget"` // Measured / Budget; nil without a budget, and for a budget of 0
	Within   *bool    `json:"within"`
	Peers    []peer   `json:"peers"`
	Note     string   `json:"note,omitempty"` // how it was measured, where the name does not say it
}

// peer is what another program needs for the same.
type peer struct {
	Name      string   `json:"name"`
	Measured  float64  `json:"measured"`
	Elsewhere bool     `json:"elsewhere"` // the figure comes from the design, not from this run
	OfPeer    *float64 `json:"ofPeer"`
}

// within sets the budget.
func (r row) within(budget float64) row {
	met := r.Measured <= budget
	r.Budget, r.Within, r.OfBudget = &budget, &met, ratio(r.Measured, budget)
	return r
}

// beside adds a peer measured in this run.
func (r row) beside(name string, measured float64) row {
	r.Peers = append(slices.Clone(r.Peers), peer{Name: name, Measured: measured, OfPeer: ratio(r.Measured, measured)})
	return r
}

// besideQuoted adds a peer that was measured on another machine: its ratio says the order of magnitude only.
func (r row) besideQuoted(name string, measured float64) row {
	r = r.beside(name, measured)
	r.Peers[len(r.Peers)-1].Elsewhere = true
	return r
}

func ratio(a, b float64) *float64 {
	if b == 0 {
		return nil
	}
	q := a / b
	return &q
}

// report is everything that was measured in one run.
type report struct {
	Machine machine `json:"machine"`
	Rows    []row   `json:"rows"`
}

// machine tells how much the times can be trusted.
type machine struct {
	CPUs int    `json:"cpus"`
	Load string `json:"load"` // of the last minute, at the start
	Go   string `json:"go"`
}

func describeMachine() machine {
	b, _ := os.ReadFile("/proc/loadavg")
	load, _, _ := strings.Cut(string(b), " ")
	return machine{runtime.NumCPU(), cmp.Or(load, "unknown"), runtime.Version()}
}

func (r report) printJSON(w io.Writer) error {
	r.Rows = slices.Clone(r.Rows)
	for i := range r.Rows {
		if r.Rows[i].Peers == nil {
			r.Rows[i].Peers = []peer{} // a list for scripts, not null
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func (r report) printTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "WHAT\tMEASURED\tBUDGET\tOF BUDGET\tPEER\tOF PEER")
	for _, row := range r.Rows {
		budget, ofBudget := "-", "-"
		if row.Budget != nil {
			budget, ofBudget = amount(*row.Budget, row.Unit), times(row.OfBudget)
			switch {
			case !*row.Within:
				ofBudget += " OVER"
			case row.OfBudget == nil:
				ofBudget = "met"
			}
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t", row.What, amount(row.Measured, row.Unit), budget, ofBudget)
		if len(row.Peers) == 0 {
			_, _ = fmt.Fprintln(t, "-\t-")
		}
		for i, p := range row.Peers {
			name := p.Name + ": " + amount(p.Measured, row.Unit)
			if p.Elsewhere {
				name += " *"
			}
			if i > 0 {
				_, _ = fmt.Fprint(t, "\t\t\t\t")
			}
			_, _ = fmt.Fprintf(t, "%s\t%s\n", name, times(p.OfPeer))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(w)
	for _, row := range r.Rows {
		if row.Note != "" {
			_, _ = fmt.Fprintf(w, "%s: %s\n", row.What, row.Note)
		}
	}
	_, err := fmt.Fprintf(w, "\n* measured on another machine: the ratio tells the order of magnitude only\n%d CPUs, load %s, %s\n", r.Machine.CPUs, r.Machine.Load, r.Machine.Go)
	return err
}

// amount writes a figure with its unit.
func amount(v float64, unit string) string {
	digits := 1
	switch unit {
	case "", "bytes":
		digits = 0
	case "MiB":
		digits = 2
	}
	return strings.TrimSpace(fmt.Sprintf("%.*f %s", digits, v, unit))
}

func times(q *float64) string {
	if q == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f", *q)
}

// samples are figures of one kind, all in the same unit.
type samples []float64

// quantile is the smallest sample that at least the share q of all is not above (nearest rank).
func (s samples) quantile(q float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	return sorted[max(0, int(math.Ceil(q*float64(len(s))))-1)]
}

func (s samples) median() float64 { return s.quantile(0.5) }
func (s samples) p95() float64    { return s.quantile(0.95) }
