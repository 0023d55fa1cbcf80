// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
)

// diagnosisView is what the doctor has found.
type diagnosisView struct {
	Running bool
	Ended   time.Time // zero: it was not asked yet
	Groups  []group
	Bad     int // checks that need something to be done
}

// group are the checks of one kind of thing.
type group struct {
	ID     string // todo, computer, ponte, browser or card; empty where the doctor does not say
	Checks []checkView
}

// checkView is one check. Mood is the name of its icon and of its word.
type checkView struct {
	check
	Mood string
}

// groupsOfChecks are in the order of the page: what needs somebody comes first, whatever it is about.
var groupsOfChecks = []string{todo, "computer", "ponte", "browser", "card", ""}

const todo = "todo"

var moodsOfChecks = map[string]string{"ok": "good", "warn": "wait", "fail": "bad"}

func (p *panel) diagnosisPage(w http.ResponseWriter, r *http.Request, s *session) {
	f := p.frame(r, s, "diagnosis")
	var v diagnosisView
	if t, ok := p.tasks.get(doctorTask); ok {
		v.Running, f.Refresh = t.Running, t.Running
		checks, done := t.Result.([]check)
		switch {
		case t.Err != nil:
			f.failed(t.Err)
		case done:
			v.Ended, v.Groups, v.Bad = t.Ended, grouped(checks), countBad(checks)
		}
	}
	f.Body = v
	p.show(w, f)
}

func needsSomebody(c check) bool { return c.Status == "warn" || c.Status == "fail" }

func countBad(checks []check) (n int) {
	for _, c := range checks {
		if needsSomebody(c) {
			n++
		}
	}
	return n
}

// grouped puts the checks of one kind together, in the doctor's order.
func grouped(checks []check) []group {
	of := map[string][]checkView{}
	for _, c := range checks {
		v := checkView{c, moodsOfChecks[c.Status]}
		if v.Mood == "" {
			v.Mood = "info"
		}
		v.Title, v.Detail, v.Fix = plain(c.Title, maxText), plain(c.Detail, maxText), plain(c.Fix, maxText)
		v.ID = plain(c.ID, maxName)
		v.Fixable = c.Fixable && v.ID == c.ID
		id := c.Group
		switch {
		case needsSomebody(c):
			id = todo
		case id == todo || !slices.Contains(groupsOfChecks, id):
			id = ""
		}
		of[id] = append(of[id], v)
	}
	var groups []group
	for _, id := range groupsOfChecks {
		if len(of[id]) > 0 {
			groups = append(groups, group{id, of[id]})
		}
	}
	return groups
}

// runDoctor has the checks made, beside the pages.
func (p *panel) runDoctor(w http.ResponseWriter, _ *http.Request, _ *session) {
	p.startDoctor()
	p.redirect(w, "/diagnosis")
}

func (p *panel) startDoctor() {
	_ = p.tasks.start(doctorTask, control.DoctorRun, func(ctx context.Context) (any, error) { // when one runs, it will do
		var checks []check
		err := p.agent.Call(ctx, control.DoctorRun, nil, &checks)
		return checks, err
	})
}

// fix has the agent mend what one check found, and checks again.
func (p *panel) fix(w http.ResponseWriter, r *http.Request, s *session) {
	err := p.ask(r.Context(), control.DoctorFix, control.FixParams{ID: r.PostForm.Get("id")}, nil)
	p.tell(r, s, words.PanelFixed, nil, err)
	p.startDoctor()
	p.redirect(w, "/diagnosis")
}

// report is what the doctor has found as a text that can be sent to whoever helps. The checks hold nothing personal.
func (p *panel) report(w http.ResponseWriter, r *http.Request, s *session) {
	t, _ := p.tasks.get(doctorTask)
	checks, ok := t.Result.([]check)
	if !ok || t.Err != nil {
		p.redirect(w, "/diagnosis")
		return
	}
	f := p.frame(r, s, "diagnosis")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="ponte-diagnosis.txt"`)
	_, _ = w.Write([]byte(reportText(f, t.Ended, checks)))
}

func reportText(f *frame, at time.Time, checks []check) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Ponte %s\n%s\n", plain(f.Info.Version, maxName), f.Moment(at))
	for _, g := range grouped(checks) {
		b.WriteString("\n")
		for _, c := range g.Checks {
			fmt.Fprintf(&b, "[%s] %s\n", f.words.T(words.Text("panel.check-"+c.Mood), nil), c.Title)
			for _, line := range []string{c.Detail, c.Fix} {
				if line != "" {
					fmt.Fprintf(&b, "    %s\n", line)
				}
			}
		}
	}
	return b.String()
}
