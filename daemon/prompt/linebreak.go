// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"sort"
	"strings"
	"unicode"
)

// breakLine parts a line so that each part is at most width wide, as measure says. It breaks at spaces; inside a word that
// is too long after a dot, a hyphen or a slash; and where there is none, between any two characters. Save the spaces at a
// break nothing is lost: the name of a site is shown whole, however long it is.
func breakLine(line string, width int, measure func(string) int) []string {
	var parts []string
	rest := []rune(line)
	for len(rest) > 1 && measure(string(rest)) > width {
		fits := sort.Search(len(rest), func(n int) bool { return measure(string(rest[:n+1])) > width })
		at := breakBefore(rest, max(fits, 1))
		parts = append(parts, strings.TrimRight(string(rest[:at]), " "))
		for rest = rest[at:]; len(rest) > 0 && rest[0] == ' '; {
			rest = rest[1:]
		}
	}
	if len(rest) > 0 || len(parts) == 0 {
		parts = append(parts, string(rest))
	}
	return parts
}

// breakBefore finds the best place for a break in the first n characters and right after them: 1 to n, or more where an
// accent would lose its letter.
func breakBefore(line []rune, n int) int {
	for i := n; i > 0; i-- {
		if line[i] == ' ' {
			return i
		}
	}
	for i := n; i > 0; i-- {
		if strings.ContainsRune("./-", line[i-1]) && line[i] != '.' {
			return i
		}
	}
	for i := n; i > 0; i-- {
		if !unicode.Is(unicode.M, line[i]) {
			return i
		}
	}
	for n++; n < len(line) && unicode.Is(unicode.M, line[n]); n++ {
	}
	return n
}
