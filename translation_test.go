// SPDX-License-Identifier: EUPL-1.2

package ponte_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	fenced  = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
	comment = regexp.MustCompile(`(?m)(^|\s+)(//|#) .*$`)
	heading = regexp.MustCompile(`(?m)^(#+) `)
	inline  = regexp.MustCompile("`([^`\n]+)`")
	row     = regexp.MustCompile(`(?m)^\|.*\|$`)
	anchor  = regexp.MustCompile(`<a id="([^"]+)">`)
)

// skeleton is what a page has in every language: what a reader would miss if one of the two were left behind.
type skeleton struct {
	headings, rows  int
	levels          string
	code            []string // with the name of their language, without comments
	inline, anchors []string // in any order
}

func skeletonOf(text string) (s skeleton) {
	for _, block := range fenced.FindAllStringSubmatch(text, -1) {
		s.code = append(s.code, block[1]+"\n"+comment.ReplaceAllString(block[2], ""))
	}
	text = fenced.ReplaceAllString(text, "")
	for _, h := range heading.FindAllStringSubmatch(text, -1) {
		s.levels += h[1] + " "
		s.headings++
	}
	s.rows = len(row.FindAllString(text, -1))
	s.inline, s.anchors = distinct(text, inline), distinct(text, anchor)
	return s
}

// distinct gives the first groups of a pattern, each once.
func distinct(text string, pattern *regexp.Regexp) []string {
	all := map[string]bool{}
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		all[m[1]] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func lacking(t *testing.T, page, what string, has, wanted []string) {
	t.Helper()
	for _, w := range wanted {
		if !slices.Contains(has, w) {
			t.Errorf("%s lacks the %s %s", page, what, w)
		}
	}
}

// The portal's page is read in two languages: each says as much as the other, and its code, but for the comments, is the same.
func TestThePortalPageSaysTheSameInBothLanguages(t *testing.T) {
	const italian, english = "docs/portal.md", "docs/portal.en.md"
	it, en := skeletonOf(read(t, italian)), skeletonOf(read(t, english))
	if it.headings < 10 || len(it.code) < 8 || len(it.inline) < 100 || len(it.anchors) < 15 {
		t.Fatalf("%s is read as %d headings, %d programs, %d words of code, %d anchors", italian, it.headings, len(it.code), len(it.inline), len(it.anchors))
	}
	if it.levels != en.levels {
		t.Errorf("headings: %q in %s, %q in %s", it.levels, italian, en.levels, english)
	}
	if it.rows != en.rows {
		t.Errorf("rows of tables: %d in %s, %d in %s", it.rows, italian, en.rows, english)
	}
	for i := range max(len(it.code), len(en.code)) {
		if i >= len(it.code) || i >= len(en.code) || it.code[i] != en.code[i] {
			t.Errorf("program %d is not the same in both pages", i+1)
		}
	}
	for _, both := range []struct {
		what   string
		it, en []string
	}{{"code", it.inline, en.inline}, {"anchor", it.anchors, en.anchors}} {
		lacking(t, english, both.what, both.en, both.it)
		lacking(t, italian, both.what, both.it, both.en)
	}
	if !strings.Contains(read(t, italian), "portal.en.md") || !strings.Contains(read(t, english), "(portal.md)") || !strings.Contains(read(t, "README.md"), "docs/portal.en.md") {
		t.Error("the two pages do not name each other, or README.md does not name the English one")
	}
}
