// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// What the citizen can do to a site.
const (
	allowSite  = "allow"
	blockSite  = "block"
	forgetSite = "forget"
)

// siteView is one site of the list.
type siteView struct {
	site
	Name      string
	CanChange bool // its name is one that can be told to the agent
	Scopes    []string
}

func (p *panel) sitesPage(w http.ResponseWriter, r *http.Request, s *session) {
	f := p.frame(r, s, "sites")
	var sites []site
	f.failed(p.ask(r.Context(), control.SitesList, nil, &sites))
	var views []siteView
	for _, x := range sites {
		_, err := protocol.ParseOrigin(x.Origin)
		views = append(views, siteView{x, plainSite(x.Origin), err == nil && !x.Managed, scopeWords(f.words, x.Scopes)})
	}
	f.Body = views
	p.show(w, f)
}

// scopeWords tells what a site may do.
func scopeWords(w *words.Words, scopes []string) []string {
	var said []string
	for _, scope := range scopes {
		if id, ok := scopeTexts[scope]; ok {
			said = append(said, w.T(id, nil))
			continue
		}
		said = append(said, plain(scope, maxName))
	}
	return said
}

var scopeTexts = map[string]words.Text{
	"status": words.PanelScopeStatus, "login": words.PanelScopeLogin, "identity": words.PanelScopeIdentity, "sign": words.PanelScopeSign,
}

// question is a page that asks before something is done.
type question struct {
	Do, Name string
	Origin   string
}

// confirmSite asks before a site is allowed, blocked or forgotten.
func (p *panel) confirmSite(w http.ResponseWriter, r *http.Request, s *session) {
	q := r.URL.Query()
	o, err := protocol.ParseOrigin(q.Get("origin"))
	if do := q.Get("do"); err != nil || do != allowSite && do != blockSite && do != forgetSite {
		p.refuse(w, http.StatusBadRequest)
		return
	}
	f := p.frame(r, s, "sites")
	f.Body = question{q.Get("do"), plainSite(o.String()), o.String()}
	p.showAs(w, http.StatusOK, "site-question", f)
}

func (p *panel) setSite(w http.ResponseWriter, r *http.Request, s *session) {
	o, err := protocol.ParseOrigin(r.PostForm.Get("origin"))
	if err != nil {
		p.refuse(w, http.StatusBadRequest)
		return
	}
	p.doToSite(w, r, s, r.PostForm.Get("do"), o)
}

// doToSite has the agent do it, and goes back to the list.
func (p *panel) doToSite(w http.ResponseWriter, r *http.Request, s *session, do string, o protocol.Origin) {
	method, done, params := control.SitesSet, words.PanelSiteBlocked, control.SiteParams{Origin: o}
	switch do {
	case allowSite:
		done, params.Allowed = words.PanelSiteAllowed, true
	case forgetSite:
		method, done = control.SitesForget, words.PanelSiteForgotten
	case blockSite:
	default:
		p.refuse(w, http.StatusBadRequest)
		return
	}
	p.tell(r, s, done, words.Data{"Site": plainSite(o.String())}, p.ask(r.Context(), method, params, nil))
	p.redirect(w, "/sites")
}

// tell leaves a sentence for the next page: what was done, or why it was not.
func (p *panel) tell(r *http.Request, s *session, done words.Text, d words.Data, err error) {
	i, _ := p.info(r.Context())
	w := words.For(i.Language)
	if err != nil {
		s.say("bad", sentence(w, err))
		return
	}
	s.say("good", w.T(done, d))
}

// addSite takes a site that the citizen has typed or pasted.
func (p *panel) addSite(w http.ResponseWriter, r *http.Request, s *session) {
	o, err := typedSite(r.PostForm.Get("site"))
	if err != nil {
		i, _ := p.info(r.Context())
		s.say("bad", words.For(i.Language).T(words.PanelSiteMistyped, nil))
		p.redirect(w, "/sites")
		return
	}
	p.doToSite(w, r, s, r.PostForm.Get("do"), o)
}

// typedSite reads the address of a site as people write it: without https://, with a path behind, with accents.
func typedSite(s string) (protocol.Origin, error) {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.User != nil {
		return protocol.Origin{}, errors.New("not the address of a site with https")
	}
	host := u.Hostname()
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	return protocol.ParseOrigin("https://" + host)
}
