// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestALineIsBrokenWhereAPersonWouldBreakIt(t *testing.T) {
	for _, c := range []struct {
		name, line string
		width      int
		want       []string
	}{
		{"an empty line", "", 10, []string{""}},
		{"a line that fits", "Titolare: X", 11, []string{"Titolare: X"}},
		{"at a space", "Ti restano 3 tentativi.", 12, []string{"Ti restano 3", "tentativi."}},
		{"a space right after what fits", "Ti restano", 2, []string{"Ti", "re", "st", "an", "o"}},
		{"a long name at its dots", "fascicolo.regione.lombardia.it", 20, []string{"fascicolo.regione.", "lombardia.it"}},
		{"a long name at a hyphen", "fascicolo-sanitario", 12, []string{"fascicolo-", "sanitario"}},
		{"a long label anywhere", "aaaaaaaaaaaaaaa.it", 6, []string{"aaaaaa", "aaaaaa", "aaa.it"}},
		{"nothing fits", "abc", 0, []string{"a", "b", "c"}},
		{"an accent stays on its letter", "abcde\u0301f", 5, []string{"abcd", "e\u0301f"}},
		{"a tower of accents in no space at all", "a\u0301\u0302b", 1, []string{"a\u0301\u0302", "b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := breakLine(c.line, c.width, utf8.RuneCountInString); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzBreakingALineLosesNothingButSpaces(f *testing.F) {
	f.Add(strings.Repeat("login.", 40)+"evil.example", 30)
	f.Add(strings.Repeat("a", 250), 7)
	f.Add("e\u0301\u0302 x  y", 0)
	f.Fuzz(func(t *testing.T, line string, width int) {
		if !utf8.ValidString(line) || len(line) > 1000 {
			return
		}
		parts := breakLine(line, width, utf8.RuneCountInString)
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if bare(strings.Join(parts, "")) != bare(line) {
			t.Errorf("%q became %q", line, parts)
		}
	})
}
