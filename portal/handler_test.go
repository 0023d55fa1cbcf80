// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// browser is one browser at the endpoints of a portal.
type browser struct {
	t       *testing.T
	login   *portal.Login
	handler http.Handler
	log     *bytes.Buffer
	entered []portal.Identity
	refused []*portal.Refusal
	cookie  *http.Cookie
}

func browse(t *testing.T, change func(*portal.Login, *portal.HandlerOptions)) *browser {
	t.Helper()
	b := &browser{t: t, login: newLogin(t), log: &bytes.Buffer{}}
	o := portal.HandlerOptions{
		OnLogin: func(_ http.ResponseWriter, _ *http.Request, who portal.Identity) error {
			b.entered = append(b.entered, who)
			return nil
		},
		OnRefusal: func(_ *http.Request, r *portal.Refusal) { b.refused = append(b.refused, r) },
		Next:      "/profilo",
		Log:       slog.New(slog.NewTextHandler(b.log, nil)),
	}
	if change != nil {
		change(b.login, &o)
	}
	h, err := portal.NewHandler(b.login, o)
	if err != nil {
		t.Fatal(err)
	}
	b.handler = h
	return b
}

// do sends a request with the cookie; header is names and values, an empty value takes the header away.
func (b *browser) do(method, path, body string, header ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	for i := 0; i < len(header); i += 2 {
		switch {
		case header[i] == "RemoteAddr":
			r.RemoteAddr = header[i+1]
		case header[i+1] == "":
			r.Header.Del(header[i])
		default:
			r.Header.Set(header[i], header[i+1])
		}
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if b.cookie = c; c.MaxAge < 0 {
			b.cookie = nil
		}
	}
	return w
}

func (b *browser) challenge() string {
	b.t.Helper()
	w := b.do("GET", "/auth/challenge", "")
	var body struct{ Nonce string }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 200 || body.Nonce == "" {
		b.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return body.Nonce
}

// loginBody is what a page sends after the card has signed.
func (b *browser) loginBody(nonce string, o testpki.LeafOptions) string {
	b.t.Helper()
	cert, key := pki.Issue(o)
	return string(members{"nonce": nonce, "token": sign(b.t, cert, key, b.login.Origin, nonce)}.json())
}

func (b *browser) post(body string, header ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.do("POST", "/auth/login", body, append([]string{"Content-Type", "application/json", "Origin", site}, header...)...)
}

func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, code string) portal.Problem {
	t.Helper()
	var p portal.Problem
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		t.Fatalf("%d: %v", w.Code, err)
	}
	if w.Code != status || p.Status != status || p.Code != code || p.Type != portal.ProblemTypes+code || p.Title == "" || p.Detail == "" {
		t.Errorf("%d %+v, not %d %s", w.Code, p, status, code)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/problem+json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	return p
}

func TestARequestThatIsNotInOrderIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		body   string // empty: a good login
		header []string
		status int
		code   string
	}{
		"from another site":               {header: []string{"Origin", "https://evil.example"}, status: 403, code: "cross-site"},
		"from a subdomain":                {header: []string{"Origin", "https://x.fse.regione.example"}, status: 403, code: "cross-site"},
		"from the site over http":         {header: []string{"Origin", "http://fse.regione.example"}, status: 403, code: "cross-site"},
		"from a null origin":              {header: []string{"Origin", "null"}, status: 403, code: "cross-site"},
		"from nowhere":                    {header: []string{"Origin", ""}, status: 403, code: "cross-site"},
		"from the same site, not origin":  {header: []string{"Sec-Fetch-Site", "same-site"}, status: 403, code: "cross-site"},
		"typed in the address bar":        {header: []string{"Sec-Fetch-Site", "none"}, status: 403, code: "cross-site"},
		"as text, which a form can send":  {header: []string{"Content-Type", "text/plain"}, status: 415, code: "request"},
		"as a form":                       {header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 415, code: "request"},
		"without a type":                  {header: []string{"Content-Type", ""}, status: 415, code: "request"},
		"not JSON":                        {body: "nonce=1", status: 400, code: "request"},
		"JSON and more":                   {body: `{"nonce":"a","token":{}} {}`, status: 400, code: "request"},
		"not an object":                   {body: `["nonce"]`, status: 400, code: "request"},
		"a nonce that is not text":        {body: `{"nonce":1,"token":{}}`, status: 400, code: "request"},
		"too large":                       {body: `{"nonce":"` + strings.Repeat("a", 20_000) + `"}`, status: 413, code: "request"},
		"a challenge that was not issued": {body: `{"nonce":"` + nonce + `","token":{}}`, status: 403, code: "nonce-unknown"},
		"an empty object":                 {body: `{}`, status: 403, code: "nonce-unknown"},
		"null":                            {body: `null`, status: 403, code: "nonce-unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			b := browse(t, nil)
			good := b.loginBody(b.challenge(), testpki.LeafOptions{})
			if c.body == "" {
				c.body = good
			}
			wantProblem(t, b.post(c.body, c.header...), c.status, c.code)
			if len(b.entered) > 0 {
				t.Error("entered")
			}
			if w := b.post(good); w.Code != 200 {
				t.Errorf("it used the challenge up: %d %s", w.Code, w.Body)
			}
		})
	}
}

