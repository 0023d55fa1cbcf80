// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

func TestTheFrameOfADocumentIsShutIn(t *testing.T) {
	r := start(t)
	got := r.get("/viewer")
	policy := got.Header.Get("Content-Security-Policy")
	for _, part := range []string{"sandbox allow-scripts;", "default-src 'none'", "form-action 'none'", "base-uri 'none'", "frame-ancestors " + r.origin() + ";", "require-trusted-types-for 'script'", "script-src " + r.origin() + r.base + "/viewer/ 'wasm-unsafe-eval';", "connect-src " + r.origin() + r.base + "/viewer/;"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy lacks %s: %s", part, policy)
		}
	}
	for _, part := range []string{"allow-same-origin", "'unsafe-eval'", "unsafe-inline", "'self'", "*"} {
		if strings.Contains(policy, part) {
			t.Errorf("the policy has %s", part)
		}
	}
	if got.Header.Get("X-Frame-Options") != "SAMEORIGIN" || strings.Contains(got.text, r.csrf) || strings.Contains(got.text, r.base) {
		t.Errorf("%v %s", got.Header, got.text)
	}
	if got := r.send("GET /viewer HTTP/1.1", "Host: "+r.host()); got.StatusCode != http.StatusForbidden {
		t.Errorf("without a session: %s", got.Status)
	}
	for path, holds := range map[string]bool{"/sign": true, "/view/" + strings.Repeat("k", 26): true, "/": false, "/verify": false, "/pin": false} {
		if policy := r.get(path).Header.Get("Content-Security-Policy"); strings.Contains(policy, "frame-src 'self'") != holds || !strings.HasPrefix(policy, contentSecurityPolicy) {
			t.Errorf("%s: %s", path, policy)
		}
	}
}

func TestAFrameWithoutAnOriginGetsTheFilesOfTheViewerAndNothingElse(t *testing.T) {
	r := start(t)
	frame := []string{"Host: " + r.host(), "Origin: null", "Sec-Fetch-Site: cross-site"}
	for _, path := range []string{"/viewer/viewer.js", "/viewer/viewer.css"} {
		got := r.send("GET "+path+" HTTP/1.1", frame...)
		if got.StatusCode != http.StatusOK || got.Header.Get("Access-Control-Allow-Origin") != "null" || got.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %s %v", path, got.Status, got.Header)
		}
		for name, head := range map[string][]string{
			"another site":            {"Host: " + r.host(), "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"},
			"a link of another site":  {"Host: " + r.host(), "Sec-Fetch-Site: cross-site"},
			"two origins":             {"Host: " + r.host(), "Origin: null", "Origin: null", "Sec-Fetch-Site: cross-site"},
			"a frame of another port": {"Host: " + r.host(), "Origin: http://127.0.0.1:1", "Sec-Fetch-Site: same-site"},
		} {
			if got := r.send("GET "+path+" HTTP/1.1", head...); got.StatusCode != http.StatusForbidden || got.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s, %s: %s", path, name, got.Status)
			}
		}
		if got := r.send("GET @"+path+" HTTP/1.1", frame...); got.StatusCode == http.StatusOK {
			t.Errorf("%s without the path of the visit: %s", path, got.Status)
		}
		if got := r.send("POST "+path+" HTTP/1.1", append(frame, "Cookie: "+r.name+"="+r.value)...); got.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s: %s", path, got.Status)
		}
	}
	cookie := append(frame, "Cookie: "+r.name+"="+r.value)
	for _, path := range append(allPages, "/viewer", "/changed?seen=1-1", "/sign/file?n=0", "/viewer/", "/viewer/viewer.html", "/viewer/pdfjs", "/viewer/.gitignore", "/viewer/../pin", "/panel.js") {
		if got := r.send("GET "+path+" HTTP/1.1", cookie...); got.StatusCode == http.StatusOK || got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("a frame without an origin gets %s: %s", path, got.Status)
		}
	}
}

func TestEveryFileOfTheViewerHasAType(t *testing.T) {
	r := start(t)
	found := 0
	for path, x := range r.routes {
		if !x.frame {
			continue
		}
		found++
		got := r.get(path)
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") == "" || strings.HasSuffix(path, ".gz") || strings.Contains(path, "/.") {
			t.Errorf("%s: %s %v", path, got.Status, got.Header)
		}
	}
	if found < 2 || hasRenderer() && found < 100 {
		t.Errorf("only %d files", found)
	}
}

// asked is a document about which a dialog is open.
type asked struct {
	key     string
	content []byte
	broken  string // what the agent does wrong
}

