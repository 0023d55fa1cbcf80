// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"strings"
	"unicode"
)

// wrap breaks a text into lines of at most width characters, between words where that is possible.
func wrap(text string, width int) []string {
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsSeq(oneLine(text, width*maxLines)) {
		for _, part := range split([]rune(word), width) {
			n := len(part)
			if used > 0 && used+1+n > width {
				lines, line, used = append(lines, line), "", 0
			}
			if used > 0 {
				line, used = line+" ", used+1
			}
			line, used = line+string(part), used+n
		}
	}
	if used > 0 {
		lines = append(lines, line)
	}
	return lines
}

// split cuts a word that is longer than a line.
func split(word []rune, width int) [][]rune {
	var parts [][]rune
	for len(word) > width {
		parts, word = append(parts, word[:width]), word[width:]
	}
	return append(parts, word)
}

// firstSentence ends where a full stop is followed by a space.
func firstSentence(text string) string {
	if sentence, _, more := strings.Cut(text, ". "); more {
		return sentence + "."
	}
	return text
}

// oneLine makes text from outside fit for a menu: no control characters, nothing invisible, nothing that turns the
// direction of writing, and at most most characters.
func oneLine(text string, most int) string {
	if len(text) > 4*most { // before anything is made of it
		text = text[:4*most]
	}
	var kept []rune // what is not graphic are controls, formats and the marks of direction
	for _, r := range strings.ToValidUTF8(text, "") {
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case !unicode.IsGraphic(r), unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			continue
		}
		kept = append(kept, r)
	}
	if len(kept) > most {
		kept = append(kept[:most-1], '…')
	}
	return strings.TrimSpace(string(kept))
}
