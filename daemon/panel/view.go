// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// frame is what every page is filled with.
type frame struct {
	words   *words.Words
	Page    string // as in pages
	State   string // what the page is about; another one when it is out of date
	Base    string // of the paths of all pages
	CSRF    string
	Proof   string // that an answer comes from this panel
	Info    control.Info
	Shown   string // the reader whose fiscal code is shown
	Notice  *notice
	Problem string // why the page is not what it should be
	Refresh bool   // a browser without JavaScript asks again by itself
	Body    any
}

// Lang is the language of the page.
func (f *frame) Lang() string { return f.words.Lang() }

// T gives a text of the panel; pairs fill its placeholders.
func (f *frame) T(id string, pairs ...any) (string, error) {
	d, err := data(pairs...)
	return f.words.T(words.Text("panel."+id), d), err
}

// N gives a text of the panel that speaks of n things.
func (f *frame) N(id string, n int) string { return f.words.N(words.Text("panel."+id), n) }

// Day and Moment write a date as the language does.
func (f *frame) Day(t time.Time) string { return t.Local().Format(f.words.T(words.PanelDay, nil)) }

// Moment is a day with its time.
func (f *frame) Moment(t time.Time) string {
	return t.Local().Format(f.words.T(words.PanelMoment, nil))
}

// Next is the number after n: people count from one.
func (*frame) Next(n int) int { return n + 1 }

// Machine is a time as machines read it.
func (f *frame) Machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Pages are the links of the menu, in order.
func (f *frame) Pages() []link {
	var links []link
	for _, id := range []string{"card", "pin", "sign", "verify", "sites", "activity", "diagnosis", "settings", "about"} {
		links = append(links, link{ID: id, Path: f.Base + pages[id], Here: id == f.Page})
	}
	return links
}

// link is one of the menu.
type link struct {
	ID, Path string
	Here     bool
}

// data makes the placeholders of a text from pairs.
func data(pairs ...any) (words.Data, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("placeholders come in pairs")
	}
	d := words.Data{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("%v is no name of a placeholder", pairs[i])
		}
		d[name] = pairs[i+1]
	}
	return d, nil
}

// frame asks the agent how things are, and begins a page.
func (p *panel) frame(r *http.Request, s *session, page string) *frame {
	revision, _ := p.tasks.now()
	i, err := p.info(r.Context())
	i.Version = plain(i.Version, maxName)
	if drawings[string(i.Advice.Mood)] == "" { // of an agent that knows another one
		i.Advice.Mood = protocol.MoodBad
	}
	f := &frame{words: words.For(i.Language), Page: page, Base: p.base, CSRF: s.csrf, Proof: s.proof, Info: i, State: stateOf(i.Revision, revision)}
	f.failed(err)
	if r.Header.Get(liveHeader) == "" { // what is shown once is shown to a person
		f.Notice, f.Shown = s.take()
	}
	return f
}

// failed notes why the page is not what it should be. What came first says most.
func (f *frame) failed(err error) {
	if err != nil && f.Problem == "" {
		f.Problem = sentence(f.words, err)
	}
}

// show writes a page.
func (p *panel) show(w http.ResponseWriter, f *frame) { p.showAs(w, http.StatusOK, f.Page, f) }

func (p *panel) showAs(w http.ResponseWriter, status int, name string, f *frame) {
	var b bytes.Buffer
	if err := p.templates.ExecuteTemplate(&b, name, f); err != nil {
		p.log.Error("page", "name", name, "err", err)
		p.refuse(w, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", f.Lang())
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// refusal is the page for whoever is not let in, in each language, because nobody knows who it is.
func (p *panel) refuse(w http.ResponseWriter, status int) {
	var all []*frame
	for _, lang := range words.Languages {
		all = append(all, &frame{words: words.For(lang)})
	}
	var b bytes.Buffer
	if err := p.templates.ExecuteTemplate(&b, "refused", all); err != nil {
		p.log.Error("page", "name", "refused", "err", err)
		b.Reset()
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Connection", "close")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// icon is a small picture in a page; the words beside it say the same.
func icon(name string) template.HTML {
	if drawings[name] == "" {
		return ""
	}
	return template.HTML(`<svg class="icon icon-` + name + `" viewBox="0 0 24 24" aria-hidden="true" focusable="false">` + drawings[name] + `</svg>`) //nolint:gosec // our own text
}

// parts are where the name of a site may be broken into lines: behind its points.
func parts(name string) []string { return strings.SplitAfter(name, ".") }

// drawings are the pictures: lines on 24 by 24, except where they say otherwise.
var drawings = map[string]string{
	"good":      `<circle cx="12" cy="12" r="10"/><path class="cut" d="m7.5 12.5 3 3 6-6.5"/>`,
	"wait":      `<circle cx="12" cy="12" r="10"/><path class="cut" d="M12 7v5.5l3.5 2"/>`,
	"bad":       `<path d="M12 2.5 22.5 21h-21z"/><path class="cut" d="M12 9.5v5.5m0 2.2v.3"/>`,
	"info":      `<circle cx="12" cy="12" r="10"/><path class="cut" d="M12 11v6m0-9.5v.3"/>`,
	"card":      `<path d="M3 6.5h18v11H3z"/><path d="M6.5 10h4v4h-4zM14 14.500h4M14 11h4"/>`,
	"pin":       `<path d="M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3"/>`,
	"sign":      `<path d="M4 20h16M6 16l1-4 8.500-8.500 3 3L10 15z"/>`,
	"verify":    `<path d="M6 3h8l4 4v14H6z"/><path d="m9 14 2.500 2.500 4-5"/>`,
	"sites":     `<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c-5 5-5 13 0 18 5-5 5-13 0-18"/>`,
	"activity":  `<path d="M5 6h14M5 12h14M5 18h9"/>`,
	"diagnosis": `<path d="M3 13h4l2.500-6 4 11 2.500-5h5"/>`,
	"settings":  `<path d="M4 7h9m5 0h2M4 17h2m5 0h9"/><circle cx="15.500" cy="7" r="2.200"/><circle cx="8.500" cy="17" r="2.200"/>`,
	"about":     `<circle cx="12" cy="12" r="9"/><path d="M12 11v6m0-9.500v.5"/>`,
}
