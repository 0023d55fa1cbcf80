// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxLoginBody is room for a token of the largest size and its nonce.
const maxLoginBody = 16 << 10

// HandlerOptions of a Handler. Only OnLogin is needed.
type HandlerOptions struct {
	// OnLogin begins the portal's own session for a person who has proved who they are: with a new session id, in a
	// cookie of the portal's own. It may set headers, and does not write the answer. An error makes it 500, and nobody is
	// logged in. It is called once for each challenge that was issued, at most.
	OnLogin func(w http.ResponseWriter, r *http.Request, who Identity) error
	// OnRefusal is told of every login that is refused, before the answer. Nil: nobody is.
	OnRefusal func(r *http.Request, refusal *Refusal)
	// Next is where the page goes after a login: the member "next" of the answer. Empty: "/".
	Next string
	// Path is where the endpoints are: Path/challenge and Path/login. Empty: "/auth".
	Path string
	// Language says in which language the portal speaks to this browser: "it", "en" or "de". Nil: as Accept-Language.
	Language func(r *http.Request) string
	// PerSession limits the requests with one cookie. Zero: 20 at once, then one each 3 seconds.
	PerSession Rate
	// PerAddress limits the requests of one client address; of an IPv6 client, those of its /64. Many people can share
	// one: a hospital, a mobile network. Zero: 300 at once, then 10 a second.
	PerAddress Rate
	// TrustedProxies are the proxies whose X-Forwarded-For is believed. None: the peer's address counts.
	TrustedProxies []netip.Prefix
	// Log gets a line for each login, with its outcome and nothing about the person. Nil: slog.Default().
	Log *slog.Logger
	// Now is the clock of the limits. Nil: time.Now.
	Now func() time.Time
}

// Handler is the two endpoints of a login over HTTP:
//
//	GET  /auth/challenge  ->  {"nonce":"..."}
//	POST /auth/login      {"nonce":"...","token":{...}}  ->  {"next":"/"}
//
// Everything else that it answers is a Problem. It binds a challenge to the browser by a cookie of its own, which lives
// ten minutes, names nobody and is taken back at the login; OnLogin begins the session that counts.
//
// A login is accepted only from a page of Login.Origin: as JSON, which no form of another site can send, with that Origin
// and, where the browser tells it, Sec-Fetch-Site same-origin. The cookie is SameSite=Strict as well: the page that uses
// it is always the portal's own, also for those who came by a link. Otherwise another site could log a citizen in as
// somebody else.
type Handler struct {
	login      *Login
	o          HandlerOptions
	mux        *http.ServeMux
	perSession *limiter[string]
	perAddress *limiter[netip.Prefix]
}

// NewHandler checks the options.
func NewHandler(login *Login, o HandlerOptions) (*Handler, error) {
	switch {
	case login == nil || login.Verifier == nil || login.Challenges == nil:
		return nil, errors.New("a Handler needs a Login with a Verifier and Challenges")
	case !login.Origin.Secure() && !login.Origin.Local():
		return nil, fmt.Errorf("origin %q: only https, or http://localhost", login.Origin)
	case o.OnLogin == nil:
		return nil, errors.New("a Handler needs OnLogin")
	}
	if o.Path == "" {
		o.Path = "/auth"
	}
	if !strings.HasPrefix(o.Path, "/") || strings.HasSuffix(o.Path, "/") || strings.ContainsAny(o.Path, "{} ") {
		return nil, fmt.Errorf("path %q: it begins with a slash and does not end with one", o.Path)
	}
	if o.Next == "" {
		o.Next = "/"
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &Handler{login: login, o: o, mux: http.NewServeMux()}
	h.perSession = newLimiter[string](o.PerSession.or(Rate{Burst: 20, Every: 3 * time.Second}), o.Now)
	h.perAddress = newLimiter[netip.Prefix](o.PerAddress.or(Rate{Burst: 300, Every: 100 * time.Millisecond}), o.Now)
	h.route(http.MethodGet, o.Path+"/challenge", h.challenge)
	h.route(http.MethodPost, o.Path+"/login", h.authenticate)
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { h.problem(w, r, http.StatusNotFound, CodeRequest) })
	return h, nil
}

