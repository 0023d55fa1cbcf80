// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/csv"
	"errors"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

var allPages = []string{"/", "/pin", "/sign", "/verify", "/sites", "/activity", "/diagnosis", "/settings", "/about"}

func TestWithoutTheAgentEveryPageSaysSo(t *testing.T) {
	r := start(t)
	for _, c := range []struct {
		err  error
		said words.Text
	}{
		{ipc.ErrAbsent, words.PanelErrorAgent}, {context.DeadlineExceeded, words.PanelErrorSlow},
		{protocol.Fail(protocol.InvalidArgument, "no method agent.info"), words.PanelErrorOld},
		{protocol.Fail(protocol.InvalidArgument, "seen: a number"), words.PanelErrorRefused},
	} {
		r.agent.mu.Lock()
		for method := range r.agent.answers {
			r.agent.answers[method] = c.err
		}
		r.agent.mu.Unlock()
		for _, path := range allPages {
			got := r.get(path)
			if got.StatusCode != http.StatusOK || !says(got.text, words.For("").T(c.said, nil)) || !strings.HasSuffix(got.text, "</html>\n") {
				t.Errorf("%s with %v: %s %.2000s", path, c.err, got.Status, got.text)
			}
		}
	}
}

func TestAMethodThatTheAgentDoesNotHaveIsASentence(t *testing.T) {
	r := start(t)
	for _, path := range []string{"/sites", "/activity", "/settings"} {
		if got := r.get(path); !says(got.text, words.For("it").T(words.PanelErrorOld, nil)) {
			t.Errorf("%s: %s", path, got.text)
		}
	}
	for path, fields := range map[string]url.Values{
		"/activity/clear": nil, "/sites/add": {"site": {"https://a.example"}, "do": {"block"}},
		"/settings/set": {"key": {"language"}, "value": {"de"}}, "/diagnosis/fix": {"id": {"x"}},
	} {
		got := r.post(path, fields)
		if got.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s", path, got.Status)
			continue
		}
		if page := r.get(got.Header.Get("Location")).text; !says(page, words.For("it").T(words.PanelErrorOld, nil)) {
			t.Errorf("%s leads to %s", path, page)
		}
	}
}

func TestTheFiscalCodeIsInNoPageUntilItIsAskedFor(t *testing.T) {
	r := start(t)
	for _, path := range append(allPages, "/activity.csv", "/panel.js") {
		if strings.Contains(r.get(path).text, fiscalCode) {
			t.Errorf("%s holds it", path)
		}
	}
	if got := r.post("/card/show", url.Values{"reader": {"another reader"}}, "Accept: text/plain"); strings.Contains(got.text, fiscalCode) {
		t.Error("another reader gives it")
	}
	got := r.post("/card/show", url.Values{"reader": {"Virtual PCD 00 00"}}, "Accept: text/plain")
	if got.text != fiscalCode || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("to a script: %q", got.text)
	}
	if strings.Contains(r.get("/").text, fiscalCode) {
		t.Error("a page shows what a script has asked for")
	}
	if got := r.post("/card/show", url.Values{"reader": {"Virtual PCD 00 00"}}); got.StatusCode != http.StatusSeeOther || strings.Contains(got.text, fiscalCode) {
		t.Errorf("%s %s", got.Status, got.text)
	}
	if live := r.send("GET / HTTP/1.1", r.own(liveHeader+": 1")...); strings.Contains(live.text, fiscalCode) {
		t.Error("a page that asked by itself has it")
	}
	if !strings.Contains(r.get("/").text, fiscalCode) {
		t.Error("the next page does not show it")
	}
	if strings.Contains(r.get("/").text, fiscalCode) {
		t.Error("it is shown twice")
	}
}

func TestNoPageHasAFieldForACode(t *testing.T) {
	r := start(t)
	for _, path := range allPages {
		if text := r.get(path).text; strings.Contains(text, `type="password"`) || strings.Contains(text, `inputmode="numeric"`) {
			t.Errorf("%s has one", path)
		}
	}
}

