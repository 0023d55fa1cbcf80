// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
)

func TestEverythingThatIsNotOurPageIsRefusedAlike(t *testing.T) {
	r := start(t)
	other := start(t)
	_, second := r.comeIn()
	host, cookie := "Host: "+r.host(), "Cookie: "+r.name+"="+r.value
	origin, form := "Origin: "+r.origin(), "Content-Type: application/x-www-form-urlencoded"
	right := url.Values{"csrf": {r.csrf}}.Encode()
	page := r.send("GET / HTTP/1.1", host).text
	if !strings.Contains(page, "ponte panel") || strings.Count(page, "<section lang=") != 3 {
		t.Fatalf("not the page for whoever is refused: %s", page)
	}
	for _, c := range []struct {
		name, line string
		head       []string
		body       string
		status     int
	}{
		{"no cookie", "GET / HTTP/1.1", []string{host}, "", 403},
		{"a cookie that was never given", "GET / HTTP/1.1", []string{host, "Cookie: " + r.name + "=x"}, "", 403},
		{"the cookie of another panel", "GET / HTTP/1.1", []string{host, "Cookie: " + other.name + "=" + other.value}, "", 403},
		{"the value of another panel's cookie", "GET / HTTP/1.1", []string{host, "Cookie: " + r.name + "=" + other.value}, "", 403},
		{"a foreign origin", "GET / HTTP/1.1", []string{host, cookie, "Origin: https://evil.example"}, "", 403},
		{"a frame without an origin", "GET / HTTP/1.1", []string{host, cookie, "Origin: null"}, "", 403},
		{"another port of this computer", "GET / HTTP/1.1", []string{host, cookie, "Origin: http://127.0.0.1:1"}, "", 403},
		{"two origins", "GET / HTTP/1.1", []string{host, cookie, origin, origin}, "", 403},
		{"a link of another site", "GET / HTTP/1.1", []string{host, cookie, "Sec-Fetch-Site: cross-site"}, "", 403},
		{"a page on another port", "GET / HTTP/1.1", []string{host, cookie, "Sec-Fetch-Site: same-site"}, "", 403},
		{"a form without an origin", "POST /pin/change HTTP/1.1", []string{host, cookie, form}, right, 403},
		{"a form of another site", "POST /pin/change HTTP/1.1", []string{host, cookie, form, "Origin: https://evil.example"}, right, 403},
		{"a form of another site, as browsers mark it", "POST /pin/change HTTP/1.1", []string{host, cookie, form, origin, "Sec-Fetch-Site: cross-site"}, right, 403},
		{"a form without its token", "POST /pin/change HTTP/1.1", []string{host, cookie, form, origin}, "x=1", 403},
		{"a form with a wrong token", "POST /pin/change HTTP/1.1", []string{host, cookie, form, origin}, "csrf=wrong", 403},
		{"a form with another session's token", "POST /pin/change HTTP/1.1", []string{host, cookie, form, origin}, url.Values{"csrf": {r.csrfOf(second)}}.Encode(), 403},
		{"the token in the address", "POST /pin/change?" + right + " HTTP/1.1", []string{host, cookie, form, origin}, "x=1", 403},
		{"a form without a session", "POST /pin/change HTTP/1.1", []string{host, form, origin}, right, 403},
		{"a form as text", "POST /pin/change HTTP/1.1", []string{host, cookie, origin, "Content-Type: text/plain"}, right, 415},
		{"a form as JSON", "POST /pin/change HTTP/1.1", []string{host, cookie, origin, "Content-Type: application/json"}, `{"csrf":"x"}`, 415},
		{"a body over the limit", "POST /pin/change HTTP/1.1", []string{host, cookie, form, origin}, right + "&x=" + strings.Repeat("y", maxBody), 413},
		{"a form that cannot be read", "POST /pin/change HTTP/1.1", []string{host, cookie, form, origin}, "csrf=%zz", 400},
		{"an act by an address", "GET /pin/change HTTP/1.1", []string{host, cookie}, "", 405},
		{"a form to a page", "POST / HTTP/1.1", []string{host, cookie, form, origin}, right, 405},
		{"another method", "DELETE / HTTP/1.1", []string{host, cookie, origin}, "", 405},
		{"a question of a foreign script", "OPTIONS / HTTP/1.1", []string{host, cookie, origin}, "", 405},
		{"a path that is not there", "GET /admin HTTP/1.1", []string{host, cookie}, "", 404},
		{"a directory", "GET /assets/ HTTP/1.1", []string{host, cookie}, "", 404},
		{"dots", "GET /../panel.css HTTP/1.1", []string{host, cookie}, "", 404},
		{"dots in the middle", "GET /sites/../pin HTTP/1.1", []string{host, cookie}, "", 404},
		{"escaped dots", "GET /%2e%2e/pin HTTP/1.1", []string{host, cookie}, "", 404},
		{"an escaped letter", "GET /p%69n HTTP/1.1", []string{host, cookie}, "", 404},
		{"an escaped slash", "GET /%2fpin HTTP/1.1", []string{host, cookie}, "", 404},
		{"two slashes", "GET //pin HTTP/1.1", []string{host, cookie}, "", 404},
		{"two slashes and a host", "GET //evil.example/pin HTTP/1.1", []string{host, cookie}, "", 404},
		{"a backslash", `GET /\pin HTTP/1.1`, []string{host, cookie}, "", 404},
		{"a slash at the end", "GET /pin/ HTTP/1.1", []string{host, cookie}, "", 404},
		{"a whole address", "GET http://" + r.host() + "/pin HTTP/1.1", []string{host, cookie}, "", 404},
		{"a path of 10,000 characters", "GET /" + strings.Repeat("a", 10_000) + " HTTP/1.1", []string{host, cookie}, "", 404},
		{"a source file", "GET /panel.go HTTP/1.1", []string{host, cookie}, "", 404},
		{"a page without the path of the visit", "GET @/pin HTTP/1.1", []string{host, cookie}, "", 404},
		{"the first page without it", "GET @/ HTTP/1.1", []string{host, cookie}, "", 404},
		{"a page below the path of another panel", "GET @" + other.base + "/pin HTTP/1.1", []string{host, cookie}, "", 404},
		{"the path of the visit and nothing behind it", "GET @" + r.base + " HTTP/1.1", []string{host, cookie}, "", 404},
		{"an act without the path of the visit", "POST @/pin/change HTTP/1.1", []string{host, cookie, form, origin}, right, 404},
		{"the door within the path of the visit", "GET @" + r.base + "/enter HTTP/1.1", []string{host, cookie}, "", 404},
		{"no key", "GET /enter HTTP/1.1", []string{host}, "", 403},
		{"a wrong key", "GET /enter?key=" + secret() + " HTTP/1.1", []string{host}, "", 403},
		{"no key within the path of the visit", "GET /arrive HTTP/1.1", []string{host}, "", 403},
		{"a wrong key there", "GET /arrive?key=" + secret() + " HTTP/1.1", []string{host, cookie}, "", 403},
		{"the inner door without the path of the visit", "GET @/arrive?key=" + r.keys.cut("") + " HTTP/1.1", []string{host}, "", 404},
		{"a state that is none", "GET /changed?seen=x HTTP/1.1", []string{host, cookie}, "", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := r.sendBody(c.line, c.body, c.head...)
			if got.StatusCode != c.status || got.text != page {
				t.Errorf("%s, want %d and the page for whoever is refused; got %.300s", got.Status, c.status, got.text)
			}
			if len(got.Cookies()) > 0 || got.Header.Get("Location") != "" || got.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("it gives something away: %v", got.Header)
			}
		})
	}
	if r.agent.params(control.PINChange) != nil {
		t.Error("a refused form has acted")
	}
}

