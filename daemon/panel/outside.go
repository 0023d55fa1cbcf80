// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"strings"
	"unicode"
)

// Ceilings of texts from outside, in characters.
const (
	maxSite = 120
	maxText = 400
	maxName = 80
)

// plain makes a text from outside harmless in a page: one line without control characters, bidirectional overrides and
// characters that draw nothing, of at most most characters. Markup needs no care here, it is escaped by the templates.
func plain(s string, most int) string {
	const bytesLookedAt = 8 << 10
	if len(s) > bytesLookedAt {
		s = s[:bytesLookedAt]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cc, r), unicode.In(r, unicode.Zl, unicode.Zp), r == unicode.ReplacementChar:
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Co, unicode.Bidi_Control, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	r := []rune(strings.Join(strings.Fields(oneMark(s)), " "))
	if len(r) <= most {
		return string(r)
	}
	return strings.TrimRight(string(r[:most-1]), " ") + "…"
}

// oneMark leaves each letter one mark at most: a tower of them would cover the lines above and below.
func oneMark(s string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		if !unicode.In(r, unicode.Mn, unicode.Me) {
			marks = 0
			return r
		}
		if marks++; marks > 1 {
			return -1
		}
		return r
	}, s)
}

// plainSite is plain for the name of a site, of which the end tells whose it is.
func plainSite(s string) string {
	s = plain(s, 2*maxText)
	r := []rune(s)
	if len(r) <= maxSite {
		return s
	}
	return "…" + string(r[len(r)-maxSite+1:])
}
