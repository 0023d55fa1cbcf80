// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"sync"
)

// maxSessions are browsers that may look at once; the one that came first goes.
const maxSessions = 4

// session is one browser that came in with a key. It ends with the panel.
type session struct {
	digest [sha256.Size]byte // of its cookie
	csrf   string            // what its forms carry
	proof  string            // what its pages know us by; no request holds it

	mu     sync.Mutex
	notice *notice // to be shown on the next page
	shown  string  // the reader whose fiscal code the next page shows
}

// notice is what came of a form: one sentence above the next page.
type notice struct {
	Mood string // good, wait or bad
	Text string
}

// say leaves a sentence for the next page.
func (s *session) say(mood, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notice = &notice{mood, text}
}

// take gives what the next page shows once.
func (s *session) take() (n *notice, shown string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, shown = s.notice, s.shown
	s.notice, s.shown = nil, ""
	return n, shown
}

// reveal lets the next page show the fiscal code of the card in a reader.
func (s *session) reveal(reader string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = reader
}

// ownForm says that a form was written by us for this session.
func (s *session) ownForm(csrf string) bool {
	return subtle.ConstantTimeCompare([]byte(csrf), []byte(s.csrf)) == 1
}

// sessions are the browsers that came in.
type sessions struct {
	// Cookies do not know ports (RFC 6265, section 8.5): the browser would send ours to every server on 127.0.0.1, another
	// user's too. That is why it is for a path that only we and our visitor know; its name, another one for each panel, keeps
	// two panels apart.
	cookie, path string

	// proof is the same for all: tabs that a browser has open from before its cookies were cleared must still know us.
	proof string

	mu  sync.Mutex
	all []*session
}

// begin lets a browser in.
func (s *sessions) begin(w http.ResponseWriter) {
	value := secret()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, &session{digest: sha256.Sum256([]byte(value)), csrf: secret(), proof: s.proof})
	s.all = s.all[max(0, len(s.all)-maxSessions):]
	http.SetCookie(w, &http.Cookie{Name: s.cookie, Value: value, Path: s.path, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// find gives the session of a request, or nil.
func (s *sessions) find(r *http.Request) *session {
	c, err := r.Cookie(s.cookie)
	if err != nil {
		return nil
	}
	digest := sha256.Sum256([]byte(c.Value))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, found := range s.all {
		if found.digest == digest {
			return found
		}
	}
	return nil
}