// A site that points its own name at loopback is of the same origin with what it reads: it must not even read a status. Nor
// may it keep the connections, of which there are few.
func TestAnotherNameForLoopbackReadsNothing(t *testing.T) {
	r := start(t)
	_, port, _ := strings.Cut(r.host(), ":")
	for _, host := range []string{"evil.example:" + port, "evil.example", "localhost:" + port, "127.0.0.1", "127.0.0.1:1", "[::1]:" + port, "127.0.0.1.evil.example:" + port, "127.1:" + port} {
		for _, path := range []string{r.base + "/", "/panel.css", "/nothing", "/enter?key=" + r.keys.cut("")} {
			conn, err := net.Dial("tcp", r.host())
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.SetDeadline(time.Now().Add(long))
			_, _ = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\nCookie: "+r.name+"="+r.value+"\r\n\r\n")
			if got, err := io.ReadAll(conn); len(got) > 0 || isTimeout(err) {
				t.Fatalf("%s%s: %q, %v", host, path, got, err)
			}
			_ = conn.Close()
		}
	}
}

func TestAKeyOpensOnceAndForAMinute(t *testing.T) {
	r := start(t)
	now := time.Now()
	r.keys.now = func() time.Time { return now }
	late, early, ahead := r.keys.cut("pin"), r.keys.cut("sites"), r.keys.cut("")
	enter := r.enterWith
	if got := enter(ahead, "Sec-Purpose: prefetch;prerender"); got.StatusCode != http.StatusForbidden {
		t.Errorf("a browser that fetches ahead: %s", got.Status)
	}
	if got := enter(ahead); got.StatusCode != http.StatusSeeOther {
		t.Errorf("the person who comes after it: %s", got.Status)
	}
	now = now.Add(keyLife - time.Second)
	got := enter(early)
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/sites" || got.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("a key in time: %s %v", got.Status, got.Header)
	}
	if c := got.Cookies(); len(c) != 1 || !c[0].HttpOnly || c[0].SameSite != http.SameSiteStrictMode || c[0].Path != r.base+"/" || c[0].MaxAge != 0 || c[0].Domain != "" {
		t.Errorf("%v", got.Header["Set-Cookie"])
	}
	if got := enter(early); got.StatusCode != http.StatusForbidden {
		t.Errorf("the same key again: %s", got.Status)
	}
	now = now.Add(time.Second)
	if got := enter(late); got.StatusCode != http.StatusForbidden {
		t.Errorf("a key after a minute: %s", got.Status)
	}
	first := r.keys.cut("")
	for range maxKeys {
		r.keys.cut("")
	}
	if got := enter(first); got.StatusCode != http.StatusForbidden {
		t.Errorf("one key too many: %s", got.Status)
	}
	if got := enter(r.keys.cut("https://evil.example")); got.Header.Get("Location") != "/" {
		t.Errorf("a page that is none leads to %q", got.Header.Get("Location"))
	}
}