// route serves a path for one method; the others get a Problem too.
func (h *Handler) route(method, path string, serve http.HandlerFunc) {
	h.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			w.Header().Set("Allow", method)
			h.problem(w, r, http.StatusMethodNotAllowed, CodeRequest)
			return
		}
		if wait, ok := h.perAddress.take(clientOf(r, h.o.TrustedProxies)); !ok {
			h.tooMany(w, r, wait)
			return
		}
		serve(w, r)
	})
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// challenge begins a login: a cookie if there is none, and a nonce bound to it.
func (h *Handler) challenge(w http.ResponseWriter, r *http.Request) {
	if !h.ownPage(r, "same-origin", "none") { // a link from another site would put a new cookie in place of the old
		h.problem(w, r, http.StatusForbidden, CodeCrossSite)
		return
	}
	session, found := h.findSession(r)
	if !found {
		session = newSessionID()
	}
	if wait, ok := h.perSession.take(session); !ok {
		h.tooMany(w, r, wait)
		return
	}
	nonce, err := h.login.Challenge(r.Context(), session)
	if err != nil {
		h.unavailable(w, r, err)
		return
	}
	h.sendSession(w, session)
	answerJSON(w, "application/json", http.StatusOK, map[string]string{"nonce": nonce})
}

// authenticate ends a login.
func (h *Handler) authenticate(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") == "" || !h.ownPage(r, "same-origin") {
		h.problem(w, r, http.StatusForbidden, CodeCrossSite)
		return
	}
	body, status := readLogin(w, r)
	if status != http.StatusOK {
		h.problem(w, r, status, CodeRequest)
		return
	}
	session, found := h.findSession(r)
	if !found {
		h.refused(w, r, refuse(ReasonNonceUnknown, "the request has no cookie of a login"))
		return
	}
	if wait, ok := h.perSession.take(session); !ok {
		h.tooMany(w, r, wait)
		return
	}
	who, err := h.login.Verify(r.Context(), session, body.Nonce, body.Token)
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		h.refused(w, r, refusal)
		return
	}
	if err != nil {
		h.unavailable(w, r, err)
		return
	}
	if err := h.o.OnLogin(w, r, who); err != nil {
		h.o.Log.ErrorContext(r.Context(), "login", "outcome", CodeInternal, "error", err)
		h.problem(w, r, http.StatusInternalServerError, CodeInternal)
		return
	}
	h.endSession(w)
	h.o.Log.InfoContext(r.Context(), "login", "outcome", "ok")
	answerJSON(w, "application/json", http.StatusOK, map[string]string{"next": h.o.Next})
}

// ownPage says that nothing in the request tells of another site. Browsers send Sec-Fetch-Site with every request to
// https, and Origin with every POST (Fetch, 3.2).
func (h *Handler) ownPage(r *http.Request, sites ...string) bool {
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	return (origin == "" || origin == h.login.Origin.String()) && (site == "" || slices.Contains(sites, site))
}

type loginBody struct {
	Nonce string          `json:"nonce"`
	Token json.RawMessage `json:"token"`
}

// readLogin gives the status of the answer when the body is not a login.
func readLogin(w http.ResponseWriter, r *http.Request) (loginBody, int) {
	var body loginBody
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return body, http.StatusUnsupportedMediaType
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLoginBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return body, http.StatusRequestEntityTooLarge
	}
	if err != nil || json.Unmarshal(b, &body) != nil {
		return body, http.StatusBadRequest
	}
	return body, http.StatusOK
}

func (h *Handler) refused(w http.ResponseWriter, r *http.Request, refusal *Refusal) {
	h.o.Log.InfoContext(r.Context(), "login", "outcome", string(refusal.Reason), "detail", refusal.Detail)
	if h.o.OnRefusal != nil {
		h.o.OnRefusal(r, refusal)
	}
	h.problem(w, r, http.StatusForbidden, string(refusal.Reason))
}

func (h *Handler) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	h.o.Log.ErrorContext(r.Context(), "login", "outcome", CodeUnavailable, "error", err)
	h.problem(w, r, http.StatusServiceUnavailable, CodeUnavailable)
}

func (h *Handler) tooMany(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	h.o.Log.WarnContext(r.Context(), "login", "outcome", CodeRateLimited)
	h.problem(w, r, http.StatusTooManyRequests, CodeRateLimited)
}

func (h *Handler) problem(w http.ResponseWriter, r *http.Request, status int, code string) {
	var language string
	if h.o.Language != nil {
		language = h.o.Language(r)
	} else {
		language = chooseLanguage(r.Header.Get("Accept-Language"))
		w.Header().Set("Vary", "Accept-Language")
	}
	if !slices.Contains(languages, language) {
		language = languages[0]
	}
	w.Header().Set("Content-Language", language)
	answerJSON(w, "application/problem+json", status, newProblem(status, code, language))
}
