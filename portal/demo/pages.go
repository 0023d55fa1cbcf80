// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

//go:embed templates
var templates embed.FS

// page is what the templates are filled with.
type page struct {
	Lang      lang
	Title     string // key of a text
	Origin    string
	Styled    bool // bootstrap-italia is there
	Library   string
	Scripts   []string
	Notice    string // key of a text, or empty
	LoggedIn  bool
	CSRF      string
	Person    person
	Enrolled  bool
	Accesses  []accessLine
	ErrorText string // key of a text

	Applications []applicationLine
	Application  applicationLine
}

// Section is the page of the menu that this one belongs to.
func (p page) Section() string {
	switch section, _, _ := strings.Cut(p.Title, "."); section {
	case "accesses":
		return section
	case "application", "applications":
		return "applications"
	}
	return "profile"
}

// Primary says that leaving is the main thing to do on this page.
func (p page) Primary() bool { return p.Enrolled || p.Section() == "accesses" }

// person is what the profile page shows.
type person struct {
	Name, Surname, FiscalCode, CardNumber, Administration string
	ValidUntil                                            string
	DaysLeft                                              int
	BirthDate, Sex, BirthPlace, Residence                 string // unsigned, see enrolled
}

var parsed = template.Must(template.New("").Funcs(template.FuncMap{
	"t": func(l lang, key string) string { return l.text(key) },
}).ParseFS(templates, "templates/*.html"))

func (s *site) render(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	p.Lang, p.Origin = language(r), s.login.Origin.String()
	p.Styled = s.hasAsset("bootstrap-italia/bootstrap-italia.min.css")
	if s.hasAsset("ponte.js") {
		p.Library = "/assets/ponte.js"
	}
	rememberLanguage(w, r, s.login.Origin.Secure())
	var b bytes.Buffer
	if err := parsed.ExecuteTemplate(&b, name, p); err != nil {
		s.log.Error("page", "name", name, "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(p.Lang))
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

func (s *site) hasAsset(name string) bool {
	if s.assets == nil {
		return false
	}
	_, err := fs.Stat(s.assets, name)
	return err == nil
}

func (s *site) home(w http.ResponseWriter, r *http.Request) {
	p := page{Title: "home.title", Scripts: []string{"/static/login.js"}}
	if current, found := s.sessions.find(r); found {
		p.LoggedIn = current.identity != nil
		p.Notice = s.sessions.takeNotice(current)
	}
	s.render(w, r, http.StatusOK, "home.html", p)
}

func (s *site) profile(w http.ResponseWriter, r *http.Request) {
	current, ok := s.citizen(w, r)
	if !ok {
		return
	}
	who := current.identity
	known, enrolled, err := s.people.find(r.Context(), who.FiscalCode)
	if err != nil {
		s.log.Error("profile", "error", err)
		s.errorPage(w, r, http.StatusServiceUnavailable, "error.database")
		return
	}
	p := page{
		Title: "profile.title", LoggedIn: true, CSRF: current.csrf, Enrolled: enrolled, Scripts: []string{"/static/profile.js"},
		Notice: s.sessions.takeNotice(current),
		Person: person{
			Name: who.Name, Surname: who.Surname, FiscalCode: string(who.FiscalCode), CardNumber: who.CardNumber,
			Administration: who.Administration,
			ValidUntil:     who.NotAfter.UTC().Format("02/01/2006"),
			DaysLeft:       int(time.Until(who.NotAfter).Hours() / 24),
		},
	}
	if enrolled {
		p.Person.addKnown(known)
	} else {
		p.Title, p.Scripts = "enrol.title", append(p.Scripts, "/static/enrol.js")
	}
	s.render(w, r, http.StatusOK, "profile.html", p)
}

// addKnown adds what the portal knows and the certificate does not tell.
func (p *person) addKnown(known enrolled) {
	if p.Name == "" {
		p.Name = known.Name
	}
	if p.Surname == "" {
		p.Surname = known.Surname
	}
	if day, err := time.Parse(time.DateOnly, known.BirthDate); err == nil {
		p.BirthDate = day.Format("02/01/2006")
	}
	p.Sex, p.BirthPlace, p.Residence = known.Sex, known.BirthPlace, known.ResidencePlace
}

func (s *site) notFound(w http.ResponseWriter, r *http.Request) {
	s.errorPage(w, r, http.StatusNotFound, "error.notfound")
}

func (s *site) errorPage(w http.ResponseWriter, r *http.Request, status int, text string) {
	s.render(w, r, status, "error.html", page{Title: "error.title", ErrorText: text})
}

// language is what ?lang= says, or the cookie that remembers it, or the browser's wish; else Italian.
func language(r *http.Request) lang {
	if l := lang(r.URL.Query().Get("lang")); l.known() {
		return l
	}
	if c, err := r.Cookie("lang"); err == nil && lang(c.Value).known() {
		return lang(c.Value)
	}
	for wish := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(wish), ";")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if lang(primary).known() {
			return lang(primary)
		}
	}
	return italian
}

func rememberLanguage(w http.ResponseWriter, r *http.Request, secure bool) {
	if l := lang(r.URL.Query().Get("lang")); l.known() {
		http.SetCookie(w, &http.Cookie{
			Name: "lang", Value: string(l), Path: "/", MaxAge: 365 * 24 * 3600,
			Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
	}
}