// A browser that comes in a second time, to look at a document that a dialog asks about, must not lose what is open in its
// other tabs.
func TestAFormThatIsOpenStaysGoodWhenTheSameBrowserComesInAgain(t *testing.T) {
	r := start(t)
	again := r.enterWith(r.keys.cut("sign"), "Cookie: "+r.name+"="+r.value)
	if again.Header.Get("Location") != "/sign" || len(again.Cookies()) > 0 {
		t.Fatalf("%s %v", again.Status, again.Header)
	}
	if got := r.post("/activity/clear", nil); got.StatusCode != http.StatusSeeOther {
		t.Errorf("the form that was open: %s", got.Status)
	}
	stale := r.enterWith(r.keys.cut(""), "Cookie: "+r.name+"="+secret())
	if len(stale.Cookies()) != 1 {
		t.Errorf("a cookie that nobody knows lets its browser in without another one: %v", stale.Header)
	}
	key := r.keys.cut("pin")
	if got := r.send("GET /arrive?key="+key+" HTTP/1.1", "Host: "+r.host()); got.StatusCode != http.StatusSeeOther {
		t.Fatal(got.Status)
	}
	if got := r.send("GET /arrive?key="+key+" HTTP/1.1", "Host: "+r.host()); got.StatusCode != http.StatusForbidden {
		t.Errorf("the same key at the inner door again: %s", got.Status)
	}
}