func (a asked) answer(params any) (any, error) {
	var p struct {
		Key      string `json:"key"`
		Document int    `json:"document"`
		Offset   int    `json:"offset"`
	}
	remarshal(params, &p)
	if p.Key != a.key || p.Document > 1 {
		return nil, protocol.Fail(protocol.InvalidArgument, "key")
	}
	end := min(len(a.content), p.Offset+10_000)
	x := shownPiece{Name: "../\u202Edomanda.txt", Type: "text/html", Size: int64(len(a.content)), Data: a.content[p.Offset:end], End: end == len(a.content), Documents: 2}
	if p.Offset == 0 {
		x.Names, x.Notes = []string{"first.txt", "second\u202Etxt.exe"}, []string{"javascript", "of tomorrow"}
		x.Reason, x.Location, x.Box = "Accetto <b>tutto</b>", "Bolzano", 3
	}
	switch {
	case a.broken == "size":
		x.Size = maxDocument + 1
	case a.broken == "more":
		x.Size = 5
	case a.broken == "nothing":
		x.Data, x.End = nil, false
	case a.broken == "middle" && p.Offset > 0:
		return nil, protocol.Fail(protocol.InvalidArgument, "key")
	}
	return x, nil
}

func TestADocumentIsShownOnlyWhileItIsAskedAbout(t *testing.T) {
	r := start(t)
	key := strings.Repeat("K", 26)
	gone := words.For("it").T(words.PanelViewGone, nil)
	content := bytes.Repeat([]byte("<script>alert(1)</script>\n"), 1000)
	r.agent.answer(documentView, asked{key: key, content: content}.answer)
	for _, other := range []string{strings.Repeat("L", 26), strings.Repeat("K", 27)} {
		if text := r.get("/view/" + other).text; !says(text, gone) {
			t.Errorf("%s: %s", other, text)
		}
		if got := r.get("/view/" + other + "?file"); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", other, got.Status)
		}
	}
	for _, other := range []string{"", "short", strings.Repeat("K", 200), key + "/x", key + "%20", "../" + key, key[:20] + "+/===="} {
		if got := r.get("/view/" + other); got.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %s", other, got.Status)
		}
	}
	for _, n := range []string{"-1", "50", "x", "1e9"} {
		if got := r.get("/view/" + key + "?n=" + n); got.StatusCode != http.StatusNotFound {
			t.Errorf("n=%s: %s", n, got.Status)
		}
	}
	page := r.get("/view/" + key)
	if !says(page.text, "../domanda.txt") || !strings.Contains(page.text, `?n=1`) || strings.Contains(page.text, "alert(1)") {
		t.Error(page.text)
	}
	it := words.For("it")
	for _, said := range []string{
		"first.txt", "secondtxt.exe", it.DocumentNote("javascript"), it.T(words.SignReason, words.Data{"Text": "Accetto <b>tutto</b>"}),
		it.T(words.SignLocation, words.Data{"Text": "Bolzano"}), it.T(words.SignBox, words.Data{"Page": 3}),
	} {
		if !says(page.text, said) {
			t.Errorf("%q is not in %s", said, page.text)
		}
	}
	file := r.get("/view/" + key + "?file&n=1")
	if file.text != string(content) || file.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") ||
		!strings.HasPrefix(file.Header.Get("Content-Security-Policy"), "sandbox;") || file.Header.Get("X-Content-Type-Options") != "nosniff" || file.Header.Get("Content-Length") != strconv.Itoa(len(content)) {
		t.Errorf("%d bytes, %v", len(file.text), file.Header)
	}
	for _, broken := range []string{"size", "more", "nothing"} {
		r.agent.answer(documentView, asked{key: key, content: content, broken: broken}.answer)
		if text := r.get("/view/" + key).text; !says(text, gone) {
			t.Errorf("%s: %s", broken, text)
		}
	}
	r.agent.answer(documentView, asked{key: key, content: content, broken: "middle"}.answer)
	if got := r.get("/view/" + key + "?file"); len(got.text) >= len(content) {
		t.Error("half a document passes for the whole")
	}
}

func TestTheAgentsKeyLeadsToTheDocument(t *testing.T) {
	r := start(t)
	key := strings.Repeat("K", 26)
	for page, path := range map[string]string{"view/" + key: "/view/" + key, "view/": "/", "view/../pin": "/", "view/" + key + "?x": "/", "sign": "/sign", "verify": "/verify"} {
		got := r.enterWith(r.keys.cut(page))
		if got.Header.Get("Location") != path {
			t.Errorf("%s leads to %s", page, got.Header.Get("Location"))
		}
	}
}
