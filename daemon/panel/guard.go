// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// contentSecurityPolicy lets a page have our own files and nothing else; no script can write HTML.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// ServeHTTP lets in what comes from the citizen's own browser, from our own page, with the cookie of a visit that began
// with a key. Everything else gets one and the same page, whatever the reason.
func (p *panel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host != p.host() {
		panic(http.ErrAbortHandler) // hung up on without a word: a site that rebinds its name to loopback could read it
	}
	setHeaders(w.Header())
	status, found := p.admit(r)
	if status != http.StatusOK {
		p.refuse(w, status)
		return
	}
	visitor := p.sessions.find(r)
	if visitor == nil && !found.open && !found.frame && !found.door {
		p.refuse(w, http.StatusForbidden)
		return
	}
	if r.Method == http.MethodPost {
		read := readForm
		if found.upload {
			read = p.readToken
		}
		if status := read(w, r, visitor); status != http.StatusOK {
			p.refuse(w, status)
			return
		}
	}
	if visitor != nil && !found.calm && r.Header.Get(liveHeader) == "" {
		p.idle.touch()
	}
	if r.Method == http.MethodPost {
		found.post(p, w, r, visitor)
		return
	}
	found.get(p, w, r, visitor)
}

// liveHeader marks what the page's script asks by itself.
const liveHeader = "X-Ponte-Live"

func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
	// Not no-referrer: browsers would send our own forms with "Origin: null" (Fetch, "append a request Origin header").
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// noOrigin is what a frame without an origin says of itself (Fetch, "serializing a request origin").
const noOrigin = "null"

// admit checks what a request says of itself, and finds its route.
func (p *panel) admit(r *http.Request) (status int, found route) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	path, inside := strings.CutPrefix(path, p.base)
	found, ok := p.find(path)
	origins := r.Header["Origin"]
	ofFrame := ok && found.frame && inside && r.Method == http.MethodGet && len(origins) == 1 && origins[0] == noOrigin
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default: // "same-site" is any other port of this computer
		if !ofFrame {
			return http.StatusForbidden, route{}
		}
	}
	if !ofFrame && (len(origins) > 1 || len(origins) == 1 && origins[0] != p.origin() || len(origins) == 0 && r.Method != http.MethodGet) {
		return http.StatusForbidden, route{}
	}
	switch {
	case !ok, found.open == inside:
		return http.StatusNotFound, route{}
	case r.Method == http.MethodGet && found.get != nil, r.Method == http.MethodPost && found.post != nil:
		return http.StatusOK, found
	}
	return http.StatusMethodNotAllowed, route{}
}

// readForm reads the body of a form and checks that it is one of ours.
func readForm(w http.ResponseWriter, r *http.Request, s *session) int {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if kind != "application/x-www-form-urlencoded" {
		return http.StatusUnsupportedMediaType
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusBadRequest
	}
	if !s.ownForm(r.PostForm.Get("csrf")) {
		return http.StatusForbidden
	}
	return http.StatusOK
}

// enter takes a key, and leads into the path of the visit with another: only there does a browser show the cookie that it
// has from before.
func (p *panel) enter(w http.ResponseWriter, r *http.Request, _ *session) {
	page, ok := p.useKey(r)
	if !ok {
		p.refuse(w, http.StatusForbidden)
		return
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	p.redirect(w, arrivePath+"?"+keyField+"="+p.keys.cut(page))
}

// arrive turns a key into a cookie, and leads to a page whose address says nothing. A browser that has come in before keeps
// its cookie: forms that are open in another tab, with documents that were chosen, stay good.
func (p *panel) arrive(w http.ResponseWriter, r *http.Request, s *session) {
	page, ok := p.useKey(r)
	if !ok {
		p.refuse(w, http.StatusForbidden)
		return
	}
	p.idle.touch()
	if s == nil {
		p.sessions.begin(w)
	}
	path, known := pages[page]
	if key, ofDocument := strings.CutPrefix(page, "view/"); ofDocument && isViewKey(key) {
		path, known = viewPrefix+key, true
	}
	if !known {
		path = "/"
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	p.redirect(w, path)
}

// useKey uses the key of a request up.
func (p *panel) useKey(r *http.Request) (page string, ok bool) {
	if r.Header.Get("Sec-Purpose") != "" { // a browser that fetches ahead must not
		return "", false
	}
	return p.keys.use(r.URL.Query().Get(keyField))
}

// redirect leads on to a page of ours, with GET.
func (p *panel) redirect(w http.ResponseWriter, path string) {
	w.Header().Set("Location", p.base+path)
	w.WriteHeader(http.StatusSeeOther)
}

// stayOpen gives an answer more time than pages have.
func stayOpen(w http.ResponseWriter, d time.Duration) {
	c := http.NewResponseController(w)
	_ = c.SetWriteDeadline(time.Now().Add(d))
	_ = c.SetReadDeadline(time.Now().Add(d))
}
