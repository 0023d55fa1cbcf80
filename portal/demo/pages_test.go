// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestNothingInThePagesGoesAroundThePolicy(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<script(?:>| [^>]*>[^<])|<style|\sstyle=|\son[a-z]+=|javascript:|src="http|href="http`)
	for _, root := range []fs.FS{templates, static} {
		err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(root, path)
			if strings.HasSuffix(path, ".html") && inline.Match(text) {
				t.Errorf("%s: %s", path, inline.Find(text))
			}
			if !strings.Contains(string(text), "SPDX-License-Identifier: BSD-3-Clause") {
				t.Errorf("%s: no licence", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestThePolicyAllowsThePortalAndTheSecondDoorOnly(t *testing.T) {
	v := visit(t, "")
	for _, path := range []string{"/", "/profilo", "/nothing", "/static/login.js", "/auth/challenge"} {
		answer, _ := v.do("GET", path, "")
		csp := answer.Header.Get("Content-Security-Policy")
		for _, want := range []string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
			"connect-src 'self' ws://127.0.0.1:24880 ", " ws://127.0.0.1:24883 ", " ws://localhost:24880 ", " ws://localhost:24883;",
		} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: no %q in %q", path, want, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s: %q", path, csp)
		}
		if answer.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: no nosniff", path)
		}
	}
}

func TestEveryTextExistsInBothLanguages(t *testing.T) {
	var keys []string
	for _, o := range []outcome{entered, left, removed} {
		keys = append(keys, "accesses."+string(o))
	}
	used := regexp.MustCompile(`"((?:site|home|progress|fail|notice|enrol|accesses|profile|error)\.[a-z0-9.]+)"`)
	for _, root := range []fs.FS{templates, os.DirFS(".")} {
		err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := fs.ReadFile(root, path)
			for _, found := range used.FindAllStringSubmatch(string(text), -1) {
				if !strings.HasSuffix(found[1], ".html") {
					keys = append(keys, found[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range keys {
		if italian.text(key) == "" || english.text(key) == "" {
			t.Errorf("no text for %s", key)
		}
	}
	if len(keys) < 60 {
		t.Errorf("only %d keys were found", len(keys))
	}
}

func TestThePageSpeaksTheLanguageThatWasAskedFor(t *testing.T) {
	for name, c := range map[string]struct{ path, accept, want string }{
		"nothing said":             {"/", "", "it"},
		"a German browser":         {"/", "de-DE,de;q=0.9", "it"},
		"an English browser":       {"/", "en-GB,it;q=0.5", "en"},
		"an Italian one":           {"/", "it-IT,en;q=0.5", "it"},
		"a choice":                 {"/?lang=en", "it", "en"},
		"a choice that is no word": {"/?lang=%22%3E", "", "it"},
	} {
		t.Run(name, func(t *testing.T) {
			v := visit(t, "")
			answer, text := v.do("GET", c.path, "", "Accept-Language", c.accept)
			if !strings.Contains(text, `<html lang="`+c.want+`">`) || answer.Header.Get("Content-Language") != c.want {
				t.Errorf("%s", answer.Header.Get("Content-Language"))
			}
		})
	}
}

func TestAChosenLanguageIsRemembered(t *testing.T) {
	v := visit(t, "")
	v.do("GET", "/?lang=en", "")
	if _, text := v.do("GET", "/", "", "Accept-Language", "it"); !strings.Contains(text, "Login with CNS") {
		t.Error("forgotten")
	}
	answer, text := v.postLogin("x", "Accept-Language", "it")
	wantProblem(t, answer, text, http.StatusBadRequest, "request")
	if !strings.Contains(text, "did not understand") {
		t.Errorf("%s", text)
	}
}

func TestAPageThatDoesNotExistSaysSo(t *testing.T) {
	answer, text := visit(t, "").do("GET", "/nothing", "")
	if answer.StatusCode != 404 || !strings.Contains(text, pageTexts["error.notfound"].it) {
		t.Errorf("%d", answer.StatusCode)
	}
}
