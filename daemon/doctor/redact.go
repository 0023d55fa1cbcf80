// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"regexp"
	"strings"
	"unicode"
)

// maxValue bounds what is told of one thing, in characters.
const maxValue = 300

// redact takes what names the user or the computer out of a text from outside, and what speaks to a terminal.
func (m *Machine) redact(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	if home := m.Browsers.Home; len(home) > 1 {
		s = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(home)+`($|[^\pL\pN._-])`).ReplaceAllString(s, "~${1}")
	}
	s = hide(s, m.Host, "…") // first: many hold the user's name
	s = hide(s, m.User, "…")
	if r := []rune(s); len(r) > maxValue {
		s = string(r[:maxValue]) + "…"
	}
	return s
}

// hide replaces a name where it stands as a whole word, in capitals or not: Windows and macOS do not tell them apart.
func hide(s, name, by string) string {
	if name == "" {
		return s
	}
	word := regexp.MustCompile(`(?i)(^|[^\pL\pN])` + regexp.QuoteMeta(name) + `($|[^\pL\pN])`)
	for word.MatchString(s) {
		next := word.ReplaceAllString(s, "${1}"+by+"${2}")
		if next == s {
			break
		}
		s = next
	}
	return s
}

// Serial numbers in the names of readers: pcsclite writes them in round brackets, some drivers as a long number.
var (
	inBrackets = regexp.MustCompile(`\s*\([^)]*\)?`)
	longNumber = regexp.MustCompile(`\b[0-9A-Za-z]*[0-9]{5,}[0-9A-Za-z]*\b`)
	hexNumber  = regexp.MustCompile(`\b[0-9A-Fa-f]{8,}\b`)
)

// ReaderName is the name of a reader without its serial number.
func ReaderName(name string) string {
	name = inBrackets.ReplaceAllString(name, "")
	name = longNumber.ReplaceAllString(name, "…")
	return strings.TrimSpace(hexNumber.ReplaceAllStringFunc(name, func(word string) string {
		if !strings.ContainsAny(word, "0123456789") {
			return word
		}
		return "…"
	}))
}