func TestTheWindowsOfThePINAreWaitedFor(t *testing.T) {
	r := start(t)
	w := words.For("it")
	for _, c := range []struct {
		path, method string
		err          error
		said         string
	}{
		{"/pin/change", control.PINChange, protocol.Fail(protocol.UserCancelled, ""), w.T(words.PanelPINCancelled, nil)},
		{"/pin/change", control.PINChange, protocol.Fail(protocol.PINBlocked, ""), w.Hint(protocol.PINBlocked)},
		{"/pin/unblock", control.PINUnblock, protocol.Fail(protocol.BridgeBusy, ""), w.Hint(protocol.BridgeBusy)},
		{"/pin/unblock", control.PINUnblock, errors.New("broken pipe"), w.Hint(protocol.Internal)},
		{"/pin/change", control.PINChange, nil, w.T(words.PanelPINChanged, nil)},
		{"/pin/unblock", control.PINUnblock, nil, w.T(words.PanelPINUnblocked, nil)},
	} {
		closed := make(chan struct{})
		r.agent.answer(c.method, func(context.Context) (any, error) { <-closed; return struct{}{}, c.err })
		if got := r.post(c.path, nil); got.StatusCode != http.StatusSeeOther {
			t.Fatal(got.Status)
		}
		during := r.get("/pin").text
		if !says(during, w.T(words.PanelWindowTitle, nil)) || !strings.Contains(during, `http-equiv="refresh"`) || strings.Count(during, " disabled>") != 2 {
			t.Errorf("%s, while the window is open: %s", c.path, during)
		}
		if got := r.post(c.path, nil); got.StatusCode != http.StatusSeeOther { // pressed twice
			t.Error(got.Status)
		}
		close(closed)
		eventually(t, "the end of the window", func() bool { x, _ := r.tasks.get(pinTask); return !x.Running })
		if after := r.get("/pin").text; !says(after, c.said) || strings.Contains(after, " disabled>") {
			t.Errorf("%s, %v: %s", c.path, c.err, after)
		}
	}
	r.agent.mu.Lock()
	defer r.agent.mu.Unlock()
	times := 0
	for _, method := range r.agent.asked {
		if method == control.PINChange || method == control.PINUnblock {
			times++
		}
	}
	if times != 6 {
		t.Errorf("%d windows, want 6", times)
	}
}

// says looks for a sentence in a page.
func says(page, sentence string) bool { return strings.Contains(html.UnescapeString(page), sentence) }

// hostile are names that try to leave their place in the page.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, strings.Repeat("a", 10_000), "https://a\u202egro.knab.example",
	"https://a.example\x00\x1b[31m\r\nSet-Cookie: x=1", "javascript:alert(1)", "a" + strings.Repeat("\u0301", 500), "\u200b\u2066x\u2069\ufeff", "{{.CSRF}}", "\xff\xfe",
}

