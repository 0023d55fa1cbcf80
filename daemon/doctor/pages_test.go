// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// The pages for citizens and administrators name checks: a check that is renamed must not leave them behind.

const pains = 20 // that other programs' users complain about most

// anchor is what a forge makes of a heading: letters and digits in lower case, spaces become hyphens.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, strings.TrimSpace(heading))
}

func TestThePagesNameChecksAndSectionsThatExist(t *testing.T) {
	for _, file := range []string{"troubleshooting.md", "troubleshooting.en.md"} {
		b, err := os.ReadFile("../../docs/" + file)
		if err != nil {
			t.Fatal(err)
		}
		page := string(b)
		var sections []string
		for _, h := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
			sections = append(sections, anchor(h[1]))
		}
		for _, link := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(page, -1) {
			if !slices.Contains(sections, link[1]) {
				t.Errorf("%s: no section is called #%s", file, link[1])
			}
		}
		for n := range pains {
			row := regexp.MustCompile(fmt.Sprintf(`(?m)^\| %d \| .+ \| (.+) \|$`, n+1)).FindStringSubmatch(page)
			if row == nil {
				t.Errorf("%s: trouble %d is missing", file, n+1)
				continue
			}
			ids := regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(row[1], -1)
			for _, id := range ids {
				if !slices.Contains(Kinds(), id[1]) {
					t.Errorf("%s: trouble %d: no check is called %s", file, n+1, id[1])
				}
			}
			if len(ids) == 0 && !strings.Contains(row[1], "](#") {
				t.Errorf("%s: trouble %d is neither found nor explained", file, n+1)
			}
		}
		for _, k := range kinds {
			if !strings.Contains(page, "`"+k.id+"`") {
				t.Errorf("%s: the check %s is not named", file, k.id)
			}
		}
	}
}
