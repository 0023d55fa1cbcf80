// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (v *visitor) csrf() string {
	v.t.Helper()
	_, text := v.do("GET", "/profilo", "")
	found := csrfField.FindStringSubmatch(text)
	if found == nil {
		v.t.Fatal("no token in the form")
	}
	return found[1]
}

func (v *visitor) postExit(fields string, header ...string) *http.Response {
	v.t.Helper()
	answer, _ := v.do("POST", "/esci", fields, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)...)
	return answer
}

func TestAnExitThatThePageDidNotAskForIsRefused(t *testing.T) {
	v := visit(t, "")
	v.mustLogIn()
	token := v.csrf()
	for name, answer := range map[string]*http.Response{
		"no token":             v.postExit(""),
		"another token":        v.postExit("csrf=" + strings.ToLower(token)),
		"another site":         v.postExit("csrf="+token, "Sec-Fetch-Site", "cross-site"),
		"another site's page":  v.postExit("csrf="+token, "Origin", "https://evil.example"),
		"a body far too large": v.postExit("x=" + strings.Repeat("a", 10_000) + "&csrf=" + token),
	} {
		if answer.StatusCode != 403 {
			t.Errorf("%s: %d", name, answer.StatusCode)
		}
	}
	if answer, _ := v.do("GET", "/esci", ""); answer.StatusCode < 400 {
		t.Errorf("a GET exits: %d", answer.StatusCode)
	}
	if !v.loggedIn() {
		t.Error("logged out")
	}
}

func TestAnExitEndsTheSessionAndSaysWhy(t *testing.T) {
	for fields, want := range map[string]string{
		"": pageTexts["notice.exit"].it, "&motivo=tessera": pageTexts["notice.removed"].it, "&motivo=%3Cb%3E": pageTexts["notice.exit"].it,
	} {
		v := visit(t, "")
		v.mustLogIn()
		old := v.cookie()
		answer := v.postExit("csrf=" + v.csrf() + fields)
		if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/" {
			t.Errorf("%d %s", answer.StatusCode, answer.Header.Get("Location"))
		}
		if v.loggedIn() {
			t.Error("still logged in")
		}
		if _, text := v.do("GET", "/", ""); !strings.Contains(text, want) {
			t.Errorf("%q is not said", want)
		}
		if _, text := v.do("GET", "/", ""); strings.Contains(text, want) {
			t.Errorf("%q is said twice", want)
		}
		v.client.Jar.SetCookies(must(url.Parse(v.server.URL)), []*http.Cookie{{Name: "sessione", Value: old}})
		if v.loggedIn() {
			t.Error("the old cookie still works")
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
