// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
)

// maxRows are the lines of the log that a page shows; the file that can be saved has all.
const maxRows = 200

// filter is what the citizen wants to see of the log.
type filter struct {
	Site, Outcome, Period string
}

// The choices of a filter.
const (
	outcomeDone   = "done"
	outcomeFailed = "failed"
)

var periods = map[string]time.Duration{"day": 24 * time.Hour, "week": 7 * 24 * time.Hour, "month": 30 * 24 * time.Hour}

func filterOf(q url.Values) filter {
	f := filter{q.Get("site"), q.Get("outcome"), q.Get("period")}
	if f.Outcome != outcomeDone && f.Outcome != outcomeFailed {
		f.Outcome = ""
	}
	if periods[f.Period] == 0 {
		f.Period = ""
	}
	return f
}

// Query is the filter as an address carries it.
func (f filter) Query() string {
	q := url.Values{}
	for name, value := range map[string]string{"site": f.Site, "outcome": f.Outcome, "period": f.Period} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q.Encode()
}

func (f filter) passes(e entry, now time.Time) bool {
	switch {
	case f.Site != "" && plainSite(e.Origin) != f.Site,
		f.Outcome == outcomeDone && e.Outcome != "", f.Outcome == outcomeFailed && e.Outcome == "",
		f.Period != "" && now.Sub(e.Time) > periods[f.Period]:
		return false
	}
	return true
}

// activityView is the page of the log.
type activityView struct {
	Filter  filter
	Sites   []string
	Rows    []row
	Total   int // entries that pass the filter
	Any     bool
	Periods []string
}

// row is one entry in words.
type row struct {
	Time                     time.Time
	Site, Operation, Outcome string
	Name                     string // of the site, as short as can be
	Hint                     string
	Mood                     string // good, info for what the citizen wanted so, or bad
	Duration                 string
}

// entries asks for the log, the newest first.
func (p *panel) entries(r *http.Request) ([]entry, error) {
	var all []entry
	err := p.ask(r.Context(), control.ActivityList, control.ListParams{}, &all)
	slices.Reverse(all)
	return all, err
}

func (p *panel) activityPage(w http.ResponseWriter, r *http.Request, s *session) {
	f := p.frame(r, s, "activity")
	all, err := p.entries(r)
	f.failed(err)
	v := activityView{Filter: filterOf(r.URL.Query()), Any: len(all) > 0, Periods: []string{"day", "week", "month"}}
	for _, e := range all {
		if name := plainSite(e.Origin); name != "" && !slices.Contains(v.Sites, name) {
			v.Sites = append(v.Sites, name)
		}
		if !v.Filter.passes(e, p.now()) {
			continue
		}
		if v.Total++; len(v.Rows) < maxRows {
			v.Rows = append(v.Rows, rowOf(f.words, e))
		}
	}
	slices.Sort(v.Sites)
	f.Body = v
	p.show(w, f)
}

func rowOf(w *words.Words, e entry) row {
	r := row{Time: e.Time, Site: plainSite(e.Origin), Operation: plain(e.Operation, maxName), Mood: "good"}
	if r.Site == "" {
		r.Site = w.T(words.ActivityDidYou, nil)
	}
	r.Name = strings.TrimPrefix(r.Site, "https://")
	if did, ok := w.Did(e.Operation); ok {
		r.Operation = did
	}
	switch r.Outcome, r.Hint = w.Ended(e.Outcome); {
	case r.Hint != "":
		r.Mood = "bad"
	case e.Outcome != "":
		r.Mood = "info"
	}
	if e.DurationMs >= shortest {
		r.Duration = w.T(words.PanelSeconds, words.Data{"Seconds": seconds(w.Lang(), e.DurationMs)})
	}
	return r
}

// Durations in milliseconds: below the first one there is nothing to tell, and from the second on no tenths are.
const shortest, wholeFrom = 50, 10_000

// seconds writes milliseconds as the language does.
func seconds(lang string, ms int64) string {
	if ms >= wholeFrom {
		return strconv.FormatInt((ms+500)/1000, 10)
	}
	s := strconv.FormatFloat(float64(ms)/1000, 'f', 1, 64)
	if lang == "en" {
		return s
	}
	return strings.Replace(s, ".", ",", 1)
}

// activityCSV is the log as a file for a spreadsheet (RFC 4180), in UTF-8 with the mark by which Excel knows it.
func (p *panel) activityCSV(w http.ResponseWriter, r *http.Request, s *session) {
	all, err := p.entries(r)
	i, _ := p.info(r.Context())
	said := words.For(i.Language)
	if err != nil {
		s.say("bad", sentence(said, err))
		p.redirect(w, "/activity")
		return
	}
	var b bytes.Buffer
	b.WriteString("\ufeff")
	c := csv.NewWriter(&b)
	c.UseCRLF = true
	var head []string
	for _, id := range []words.Text{words.PanelColumnTime, words.PanelColumnSite, words.PanelColumnOperation, words.PanelColumnOutcome, words.PanelColumnMs} {
		head = append(head, said.T(id, nil))
	}
	_ = c.Write(head)
	chosen := filterOf(r.URL.Query())
	for _, e := range all {
		if !chosen.passes(e, p.now()) {
			continue
		}
		x := rowOf(said, e)
		_ = c.Write([]string{cell(e.Time.Local().Format("2006-01-02 15:04:05")), cell(x.Site), cell(x.Operation), cell(x.Outcome), strconv.FormatInt(max(0, e.DurationMs), 10)})
	}
	c.Flush()
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="ponte-`+p.now().Format("2006-01-02")+`.csv"`)
	_, _ = w.Write(b.Bytes())
}

// cell keeps a spreadsheet from taking a text for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (p *panel) confirmClear(w http.ResponseWriter, r *http.Request, s *session) {
	p.showAs(w, http.StatusOK, "clear-question", p.frame(r, s, "activity"))
}

func (p *panel) clearActivity(w http.ResponseWriter, r *http.Request, s *session) {
	p.tell(r, s, words.PanelActivityCleared, nil, p.ask(r.Context(), control.ActivityClear, nil, nil))
	p.redirect(w, "/activity")
}
