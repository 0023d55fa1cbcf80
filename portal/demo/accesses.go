// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"net/http"
	"time"
	_ "time/tzdata" // servers without a table of time zones
)

// accessLine is an access as the page shows it.
type accessLine struct {
	Machine string // RFC 3339
	Human   string
	Outcome string // key of a text
}

// showAccesses lists the person's own accesses: who reads them can find one that was not theirs.
func (s *site) showAccesses(w http.ResponseWriter, r *http.Request) {
	current, ok := s.citizen(w, r)
	if !ok {
		return
	}
	code := current.identity.FiscalCode
	all, err := s.people.accesses(r.Context(), code)
	if err != nil {
		s.log.Error("accesses", "error", err)
		s.errorPage(w, r, http.StatusServiceUnavailable, "error.database")
		return
	}
	p := page{Title: "accesses.title", LoggedIn: true, CSRF: current.csrf, Scripts: []string{"/static/profile.js"}}
	for _, a := range all {
		at := a.At.In(rome())
		p.Accesses = append(p.Accesses, accessLine{at.Format(time.RFC3339), at.Format("02/01/2006, 15:04"), "accesses." + string(a.Outcome)})
	}
	s.render(w, r, http.StatusOK, "accesses.html", p)
}

// rome is the time of the clocks in Italy.
func rome() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil { // time/tzdata has it
		return time.UTC
	}
	return zone
}