func TestARefusedTokenIsAProblemWithItsReason(t *testing.T) {
	for name, c := range map[string]struct {
		leaf   testpki.LeafOptions
		reason portal.Reason
	}{
		"an expired card":      {testpki.LeafOptions{Validity: testpki.Expired}, portal.ReasonExpired},
		"a card of nobody's":   {testpki.LeafOptions{SignedBy: testpki.OtherCA}, portal.ReasonChain},
		"an old card's key":    {testpki.LeafOptions{Bits: 1024}, portal.ReasonKeySize},
		"a signature card":     {testpki.LeafOptions{NonRepudiation: true}, portal.ReasonKeyUsage},
		"an identity card CIE": {testpki.LeafOptions{Policy: testpki.PolicyCIE}, portal.ReasonPolicy},
	} {
		t.Run(name, func(t *testing.T) {
			b := browse(t, nil)
			wantProblem(t, b.post(b.loginBody(b.challenge(), c.leaf)), 403, string(c.reason))
			if len(b.entered) > 0 || len(b.refused) != 1 || b.refused[0].Reason != c.reason {
				t.Errorf("entered %v, refused %v", b.entered, b.refused)
			}
		})
	}
}

func TestALoginOfAnotherBrowserIsRefused(t *testing.T) {
	b := browse(t, nil)
	body := b.loginBody(b.challenge(), testpki.LeafOptions{})
	mine := b.cookie
	for name, cookie := range map[string]*http.Cookie{
		"no cookie":             nil,
		"another's cookie":      {Name: mine.Name, Value: strings.Repeat("A", len(mine.Value))},
		"a cookie that is none": {Name: mine.Name, Value: strings.Repeat("a", 5000)},
		"an empty cookie":       {Name: mine.Name},
		"without its prefix":    {Name: "ponte", Value: mine.Value},
	} {
		b.cookie = cookie
		if w := b.post(body); w.Code != 403 || !strings.Contains(w.Body.String(), `"nonce-unknown"`) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	b.cookie = mine
	if w := b.post(body); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestALoginIsAcceptedOnceAndTakesTheCookieBack(t *testing.T) {
	b := browse(t, nil)
	body := b.loginBody(b.challenge(), testpki.LeafOptions{})
	kept := b.cookie
	w := b.post(body)
	if w.Code != 200 || w.Body.String() != `{"next":"/profilo"}` || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if len(b.entered) != 1 || b.entered[0].FiscalCode != "RSSGPR84S63H501C" {
		t.Errorf("%+v", b.entered)
	}
	if b.cookie != nil {
		t.Error("the cookie is still there")
	}
	b.cookie = kept
	wantProblem(t, b.post(body), 403, "nonce-used")
	if len(b.entered) != 1 {
		t.Error("entered twice")
	}
}

func TestTwoPagesOfOneBrowserCanLogInAtOnce(t *testing.T) {
	b := browse(t, nil)
	one := b.challenge()
	before := b.cookie.Value
	two := b.challenge()
	if b.cookie.Value != before || one == two {
		t.Error("the second page has put the first one out")
	}
	for _, n := range []string{two, one} {
		cookie := *b.cookie
		if w := b.post(b.loginBody(n, testpki.LeafOptions{})); w.Code != 200 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		b.cookie = &cookie
	}
}

func TestTheCookieOfALoginIsOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	for name, secure := range map[string]bool{"__Host-ponte": true, "ponte": false} {
		b := browse(t, func(l *portal.Login, _ *portal.HandlerOptions) {
			if !secure {
				l.Origin = origin(t, "http://localhost:8080")
			}
		})
		b.challenge()
		c := b.cookie
		if c.Name != name || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 600 || len(c.Value) != 26 {
			t.Errorf("%+v", c)
		}
	}
}

func TestACookieOfAnothersMakingIsReplaced(t *testing.T) {
	b := browse(t, nil)
	b.cookie = &http.Cookie{Name: "__Host-ponte", Value: "chosen"}
	b.challenge()
	if b.cookie.Value == "chosen" || len(b.cookie.Value) != 26 {
		t.Errorf("%s", b.cookie.Value)
	}
}

func TestAnotherSiteGetsNoChallenge(t *testing.T) {
	b := browse(t, nil)
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "x"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		w := b.do("GET", "/auth/challenge", "", header...)
		wantProblem(t, w, 403, "cross-site")
		if len(w.Result().Cookies()) > 0 {
			t.Errorf("%v: a cookie", header)
		}
	}
	for _, header := range [][]string{{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}, {"Origin", site}} {
		if w := b.do("GET", "/auth/challenge", "", header...); w.Code != 200 || w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%v: %d", header, w.Code)
		}
	}
}

