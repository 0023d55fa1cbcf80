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

func TestAFullStoreForgetsAnonymousSessionsFirst(t *testing.T) {
	now := time.Now()
	s := newSessions(false, func() time.Time { return now })
	person := started(s, session{identity: &portal.Identity{}})
	for range maxSessions + 100 {
		started(s, session{})
	}
	if len(s.all) > maxSessions {
		t.Errorf("%d sessions", len(s.all))
	}
	if _, found := s.find(request(person)); !found {
		t.Error("somebody who is logged in was put out")
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
