// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// signView is the page on which documents are signed: the form, or how far a signature is, or what came of one.
type signView struct {
	Running  bool
	Stage    string
	Now      work
	Outcome  *notice
	Form     bool // there is nothing else to be done here
	Results  []resultView
	Many     bool // more than one was signed
	Choices  []string
	Limits   limits
	Renderer bool
	Time     bool // a time stamp authority is configured
}

// limits are told before anything is sent.
type limits struct{ Documents, Document, Together int }

// resultView is what has become of one document.
type resultView struct {
	Number int
	Name   string
	Size   string
	SHA256 string
	Failed string // why it was not signed
}

// choices are the formats that a citizen can ask for, with the format and the shape that the agent is told. The first is
// what is usual for the document.
var choices = map[string][2]string{
	"usual": {}, "pdf": {"pades", ""}, "p7m": {"cades", "attached"}, "p7s": {"cades", "detached"}, "again": {"cades", "parallel"},
	"xml": {"xades", "enveloped"}, "asics": {"asic-s", ""},
}

var choiceOrder = []string{"usual", "pdf", "p7m", "p7s", "again", "xml", "asics"}

// timeSetting names the authority that is asked for time stamps.
const timeSetting = "time_authority"

func (p *panel) signPage(w http.ResponseWriter, r *http.Request, s *session) {
	allowViewer(w.Header())
	f := p.frame(r, s, "sign")
	v := signView{Choices: choiceOrder, Limits: limits{maxDocuments, maxDocument >> 20, maxTogether >> 20}, Renderer: hasRenderer()}
	var all settings
	_ = p.ask(r.Context(), control.SettingsGet, nil, &all) // without them there is one choice less
	v.Time = slices.ContainsFunc(all.Settings, func(x setting) bool { return x.Key == timeSetting && x.Value != "" })
	if t, ok := p.tasks.get(signTask); ok {
		v.Running, f.Refresh = t.Running, t.Running
		v.Now = p.signing.now()
		v.Stage = v.Now.Stage
		if !t.Running {
			v.Results = resultsOf(f.words, p.signing.results())
			v.Many = len(v.Results) > 1
			v.Outcome = signOutcome(f.words, t.Err, v.Results)
		}
	}
	// What came of a signature stays above the form, but a page that asks by itself has none to begin with.
	v.Form = !v.Running && (v.Outcome == nil || r.Header.Get(liveHeader) == "")
	f.Body = v
	p.show(w, f)
}

func resultsOf(w *words.Words, all []*signed) []resultView {
	var views []resultView
	for i, d := range all {
		v := resultView{Number: i, Name: plain(d.Name, maxSite), Size: sizeText(w.Lang(), d.Size), SHA256: plain(d.SHA256, maxName)}
		if d.Error != nil {
			if v.Failed = plain(d.Error.Hint, maxText); v.Failed == "" {
				v.Failed = w.Hint(d.Error.Code)
			}
		}
		views = append(views, v)
	}
	return views
}

// signOutcome says how a signature ended.
func signOutcome(w *words.Words, err error, results []resultView) *notice {
	failed := 0
	for _, r := range results {
		if r.Failed != "" {
			failed++
		}
	}
	var e *protocol.Error
	switch {
	case errors.As(err, &e) && e.Code == protocol.UserCancelled:
		return &notice{"wait", w.T(words.PanelSignCancelled, nil)}
	case errors.Is(err, errTooMuch):
		return &notice{"bad", w.T(words.PanelSignTooMuch, limitData())}
	case errors.Is(err, errForm):
		return &notice{"bad", w.T(words.PanelSignBroken, nil)}
	case err != nil:
		return &notice{"bad", sentence(w, err)}
	case failed == len(results):
		return &notice{"bad", w.T(words.PanelSignNone, nil)}
	case failed > 0:
		return &notice{"wait", w.T(words.PanelSignSome, words.Data{"Signed": len(results) - failed, "All": len(results)})}
	}
	return &notice{"good", w.N(words.PanelSigned, len(results))}
}

func limitData() words.Data {
	return words.Data{"Documents": maxDocuments, "Document": maxDocument >> 20, "Together": maxTogether >> 20}
}

func (p *panel) cancelSigning(w http.ResponseWriter, _ *http.Request, _ *session) {
	p.signing.stop(protocol.Fail(protocol.UserCancelled, ""))
	p.redirect(w, "/sign")
}

// endSigning forgets what was signed; the page has its form again.
func (p *panel) endSigning(w http.ResponseWriter, _ *http.Request, _ *session) {
	if t, _ := p.tasks.get(signTask); !t.Running {
		p.signing.clear()
		p.tasks.forget(signTask)
	}
	p.redirect(w, "/sign")
}

// sizeText writes a size as people read it.
func sizeText(lang string, n int64) string {
	const kilo, mega = 1000, 1000 * 1000
	switch {
	case n < kilo:
		name := map[string]string{"en": "bytes", "de": "Byte"}[lang]
		return strconv.FormatInt(n, 10) + " " + cmp.Or(name, "byte")
	case n < mega:
		return strconv.FormatInt((n+kilo/2)/kilo, 10) + " kB"
	}
	s := strconv.FormatFloat(float64(n)/mega, 'f', 1, 64)
	if lang != "en" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s + " MB"
}