func TestOtherMethodsAndPathsAreProblemsToo(t *testing.T) {
	b := browse(t, nil)
	for path, want := range map[string]struct {
		method, allow string
		status        int
	}{
		"/auth/challenge":  {"POST", "GET", 405},
		"/auth/login":      {"GET", "POST", 405},
		"/auth/nothing":    {"GET", "", 404},
		"/auth/login/more": {"POST", "", 404},
	} {
		w := b.do(want.method, path, "")
		if wantProblem(t, w, want.status, "request"); w.Header().Get("Allow") != want.allow {
			t.Errorf("%s: allow %q", path, w.Header().Get("Allow"))
		}
	}
}

func TestAStoreThatDoesNotWorkIs503(t *testing.T) {
	b := browse(t, nil)
	body := b.loginBody(b.challenge(), testpki.LeafOptions{})
	b.login.Challenges = brokenStore{}
	wantProblem(t, b.post(body), 503, "unavailable")
	wantProblem(t, b.do("GET", "/auth/challenge", ""), 503, "unavailable")
	if !strings.Contains(b.log.String(), "connection refused") || len(b.refused) > 0 {
		t.Errorf("%s", b.log)
	}
}

func TestALoginThatThePortalCannotBeginIs500(t *testing.T) {
	b := browse(t, func(_ *portal.Login, o *portal.HandlerOptions) {
		o.OnLogin = func(http.ResponseWriter, *http.Request, portal.Identity) error { return errors.New("disk full") }
	})
	wantProblem(t, b.post(b.loginBody(b.challenge(), testpki.LeafOptions{})), 500, "internal")
	if !strings.Contains(b.log.String(), "disk full") {
		t.Errorf("%s", b.log)
	}
}

func TestAHandlerThatCannotServeIsNotMade(t *testing.T) {
	enter := func(http.ResponseWriter, *http.Request, portal.Identity) error { return nil }
	insecure := newLogin(t)
	insecure.Origin = origin(t, "http://fse.regione.example")
	for name, c := range map[string]struct {
		login *portal.Login
		o     portal.HandlerOptions
	}{
		"no login":            {nil, portal.HandlerOptions{OnLogin: enter}},
		"an empty login":      {&portal.Login{}, portal.HandlerOptions{OnLogin: enter}},
		"an insecure origin":  {insecure, portal.HandlerOptions{OnLogin: enter}},
		"nothing at a login":  {newLogin(t), portal.HandlerOptions{}},
		"a path that is none": {newLogin(t), portal.HandlerOptions{OnLogin: enter, Path: "auth"}},
		"a path with a slash": {newLogin(t), portal.HandlerOptions{OnLogin: enter, Path: "/auth/"}},
		"a path of patterns":  {newLogin(t), portal.HandlerOptions{OnLogin: enter, Path: "/{x}"}},
	} {
		if _, err := portal.NewHandler(c.login, c.o); err == nil {
			t.Errorf("%s: made", name)
		}
	}
}

func TestTheEndpointsMayBeElsewhere(t *testing.T) {
	b := browse(t, func(_ *portal.Login, o *portal.HandlerOptions) { o.Path = "/accesso/cns" })
	if w := b.do("GET", "/accesso/cns/challenge", ""); w.Code != 200 {
		t.Errorf("%d", w.Code)
	}
	wantProblem(t, b.do("GET", "/auth/challenge", ""), 404, "request")
}