// A server on another port of this computer, another user's perhaps, gets the cookies of 127.0.0.1 when the citizen's browser
// visits it. Ours goes to a path alone that nobody else can name.
func TestAServerOnAnotherPortIsNotSentTheCookie(t *testing.T) {
	r := start(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	page, err := client.Get(r.origin() + enterPath + "?" + keyField + "=" + r.keys.cut("pin"))
	if err != nil {
		t.Fatal(err)
	}
	_ = page.Body.Close()
	if page.StatusCode != http.StatusOK || !strings.HasSuffix(page.Request.URL.Path, "/pin") {
		t.Fatalf("%s at %s", page.Status, page.Request.URL)
	}
	if len(jar.Cookies(page.Request.URL)) == 0 {
		t.Error("the page itself is sent no cookie")
	}
	for _, path := range []string{"/", "/pin", "/enter", "/panel.css"} {
		if sent := jar.Cookies(&url.URL{Scheme: "http", Host: "127.0.0.1:1", Path: path}); len(sent) > 0 {
			t.Errorf("%s of another port is sent %v", path, sent)
		}
	}
	if second := start(t); second.base == r.base || len(r.base) < 20 {
		t.Errorf("%s and %s can be guessed", r.base, second.base)
	}
}

func TestOfManyBrowsersTheFirstGoes(t *testing.T) {
	r := start(t)
	for range maxSessions {
		r.comeIn()
	}
	if got := r.get("/"); got.StatusCode != http.StatusForbidden {
		t.Errorf("%d sessions are open: %s", maxSessions+1, got.Status)
	}
}

func TestEveryAnswerCarriesTheDefences(t *testing.T) {
	r := start(t)
	for _, path := range []string{"/", "/pin", "/panel.css", "/panel.js", "/nothing", "/activity.csv"} {
		h := r.get(path).Header
		for name, want := range map[string]string{
			"Content-Security-Policy": contentSecurityPolicy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Referrer-Policy": "same-origin", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
	}
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'", "trusted-types 'none'"} {
		if !strings.Contains(contentSecurityPolicy, part) {
			t.Errorf("the policy lacks %s", part)
		}
	}
	if strings.Contains(contentSecurityPolicy, "unsafe") || strings.Contains(contentSecurityPolicy, "data:") {
		t.Error("the policy lets something in")
	}
}

func TestSomebodyElsesConnectionIsHungUpOn(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		served bool
	}{
		{"another user's", errors.New("the client belongs to user 1001"), false},
		{"one that no table shows", errors.New("no such socket"), false},
		{"one on a system that does not tell", fmt.Errorf("asking: %w", errors.ErrUnsupported), false},
		{"our own", nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.check = func(_, _ netip.AddrPort) error { return c.err }
			r.serve()
			conn, err := net.Dial("tcp", r.host())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(long))
			_, _ = io.WriteString(conn, "GET /enter?key="+r.keys.cut("")+" HTTP/1.1\r\nHost: "+r.host()+"\r\n\r\n")
			line, _ := bufio.NewReader(conn).ReadString('\n')
			if served := line != ""; served != c.served {
				t.Errorf("served: %v, %q", served, line)
			}
		})
	}
	pipe, end := net.Pipe()
	defer func() { _, _ = pipe.Close(), end.Close() }()
	if (&ownPeers{check: func(_, _ netip.AddrPort) error { return nil }, log: slog.New(slog.DiscardHandler)}).checkPeer(pipe) == nil {
		t.Error("what is no TCP connection is served")
	}
}

func TestAHeadThatDoesNotComeIsNotWaitedFor(t *testing.T) {
	r := start(t, func(r *rig) { r.patience = 50 * time.Millisecond })
	for _, begin := range []string{"", "GET / HTTP/1.1\r\nHost: " + "127.0.0.1\r\nX: "} {
		conn, err := net.Dial("tcp", r.host())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(long))
		_, _ = io.WriteString(conn, begin)
		if _, err := io.ReadAll(conn); errors.Is(err, net.ErrClosed) || isTimeout(err) {
			t.Errorf("after %q the panel waits on", begin)
		}
		_ = conn.Close()
	}
	if r := newRig(t); r.patience != headTimeout {
		t.Errorf("a head may take %v", r.patience)
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func TestAHeadThatIsTooLongIsRefused(t *testing.T) {
	r := start(t)
	if got := r.send("GET / HTTP/1.1", r.own("X-Long: "+strings.Repeat("x", 2*maxHeader))...); got.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%s", got.Status)
	}
}