func TestNamesFromOutsideStayInTheirPlace(t *testing.T) {
	for _, name := range hostile {
		r := start(t)
		r.agent.answer(control.SitesList, []map[string]any{{"origin": name, "allowed": true, "scopes": []string{name}}})
		r.agent.answer(control.ActivityList, []map[string]any{{"time": time.Now(), "origin": name, "operation": name, "outcome": name}})
		r.agent.answer(control.CardInfo, []map[string]any{{"reader": name, "state": "ready", "holder": name, "issuer": name, "fiscalCode": name, "notAfter": time.Now()}})
		r.agent.answer(control.AgentInfo, map[string]any{"version": name, "language": name, "advice": map[string]any{"mood": name, "title": "x"}})
		r.agent.answer(control.SettingsGet, map[string]any{"file": name, "mistake": map[string]any{"file": name, "message": name}, "settings": []map[string]any{{"key": "pinentry_program", "value": name}, {"key": name, "value": name}}})
		r.agent.answer(control.DoctorRun, []map[string]any{{"id": name, "group": name, "status": name, "title": name, "detail": name, "fix": name, "fixable": true}})
		r.post("/diagnosis/run", nil)
		eventually(t, "the checks", func() bool { x, _ := r.tasks.get(doctorTask); return !x.Running })
		for _, path := range append(allPages, "/diagnosis/report", "/activity.csv") {
			got := r.get(path)
			if got.StatusCode != http.StatusOK {
				t.Errorf("%.40q, %s: %s", name, path, got.Status)
			}
			for _, bad := range []string{"<script>", "<img src=x", strings.Repeat("a", maxText+1), "\u0301\u0301", "\x1b", "\x00"} {
				text := got.text
				if path == "/activity.csv" || path == "/diagnosis/report" {
					text = strings.NewReplacer("<script>", "", "<img src=x", "").Replace(text) // plain text, no page
				}
				if strings.Contains(text, bad) {
					t.Errorf("%.40q, %s holds %.40q", name, path, bad)
				}
			}
			if path != "/activity.csv" && strings.ContainsFunc(got.text, func(c rune) bool { return unicode.In(c, unicode.Cf, unicode.Bidi_Control) }) {
				t.Errorf("%.40q, %s holds characters that cannot be seen", name, path)
			}
			if name != plain(name, maxName) && strings.Contains(got.text, `/diagnosis/fix"`) {
				t.Errorf("%.40q, %s: a check can be fixed whose name is not what is shown", name, path)
			}
			if strings.Contains(got.text, `href="javascript`) || strings.Contains(got.text, `/sites/confirm?do=block&amp;origin=javascript`) {
				t.Errorf("%.40q, %s: something can be clicked", name, path)
			}
		}
	}
}

func TestASiteIsOnlyChangedAfterAQuestion(t *testing.T) {
	r := start(t)
	r.agent.answer(control.SitesSet, struct{}{})
	r.agent.answer(control.SitesForget, struct{}{})
	for _, path := range []string{
		"/sites/confirm", "/sites/confirm?do=block", "/sites/confirm?do=erase&origin=https://a.example", "/sites/confirm?do=block&origin=javascript:x",
		"/sites/confirm?do=block&origin=" + url.QueryEscape("https://a.example/<b>"),
	} {
		if got := r.get(path); got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", path, got.Status)
		}
	}
	for _, fields := range []url.Values{{"do": {"erase"}, "origin": {"https://a.example"}}, {"do": {"block"}, "origin": {"a.example"}}, {"do": {"block"}}} {
		if got := r.post("/sites/set", fields); got.StatusCode != http.StatusBadRequest {
			t.Errorf("%v: %s", fields, got.Status)
		}
	}
	question := r.get("/sites/confirm?do=block&origin=https://a.example")
	if question.StatusCode != http.StatusOK || !strings.Contains(question.text, "https://a.example") || r.agent.params(control.SitesSet) != nil {
		t.Errorf("%s %s", question.Status, question.text)
	}
	r.post("/sites/set", url.Values{"do": {"allow"}, "origin": {"https://a.example"}})
	if p, _ := r.agent.params(control.SitesSet).(control.SiteParams); p.Origin.String() != "https://a.example" || !p.Allowed {
		t.Errorf("%+v", p)
	}
	r.post("/sites/set", url.Values{"do": {"forget"}, "origin": {"https://a.example"}})
	if p, _ := r.agent.params(control.SitesForget).(control.SiteParams); p.Origin.String() != "https://a.example" {
		t.Errorf("%+v", p)
	}
}

func TestWhatTheAdministratorHasSetCannotBeClicked(t *testing.T) {
	r := start(t)
	r.agent.answer(control.SitesList, []site{{Origin: "https://a.example", Allowed: true, Managed: true}})
	r.agent.answer(control.SettingsGet, settings{Settings: []setting{{Key: "websocket", Value: "off", Values: []string{"on", "off"}, Managed: true}},
		Mistake: &mistake{"config.toml", 3, `unknown key "langage"`}})
	locked := words.For("it").T(words.PanelLocked, nil)
	if text := r.get("/sites").text; strings.Contains(text, "/sites/confirm") || !says(text, locked) {
		t.Error(text)
	}
	text := r.get("/settings").text
	if strings.Contains(text, "<select") || !says(text, locked) {
		t.Error(text)
	}
	if !strings.Contains(text, "config.toml") || !strings.Contains(text, "riga 3") || !strings.Contains(text, "langage") {
		t.Error("the mistake is not told")
	}
}

