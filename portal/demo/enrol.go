// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ponte-cns/ponte/portal"
)

// enrol adds the person who has logged in to those who use this portal, as a tax agency's entrance does for those who are
// not yet enabled. Who it is comes from the certificate, which an authority has signed. The rest comes from the card's
// memory through identity.read: the page sends it, nobody has signed it, and a person could send something else. So it
// spares typing and proves nothing.
func (s *site) enrol(w http.ResponseWriter, r *http.Request) {
	current, ok := s.postedBy(w, r)
	if !ok {
		return
	}
	if current.identity == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	who := *current.identity
	if code := r.PostForm.Get("fiscalCode"); code != "" && code != string(who.FiscalCode) {
		s.errorPage(w, r, http.StatusForbidden, "error.other") // the card was changed in between, or the page was
		return
	}
	if err := s.people.enrol(r.Context(), newEnrolled(who, r.PostForm.Get), current.since); err != nil {
		s.log.Error("enrol", "error", err)
		s.errorPage(w, r, http.StatusServiceUnavailable, "error.database")
		return
	}
	s.log.Info("enrol", "outcome", "ok")
	s.sessions.setNotice(current, "notice.enrolled")
	http.Redirect(w, r, "/profilo", http.StatusSeeOther)
}

var municipality = regexp.MustCompile(`^[A-Z][0-9]{3}$`)

// newEnrolled takes from the page only what is not in the certificate, and of that only what has the right form. What
// comes without the card's fiscal code is not taken at all: it could be anybody's.
func newEnrolled(who portal.Identity, field func(string) string) enrolled {
	e := enrolled{FiscalCode: who.FiscalCode, Name: who.Name, Surname: who.Surname}
	if field("fiscalCode") == "" {
		return e
	}
	if e.Name == "" {
		e.Name = nameOnCard(field("name"))
	}
	if e.Surname == "" {
		e.Surname = nameOnCard(field("surname"))
	}
	if day, err := time.Parse(time.DateOnly, field("birthDate")); err == nil && day.Year() >= 1850 && day.Before(time.Now()) {
		e.BirthDate = field("birthDate")
	}
	if sex := field("sex"); sex == "M" || sex == "F" {
		e.Sex = sex
	}
	if place := field("birthMunicipality"); municipality.MatchString(place) {
		e.BirthPlace = place
	}
	if place := field("residenceMunicipality"); municipality.MatchString(place) {
		e.ResidencePlace = place
	}
	return e
}

// nameOnCard gives "" for what cannot be a name.
func nameOnCard(s string) string {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > 100 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return s
}
