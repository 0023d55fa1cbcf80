// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
)

// full gives an agent that has something to say on every page.
func full(r *rig) {
	r.agent.answer(control.SitesList, []site{{Origin: "https://a.example", Allowed: true, Scopes: []string{"status", "login"}, Since: time.Now()}, {Origin: "https://b.example"}})
	r.agent.answer(control.ActivityList, []entry{{Time: time.Now(), Origin: "https://a.example", Operation: "auth.login", DurationMs: 1200}, {Time: time.Now(), Operation: "pin.change", Outcome: "CARD_REMOVED"}})
	r.agent.answer(control.SettingsGet, settings{File: "config.toml", Settings: []setting{
		{Key: "language", Values: []string{"it", "en", "de"}}, {Key: "log_level", Default: "info", Values: []string{"error", "warn", "info", "debug"}}, {Key: "pinentry_program"},
	}})
	r.agent.answer(control.DoctorRun, []check{{ID: "a", Status: "ok", Group: "card", Title: "A"}, {ID: "host/x", Status: "fail", Group: "browser", Title: "B", Detail: "c", Fix: "d", Fixable: true}})
}

// walk calls see for every element.
func walk(n *html.Node, see func(*html.Node)) {
	if n.Type == html.ElementNode {
		see(n)
	}
	for c := range n.ChildNodes() {
		walk(c, see)
	}
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func TestPagesAreWellMade(t *testing.T) {
	r := start(t, full)
	r.post("/diagnosis/run", nil)
	eventually(t, "the checks", func() bool { x, _ := r.tasks.get(doctorTask); return !x.Running })
	for _, path := range append(allPages, "/sites/confirm?do=block&origin=https://a.example", "/activity/clear", "/nothing") {
		text := r.get(path).text
		doc, err := html.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "ZgotmplZ") || strings.Contains(text, "<no value>") || regexp.MustCompile(`\bpanel\.[a-z]`).MatchString(strings.ReplaceAll(strings.ReplaceAll(text, "/panel.css", ""), "/panel.js", "")) {
			t.Errorf("%s: a text or a value is missing: %s", path, text)
		}
		checkElements(t, path, doc)
	}
}

// checkElements looks for what browsers pass over: ids twice, references to nothing, headings out of order, fields without
// a label, and what the policy forbids.
func checkElements(t *testing.T, path string, doc *html.Node) {
	ids, level := map[string]bool{}, 0
	var refers []string
	walk(doc, func(n *html.Node) {
		if id, ok := attribute(n, "id"); ok {
			if ids[id] || id == "" {
				t.Errorf("%s: the id %q is there twice", path, id)
			}
			ids[id] = true
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "aria-labelledby" || a.Key == "aria-describedby" || a.Key == "for":
				refers = append(refers, strings.Fields(a.Val)...)
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s: <%s %s>", path, n.Data, a.Key)
			case (a.Key == "src" || a.Key == "href" || a.Key == "action") && !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#"):
				t.Errorf("%s: %s leads to %s", path, a.Key, a.Val)
			}
		}
		switch n.Data {
		case "script":
			if _, ok := attribute(n, "src"); !ok || n.FirstChild != nil {
				t.Errorf("%s: a script in the page", path)
			}
		case "style":
			t.Errorf("%s: a style in the page", path)
		case "h1", "h2", "h3":
			if now := int(n.Data[1] - '0'); now > level+1 {
				t.Errorf("%s: <%s> after <h%d>", path, n.Data, level)
			}
			level = int(n.Data[1] - '0')
		case "img":
			if _, ok := attribute(n, "alt"); !ok {
				t.Errorf("%s: a picture without alt", path)
			}
		}
	})
	for _, id := range refers {
		if !ids[id] {
			t.Errorf("%s: nothing has the id %q", path, id)
		}
	}
}

// TestTemplatesNameTextsThatAreThereAndUseAll keeps the texts and the templates together: package words keeps the texts and
// their names together.
func TestTemplatesNameTextsThatAreThereAndUseAll(t *testing.T) {
	var all strings.Builder
	for _, pattern := range []string{"*.go", "templates/*.html", "../panel_command.go"} {
		files, err := fs.Glob(os.DirFS(".."), "panel/"+pattern)
		if pattern == "../panel_command.go" {
			files, err = []string{"panel_command.go"}, nil
		}
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			b, err := os.ReadFile("../" + file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(file, "_test.go") {
				all.Write(b)
			}
		}
	}
	source := all.String()
	names, err := os.ReadFile("../words/texts_panel.go")
	if err != nil {
		t.Fatal(err)
	}
	composed := regexp.MustCompile(`^(page|title|lead|check|group|period|ask|stage|format)-|^(allow|block|forget)$`) // {{.T (print "page-" .ID)}}
	var known []string
	for _, m := range regexp.MustCompile(`(Panel\w+)\s+Text = "panel\.([a-z0-9-]+)"`).FindAllStringSubmatch(string(names), -1) {
		known = append(known, m[2])
		used := strings.Contains(source, "words."+m[1]) || strings.Contains(source, `"`+m[2]+`"`) || composed.MatchString(m[2])
		if !used {
			t.Errorf("nobody uses %s", m[2])
		}
	}
	for _, m := range regexp.MustCompile(`\.[TN] "([a-z0-9-]+)"`).FindAllStringSubmatch(source, -1) {
		if !slices.Contains(known, m[1]) {
			t.Errorf("there is no text %s", m[1])
		}
	}
	for _, id := range []string{"page-", "title-", "lead-"} {
		for page := range pages {
			if page != "" && !slices.Contains(known, id+page) {
				t.Errorf("there is no text %s", id+page)
			}
		}
	}
}

func TestEveryPageSpeaksEveryLanguage(t *testing.T) {
	for _, lang := range words.Languages {
		r := start(t, full, func(r *rig) { r.agent.answer(control.AgentInfo, control.Info{Language: lang}) })
		for id, path := range pages {
			if id == "" {
				continue
			}
			text := r.get(path).text
			if !strings.Contains(text, `<html lang="`+lang+`">`) || !says(text, words.For(lang).T(words.Text("panel.title-"+id), nil)) {
				t.Errorf("%s in %s: %.600s", path, lang, text)
			}
		}
	}
}