func TestASettingThatIsNoneIsRefused(t *testing.T) {
	r := start(t)
	r.agent.answer(control.SettingsSet, struct{}{})
	for _, fields := range []url.Values{{"key": {"allowed_sites"}, "value": {"x"}}, {}, {"key": {"language"}, "value": {strings.Repeat("x", maxText+1)}}} {
		if got := r.post("/settings/set", fields); got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s", got.Status)
		}
	}
	if r.agent.params(control.SettingsSet) != nil {
		t.Error("the agent was asked")
	}
	r.agent.answer(control.AgentInfo, control.Info{Language: "de"})
	r.post("/settings/set", url.Values{"key": {"language"}, "value": {"de"}})
	if p, _ := r.agent.params(control.SettingsSet).(control.SettingParams); p.Key != "language" || p.Value != "de" {
		t.Errorf("%+v", p)
	}
	if text := r.get("/settings").text; !strings.Contains(text, `<html lang="de">`) || !says(text, words.For("de").T(words.PanelSettingKept, nil)) {
		t.Error(text)
	}
}

// Whoever gets into the page, however that came, must not be able to put a program in the place of the PIN dialog.
func TestThePageNamesNoProgram(t *testing.T) {
	r := start(t)
	r.agent.answer(control.SettingsSet, struct{}{})
	for _, value := range []string{"/tmp/evil", "pinentry-gnome3", ""} {
		if got := r.post("/settings/set", url.Values{"key": {"pinentry_program"}, "value": {value}}); got.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %s", value, got.Status)
		}
	}
	if r.agent.params(control.SettingsSet) != nil {
		t.Error("the agent was asked")
	}
}

func TestTheFileOfTheLogIsATableThatRunsNoFormula(t *testing.T) {
	r := start(t)
	now := time.Now()
	var log []entry
	for _, origin := range []string{"https://a.example", "=HYPERLINK(1)", "+1", "-1", "@x", "a,b", `a"b`, "a\r\nb", ""} {
		log = append(log, entry{now, origin, "auth.login", "", 1500})
	}
	r.agent.answer(control.ActivityList, append(log, entry{now.AddDate(0, -3, 0), "https://old.example", "auth.login", protocol.CardRemoved, 0}))
	got := r.get("/activity.csv")
	if !strings.HasPrefix(got.text, "\ufeff") || got.Header.Get("Content-Disposition") == "" || strings.Count(got.text, "\r\n") != strings.Count(got.text, "\n") {
		t.Errorf("%v %q", got.Header, got.text)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(got.text, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 11 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, field := range row {
			if field != "" && strings.ContainsAny(field[:1], "=+-@") {
				t.Errorf("%q is a formula", field)
			}
		}
	}
	for query, want := range map[string]int{"?period=week": 10, "?outcome=failed": 2, "?outcome=done": 10, "?site=https%3A%2F%2Fa.example": 2, "?period=never&outcome=x": 11} {
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.get("/activity.csv"+query).text, "\ufeff"))).ReadAll()
		if err != nil || len(rows) != want {
			t.Errorf("%s: %d rows, %v; want %d", query, len(rows), err, want)
		}
	}
}

func TestSitesAreReadAsPeopleTypeThem(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "http://a.example": "", "ftp://a.example": "", "javascript:alert(1)": "", "https://user@a.example": "", "https://": "", "https://a b.example": "",
		"https://a.example:99999": "", strings.Repeat("a", 10_000): "", "https://a.example%00.evil.example": "",
		"a.example": "https://a.example", " https://A.example/path?x#y ": "https://a.example", "https://a.example:8443/": "https://a.example:8443",
		"https://città.example": "https://xn--citt-3na.example", "https://a.example:443": "https://a.example",
	} {
		got, err := typedSite(in)
		if got.String() != want || (err == nil) != (want != "") {
			t.Errorf("%.60q: %q, %v; want %q", in, got, err, want)
		}
	}
}
