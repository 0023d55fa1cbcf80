// SPDX-License-Identifier: EUPL-1.2

package holder

// oddValues are the values of the characters in odd places (1st, 3rd...) of a
// fiscal code: of the digits 0-9 and of the letters A-J, then of the letters
// K-Z (cns-card.md C).
var oddValues = [26]int{
	1, 0, 5, 7, 9, 13, 15, 17, 19, 21, // A-J and 0-9
	2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23, // K-Z
}

// WithCheckLetter appends the check letter to the first 15 characters of a
// fiscal code (cns-card.md C). Characters other than A-Z and 0-9 panic: this is
// for codes written in tests, not for codes that come from outside.
func WithCheckLetter(fifteen string) string {
	if len(fifteen) != 15 {
		panic("holder: a fiscal code has 15 characters before its check letter, not " + fifteen)
	}
	sum := 0
	for i := range len(fifteen) {
		value := 0
		switch c := fifteen[i]; {
		case c >= '0' && c <= '9':
			value = int(c - '0')
		case c >= 'A' && c <= 'Z':
			value = int(c - 'A')
		default:
			panic("holder: a fiscal code has only A-Z and 0-9, unlike " + fifteen)
		}
		if i%2 == 0 {
			value = oddValues[value]
		}
		sum += value
	}
	return fifteen + string(rune('A'+sum%26))
}
