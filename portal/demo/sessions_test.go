// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
)

func request(cookie *http.Cookie) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	if cookie != nil {
		r.AddCookie(cookie)
	}
	return r
}

func started(s *sessions, content session) *http.Cookie {
	w := httptest.NewRecorder()
	s.start(w, content)
	return w.Result().Cookies()[0]
}

func TestASessionThatIsIdleEnds(t *testing.T) {
	now := time.Now()
	s := newSessions(false, func() time.Time { return now })
	cookie := started(s, session{})
	now = now.Add(sessionIdle)
	if _, found := s.find(request(cookie)); !found {
		t.Error("ended too early")
	}
	now = now.Add(sessionIdle + time.Second)
	if _, found := s.find(request(cookie)); found || len(s.all) != 0 {
		t.Error("still there")
	}
}

func TestASessionIdIsNeverChosenByTheBrowser(t *testing.T) {
	s := newSessions(false, time.Now)
	chosen := &http.Cookie{Name: s.cookieName(), Value: "chosen"}
	if _, found := s.find(request(chosen)); found {
		t.Error("found")
	}
	if c := started(s, session{id: "chosen"}); c.Value == "chosen" {
		t.Error("kept")
	}
}

func TestAFullStoreForgetsThoseWhoAreNotLoggedIn(t *testing.T) {
	now := time.Now()
	s := newSessions(false, func() time.Time { return now })
	var people []*http.Cookie
	for range maxSessions - 1 {
		people = append(people, started(s, session{identity: &portal.Identity{}}))
	}
	now = now.Add(time.Second)
	anonymous := started(s, session{})
	next := started(s, session{})
	if _, found := s.find(request(anonymous)); found || len(s.all) != maxSessions {
		t.Errorf("the anonymous one is there, among %d", len(s.all))
	}
	for _, c := range append(people, next) {
		if _, found := s.find(request(c)); !found {
			t.Fatal("somebody who is logged in was put out")
		}
	}
}

func TestAStoreFullOfPeopleForgetsTheIdlest(t *testing.T) {
	now := time.Now()
	s := newSessions(false, func() time.Time { return now })
	idlest := started(s, session{identity: &portal.Identity{}})
	now = now.Add(time.Second)
	for range maxSessions {
		started(s, session{identity: &portal.Identity{}})
	}
	if _, found := s.find(request(idlest)); found || len(s.all) != maxSessions {
		t.Errorf("it is there, among %d", len(s.all))
	}
}

func TestAFullStoreForgetsWhatHasEnded(t *testing.T) {
	now := time.Now()
	s := newSessions(false, func() time.Time { return now })
	for range maxSessions {
		started(s, session{})
	}
	now = now.Add(sessionIdle + time.Second)
	started(s, session{})
	if len(s.all) != 1 {
		t.Errorf("%d sessions", len(s.all))
	}
}

func TestTheCookieIsOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	for _, secure := range []bool{false, true} {
		c := started(newSessions(secure, time.Now), session{})
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure || len(c.Value) < 26 {
			t.Errorf("secure %v: %+v", secure, c)
		}
		if want := map[bool]string{false: "sessione", true: "__Host-sessione"}[secure]; c.Name != want {
			t.Errorf("name %s", c.Name)
		}
	}
}
