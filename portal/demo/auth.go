// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"net/http"

	"github.com/ponte-cns/ponte/portal"
)

// newAuth is the whole integration of the login: package portal does the rest.
func (s *site) newAuth() (*portal.Handler, error) {
	return portal.NewHandler(s.login, portal.HandlerOptions{
		OnLogin:  s.enter,
		Next:     "/profilo",
		Language: func(r *http.Request) string { return string(language(r)) },
		Log:      s.log,
	})
}

// enter begins the session of somebody who has logged in, with a new id.
func (s *site) enter(w http.ResponseWriter, r *http.Request, who portal.Identity) error {
	if err := s.people.record(r.Context(), who.FiscalCode, entered); err != nil {
		return err
	}
	if old, found := s.sessions.find(r); found {
		s.sessions.end(old)
	}
	s.sessions.start(w, session{identity: &who})
	return nil
}
