// SPDX-License-Identifier: BSD-3-Clause

package portal

import "errors"

// FiscalCode is the codice fiscale of a person: 16 characters whose check letter is right. Compare it as it is, also
// when it is an "omocodia", where letters stand for digits because two persons would have had the same code: turning
// the letters back into digits gives the code of somebody else.
type FiscalCode string

var errFiscalCode = errors.New("not a fiscal code of 16 characters in upper case")
var errCheckLetter = errors.New("fiscal code with a wrong check letter")

// The places of a fiscal code: L a letter, D a digit or the letter that stands for it in an omocodia, M a month.
const fiscalCodeShape = "LLLLLLDDMDDLDDDL"

// Values of the characters in the 1st, 3rd, 5th... place: those of 0-9 and A-J, then of K-Z (DM 23 December 1976).
var oddValues = [26]int{
	1, 0, 5, 7, 9, 13, 15, 17, 19, 21,
	2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
}

// ParseFiscalCode checks the form and the check letter. It corrects nothing: lower case and spaces are refused.
func ParseFiscalCode(s string) (FiscalCode, error) {
	if len(s) != len(fiscalCodeShape) {
		return "", errFiscalCode
	}
	for i := range len(s) {
		if !fits(fiscalCodeShape[i], s[i]) {
			return "", errFiscalCode
		}
	}
	if checkLetter(s[:15]) != s[15] {
		return "", errCheckLetter
	}
	return FiscalCode(s), nil
}

func fits(place, c byte) bool {
	switch place {
	case 'D':
		return c >= '0' && c <= '9' || c >= 'L' && c <= 'V' && c != 'O'
	case 'M':
		return c >= 'A' && c <= 'E' || c == 'H' || c >= 'L' && c <= 'M' || c == 'P' || c >= 'R' && c <= 'T'
	}
	return c >= 'A' && c <= 'Z'
}

// checkLetter computes the 16th character; s has 15, of A-Z and 0-9 only.
func checkLetter(s string) byte {
	sum := 0
	for i := range len(s) {
		value := int(s[i] - 'A')
		if s[i] <= '9' {
			value = int(s[i] - '0')
		}
		if i%2 == 0 {
			value = oddValues[value]
		}
		sum += value
	}
	return 'A' + byte(sum%26)
}
