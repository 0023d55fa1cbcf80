// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Ceilings of texts from outside, in characters: enough for any name, too short to push a warning out of the window.
const (
	maxHolder  = 60
	maxReader  = 60
	maxValue   = 255  // a field of EF.Dati_personali is no longer: what a site gets is shown whole
	maxOutside = 1024 // bytes that are looked at
)

const ellipsis = '…'

// neutral makes a text from outside (a holder's name, a reader's name) harmless wherever a dialog shows it: one line of
// letters, digits and the punctuation of names, of at most most characters. Control characters, markup, % and backslash
// sequences, bidirectional overrides, invisible and private characters become a space or vanish.
func neutral(s string, most int) string {
	if len(s) > maxOutside {
		s = s[:maxOutside]
	}
	s = norm.NFC.String(strings.ToValidUTF8(s, " "))
	var b strings.Builder
	space, marks, n := false, 0, 0
	for _, r := range s {
		switch {
		case invisible(r):
			continue
		case unicode.Is(unicode.Mn, r):
			if marks++; marks > 1 || n == 0 || space {
				continue
			}
		case unicode.IsLetter(r), r >= '0' && r <= '9', strings.ContainsRune("'’.,-/()[]#:+_", r):
			marks = 0
		default:
			space = n > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space, n = false, n+1
		}
		b.WriteRune(r)
		n++
	}
	return clip(b.String(), most)
}

// invisible characters are letters and marks by their category, and draw nothing.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Bidi_Control,
		unicode.Cf)
}

// clip keeps the first most characters, and no more than two bytes for each: an Assuan line counts bytes.
func clip(s string, most int) string {
	r := []rune(s)
	n := len(r)
	for n > most || len(string(r[:n])) > 2*most {
		n--
	}
	if n == len(r) {
		return s
	}
	return strings.TrimRight(string(r[:max(n-1, 0)]), " ") + string(ellipsis)
}

// clipLeft keeps the last characters by the same measure: of a host name the end tells whose it is.
func clipLeft(s string, most int) string {
	r := []rune(s)
	n := len(r)
	for n > most || len(string(r[len(r)-n:])) > 2*most {
		n--
	}
	if n == len(r) {
		return s
	}
	return string(ellipsis) + string(r[len(r)-max(n-1, 0):])
}
