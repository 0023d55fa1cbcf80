// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/portal"
)

const (
	sessionIdle = 15 * time.Minute
	maxSessions = 10_000
)

// session is one browser that has logged in, or out: then it has no identity.
type session struct {
	id       string
	csrf     string
	identity *portal.Identity
	notice   string    // key of a text to show once
	since    time.Time // when it began
	seen     time.Time
}

// sessions keeps them in memory: a demo has one process.
type sessions struct {
	secure bool
	now    func() time.Time

	mu  sync.Mutex
	all map[string]*session
}

func newSessions(secure bool, now func() time.Time) *sessions {
	return &sessions{secure: secure, now: now, all: map[string]*session{}}
}

// cookieName has the prefix that makes browsers refuse a cookie set by a subdomain or over http (RFC 6265bis, 4.1.3.2).
func (s *sessions) cookieName() string {
	if s.secure {
		return "__Host-sessione"
	}
	return "sessione"
}

// find gives a copy of the request's session.
func (s *sessions) find(r *http.Request) (session, bool) {
	cookie, err := r.Cookie(s.cookieName())
	if err != nil {
		return session{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	current := s.all[cookie.Value]
	if current == nil {
		return session{}, false
	}
	if s.now().Sub(current.seen) > sessionIdle {
		delete(s.all, current.id)
		return session{}, false
	}
	current.seen = s.now()
	return *current, true
}

// start makes a session with a new id, whatever id its content had, and sends the cookie.
func (s *sessions) start(w http.ResponseWriter, content session) session {
	content.id, content.csrf, content.since, content.seen = rand.Text(), rand.Text(), s.now(), s.now()
	s.mu.Lock()
	if len(s.all) >= maxSessions {
		s.makeRoom()
	}
	s.all[content.id] = &content
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(), Value: content.id, Path: "/",
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	return content
}

// makeRoom forgets the sessions that have ended or, if none has, the one that was idle for longest: of those where
// nobody is logged in, if there are any.
func (s *sessions) makeRoom() {
	var idlest *session
	ended := false
	for id, old := range s.all {
		if s.now().Sub(old.seen) > sessionIdle {
			delete(s.all, id)
			ended = true
		} else if idlest == nil || old.goesBefore(idlest) {
			idlest = old
		}
	}
	if !ended && idlest != nil {
		delete(s.all, idlest.id)
	}
}

func (s *session) goesBefore(other *session) bool {
	if (s.identity == nil) != (other.identity == nil) {
		return s.identity == nil
	}
	return s.seen.Before(other.seen)
}

// end forgets a session. What comes next has a new one, whose cookie takes the place of the old.
func (s *sessions) end(old session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, old.id)
}

// takeNotice gives the text to show once.
func (s *sessions) takeNotice(current session) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept := s.all[current.id]; kept != nil {
		kept.notice = ""
	}
	return current.notice
}

// setNotice says something on the next page.
func (s *sessions) setNotice(current session, notice string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept := s.all[current.id]; kept != nil {
		kept.notice = notice
	}
}
