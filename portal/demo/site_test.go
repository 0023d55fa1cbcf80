// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var pki = testpki.New()

// visitor is a browser at the portal.
type visitor struct {
	t      *testing.T
	site   *site
	server *httptest.Server
	client *http.Client
	log    *bytes.Buffer
}

func visit(t *testing.T, assets string) *visitor {
	t.Helper()
	log := &bytes.Buffer{}
	server := httptest.NewUnstartedServer(nil)
	origin, err := protocol.ParseOrigin("http://" + server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := portal.NewVerifier(portal.Options{TrustAnchors: []*x509.Certificate{pki.CA()}, AllowInsecureLocalhost: true})
	if err != nil {
		t.Fatal(err)
	}
	trust, err := document.NewTrust(document.Options{TrustAnchors: []*x509.Certificate{pki.CA()}})
	if err != nil {
		t.Fatal(err)
	}
	login := &portal.Login{Verifier: verifier, Challenges: portal.NewMemory(portal.MemoryOptions{}), Origin: origin}
	people, err := openPeople(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { people.Close() })
	s, err := newSite(login, trust, people, assets, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = s.handler()
	server.Start()
	t.Cleanup(server.Close)
	v := &visitor{t: t, site: s, server: server, log: log}
	v.client = v.newBrowser()
	return v
}

func (v *visitor) newBrowser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (v *visitor) do(method, path string, body string, header ...string) (*http.Response, string) {
	v.t.Helper()
	r, err := http.NewRequest(method, v.server.URL+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	answer, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer, string(text)
}

func (v *visitor) challenge() string {
	v.t.Helper()
	answer, text := v.do("GET", "/auth/challenge", "")
	var body struct{ Nonce string }
	if err := json.Unmarshal([]byte(text), &body); err != nil || answer.StatusCode != 200 || protocol.CheckNonce(body.Nonce) != nil {
		v.t.Fatalf("%d %s", answer.StatusCode, text)
	}
	return body.Nonce
}

// loginBody is what the page sends after the card has signed.
func (v *visitor) loginBody(nonce string, options testpki.LeafOptions) string {
	v.t.Helper()
	return signedLogin(v.t, v.site.login.Origin, nonce, options)
}

// signedLogin does what agent and card do.
func signedLogin(t *testing.T, origin protocol.Origin, nonce string, options testpki.LeafOptions) string {
	t.Helper()
	cert, key := pki.Issue(options)
	digest := protocol.TokenDigest(origin, nonce)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(map[string]any{"nonce": nonce, "token": protocol.Token{
		UnverifiedCertificate: base64.StdEncoding.EncodeToString(cert.Raw),
		Algorithm:             protocol.AlgorithmRS256,
		Signature:             base64.StdEncoding.EncodeToString(signature),
		Format:                protocol.TokenFormat,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (v *visitor) postLogin(body string, header ...string) (*http.Response, string) {
	v.t.Helper()
	return v.do("POST", "/auth/login", body, append([]string{"Content-Type", "application/json", "Origin", v.server.URL}, header...)...)
}

func (v *visitor) mustLogIn() {
	v.t.Helper()
	if answer, text := v.postLogin(v.loginBody(v.challenge(), testpki.LeafOptions{})); answer.StatusCode != 200 {
		v.t.Fatalf("%d %s", answer.StatusCode, text)
	}
}

func (v *visitor) loggedIn() bool {
	answer, _ := v.do("GET", "/profilo", "")
	return answer.StatusCode == 200
}

func wantProblem(t *testing.T, answer *http.Response, text string, status int, code string) {
	t.Helper()
	var p portal.Problem
	if err := json.Unmarshal([]byte(text), &p); err != nil || answer.StatusCode != status || p.Code != code {
		t.Errorf("%d %q, not %d %s", answer.StatusCode, text, status, code)
	}
}

// What the endpoints refuse is tested in package portal; here, that they are in front of the sessions.
func TestALoginThatIsNotInOrderIsRefused(t *testing.T) {
	v := visit(t, "")
	for name, c := range map[string]struct {
		body   func() string
		header []string
		status int
		code   string
	}{
		"from another site": {header: []string{"Origin", "https://evil.example"}, status: 403, code: "cross-site"},
		"as a form":         {header: []string{"Content-Type", "text/plain"}, status: 415, code: "request"},
		"no token":          {body: func() string { return `{"nonce":"` + v.challenge() + `"}` }, status: 403, code: "format"},
		"an expired card":   {body: func() string { return v.loginBody(v.challenge(), testpki.LeafOptions{Validity: testpki.Expired}) }, status: 403, code: "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			body := v.loginBody(v.challenge(), testpki.LeafOptions{})
			if c.body != nil {
				body = c.body()
			}
			answer, text := v.postLogin(body, c.header...)
			wantProblem(t, answer, text, c.status, c.code)
			if v.loggedIn() || v.cookie() != "" {
				t.Error("logged in")
			}
		})
	}
}

func TestALoginIsAcceptedOnce(t *testing.T) {
	v := visit(t, "")
	nonce := v.challenge()
	body := v.loginBody(nonce, testpki.LeafOptions{})
	if answer, text := v.postLogin(body); answer.StatusCode != 200 || !strings.Contains(text, "/profilo") {
		t.Fatalf("%d %s", answer.StatusCode, text)
	}
	if answer, _ := v.postLogin(body); answer.StatusCode != 403 {
		t.Errorf("again: %d", answer.StatusCode)
	}
	answer, text := v.do("GET", "/profilo", "")
	for _, want := range []string{"GIADA PROVA", "ROSSINI", "RSSGPR84S63H501C", "7430010024925855", "REGIONE PROVA"} {
		if !strings.Contains(text, want) {
			t.Errorf("%d: no %s in the profile", answer.StatusCode, want)
		}
	}
}

func TestALoginEndsTheSessionBefore(t *testing.T) {
	v := visit(t, "")
	v.mustLogIn()
	before := v.cookie()
	v.mustLogIn()
	if v.cookie() == before {
		t.Error("the session kept its id")
	}
	if n := len(v.site.sessions.all); n != 1 {
		t.Errorf("%d sessions: the one before the login is still there", n)
	}
}

func (v *visitor) cookie() string {
	u, _ := url.Parse(v.server.URL)
	for _, c := range v.client.Jar.Cookies(u) {
		if c.Name == "sessione" {
			return c.Value
		}
	}
	return ""
}

func TestTheProfileIsForThoseWhoAreLoggedIn(t *testing.T) {
	v := visit(t, "")
	v.challenge()
	answer, _ := v.do("GET", "/profilo", "")
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/" {
		t.Errorf("%d", answer.StatusCode)
	}
}

func TestAnotherNameOfTheServerLeadsToItsOrigin(t *testing.T) {
	v := visit(t, "")
	answer, _ := v.do("GET", "/profilo", "", "Host", "rebound.example")
	if answer.StatusCode != http.StatusTemporaryRedirect || answer.Header.Get("Location") != v.server.URL+"/" {
		t.Errorf("%d %s", answer.StatusCode, answer.Header.Get("Location"))
	}
	for _, path := range []string{"/auth/challenge", "/auth/login"} {
		method := map[bool]string{true: "POST", false: "GET"}[path == "/auth/login"]
		if answer, _ := v.do(method, path, "", "Host", "rebound.example"); answer.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
	if answer, text := v.do("GET", "/healthz", "", "Host", "10.0.0.1"); answer.StatusCode != 200 || text != "ok\n" {
		t.Errorf("healthz: %d %q", answer.StatusCode, text)
	}
}

func TestTheLogNamesNobody(t *testing.T) {
	v := visit(t, "")
	v.mustLogIn()
	v.do("GET", "/profilo?x=RSSGPR84S63H501C", "")
	v.do("GET", "/RSSGPR84S63H501C", "")
	v.postLogin(v.loginBody(v.challenge(), testpki.LeafOptions{Validity: testpki.Expired}))
	v.postExit("csrf=" + v.csrf())
	log := v.log.String()
	if !strings.Contains(log, "outcome=ok") || !strings.Contains(log, "outcome=expired") {
		t.Errorf("the log does not tell of the logins:\n%s", log)
	}
	for _, personal := range []string{"RSSGPR", "GIADA", "ROSSINI", "7430010024925855", "127.0.0.1"} {
		if strings.Contains(log, personal) {
			t.Errorf("%s is in the log:\n%s", personal, log)
		}
	}
}

func TestFilesOutsideOfTheAssetsAreNotServed(t *testing.T) {
	dir := t.TempDir()
	assets := filepath.Join(dir, "assets")
	for path, text := range map[string]string{
		filepath.Join(dir, "secret"):                                          "secret",
		filepath.Join(assets, "ponte.js"):                                     "export {}",
		filepath.Join(assets, "bootstrap-italia", "bootstrap-italia.min.css"): "body{}",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "secret"), filepath.Join(assets, "link")); err != nil {
		t.Fatal(err)
	}
	v := visit(t, assets)
	for _, path := range []string{"/assets/", "/assets/bootstrap-italia/", "/assets/link", "/assets/../secret", "/assets/%2e%2e/secret", "/static/", "/static/nothing.js"} {
		if answer, text := v.do("GET", path, ""); answer.StatusCode == 200 || text == "secret" {
			t.Errorf("%s: %d %s", path, answer.StatusCode, text)
		}
	}
	if answer, _ := v.do("GET", "/assets/ponte.js", ""); answer.StatusCode != 200 || !strings.Contains(answer.Header.Get("Content-Type"), "javascript") {
		t.Errorf("ponte.js: %d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	_, text := v.do("GET", "/", "")
	if !strings.Contains(text, "bootstrap-italia.min.css") || strings.Contains(text, "plain.css") || !strings.Contains(text, `data-library="/assets/ponte.js"`) {
		t.Error("the page does not use the assets")
	}
}

func TestAssetsThatAreNotThereAreAnError(t *testing.T) {
	other := visit(t, "").site
	if _, err := newSite(other.login, other.trust, other.people, filepath.Join(t.TempDir(), "nothing"), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("accepted")
	}
}
