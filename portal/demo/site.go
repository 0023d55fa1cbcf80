// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"crypto/subtle"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/protocol"
)

//go:embed static
var static embed.FS

// site is the portal: pages, login and sessions.
type site struct {
	login        *portal.Login
	auth         *portal.Handler
	trust        *document.Trust // whose signatures count
	people       *people
	applications *applications
	sessions     *sessions
	assets       fs.FS // nil: none, and the pages have a plain style
	log          *slog.Logger
	csp          string
}

func newSite(login *portal.Login, trust *document.Trust, people *people, assets string, log *slog.Logger) (*site, error) {
	s := &site{
		login:        login,
		trust:        trust,
		people:       people,
		applications: &applications{db: people.db, now: time.Now},
		sessions:     newSessions(login.Origin.Secure(), time.Now),
		log:          log,
		csp:          contentSecurityPolicy(),
	}
	var err error
	if s.auth, err = s.newAuth(); err != nil || assets == "" {
		return s, err
	}
	root, err := os.OpenRoot(assets) // nothing outside of it is served, links included
	if err != nil {
		return nil, fmt.Errorf("opening --assets: %w", err)
	}
	s.assets = root.FS()
	return s, nil
}

// contentSecurityPolicy allows what the pages need: their own files, and the second door of Ponte. A policy cannot name
// [::1] (CSP 3, section 2.3.1: no IPv6 literals), so that the page reaches the agent by 127.0.0.1 or localhost.
// bootstrap-italia keeps small images in its style sheet as data: URLs.
func contentSecurityPolicy() string {
	connect := []string{"'self'"}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		for _, port := range protocol.WebSocketPorts {
			connect = append(connect, "ws://"+host+":"+strconv.Itoa(port))
		}
	}
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "img-src 'self' data:",
		"connect-src " + strings.Join(connect, " "), "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
	}, "; ")
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /profilo", s.profile)
	mux.HandleFunc("GET /accessi", s.showAccesses)
	mux.HandleFunc("POST /iscrizione", s.enrol)
	mux.HandleFunc("GET /domande", s.showApplications)
	mux.HandleFunc("POST /domande", s.apply)
	mux.HandleFunc("GET /domande/{id}", s.showApplication)
	mux.HandleFunc("GET /domande/{id}/{file}", s.file)
	mux.HandleFunc("POST /domande/{id}/firma", s.takeSigned)
	mux.HandleFunc("POST /esci", s.exit)
	mux.Handle("GET /static/", noListing(http.FileServerFS(static)))
	if s.assets != nil {
		mux.Handle("GET /assets/", http.StripPrefix("/assets", noListing(http.FileServerFS(s.assets))))
	}
	mux.HandleFunc("/", s.notFound)
	guard := http.NewCrossOriginProtection() // the forms; auth has its own
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.errorPage(w, r, http.StatusForbidden, "error.form")
	}))
	all := http.NewServeMux()
	all.Handle("/auth/", s.auth)
	all.Handle("/", guard.Handler(mux))
	return s.logged(s.headers(s.rightHost(all)))
}

// noListing answers for files, not for directories.
func noListing(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		h.ServeHTTP(w, r)
	})
}

// rightHost sends those who came by another name of this server to its origin: a token is signed for one origin only.
func (s *site) rightHost(h http.Handler) http.Handler {
	origin := s.login.Origin.String()
	host := strings.SplitN(origin, "://", 2)[1]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz":
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			fmt.Fprintln(w, "ok")
		case strings.EqualFold(r.Host, host):
			h.ServeHTTP(w, r)
		case r.Method == http.MethodGet && !strings.HasPrefix(r.URL.Path, "/auth/"):
			http.Redirect(w, r, origin+"/", http.StatusTemporaryRedirect)
		default:
			http.Error(w, "wrong host", http.StatusMisdirectedRequest)
		}
	})
}

func (s *site) headers(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", s.csp)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "same-origin")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		head.Set("Cache-Control", "no-store")
		h.ServeHTTP(w, r)
	})
}

// logged writes one line for each request: the route and not the path, and nothing about who asks.
func (s *site) logged(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		counted := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(counted, r)
		s.log.Info("request", "route", r.Pattern, "status", counted.status, "ms", time.Since(start).Milliseconds())
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// postedBy reads a form and gives the session that it belongs to, or answers. The form carries the session's own token,
// besides the browser's word that it is the same site.
func (s *site) postedBy(w http.ResponseWriter, r *http.Request) (session, bool) {
	current, found := s.sessions.find(r)
	if !found {
		http.Redirect(w, r, "/", http.StatusSeeOther) // out already
		return current, false
	}
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if subtle.ConstantTimeCompare([]byte(r.PostFormValue("csrf")), []byte(current.csrf)) != 1 {
		s.errorPage(w, r, http.StatusForbidden, "error.form")
		return current, false
	}
	return current, true
}

// exit ends the session.
func (s *site) exit(w http.ResponseWriter, r *http.Request) {
	current, ok := s.postedBy(w, r)
	if !ok {
		return
	}
	what, notice := left, "notice.exit"
	if r.PostFormValue("motivo") == "tessera" {
		what, notice = removed, "notice.removed"
	}
	s.sessions.end(current)
	s.sessions.start(w, session{notice: notice})
	if current.identity != nil {
		if err := s.people.record(r.Context(), current.identity.FiscalCode, what); err != nil {
			s.log.Error("exit", "error", err) // out is out
		}
	}
	s.log.Info("exit", "notice", notice)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
