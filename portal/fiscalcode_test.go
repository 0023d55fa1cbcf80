// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"regexp"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/testcard/holder"
)

func TestWhatIsNotAFiscalCodeIsRefused(t *testing.T) {
	for name, s := range map[string]string{
		"empty":                        "",
		"15 characters":                giada[:15],
		"17 characters":                giada + "A",
		"lower case":                   strings.ToLower(giada),
		"a space":                      "RSSGPR84S63H501 ",
		"a wrong check letter":         "RSSGPR84S63H501D",
		"two letters swapped":          "RSGSPR84S63H501C",
		"a digit for a letter":         "R0SGPR84S63H501C",
		"a month that does not exist":  holder.WithCheckLetter("RSSGPR84F63H501"),
		"a letter that is no omocodia": holder.WithCheckLetter("RSSGPR84S63H50O"),
		"a digit for the town":         holder.WithCheckLetter("RSSGPR84S6315011"[:15]),
		"a code of 11 digits":          "12345678901",
		"letters with accents":         "RSSGPR84S63H50\u00c0",
		"a check digit":                "RSSGPR84S63H5012",
	} {
		t.Run(name, func(t *testing.T) {
			if c, err := ParseFiscalCode(s); err == nil || c != "" {
				t.Errorf("accepted as %q", c)
			}
		})
	}
}

func TestFiscalCodesAreAcceptedAsTheyAre(t *testing.T) {
	for name, s := range map[string]string{
		"the card's":                holder.Giada().FiscalCode,
		"the child's":               holder.Matteo().FiscalCode,
		"an apostrophe in the name": holder.Accented().FiscalCode,
		"an omocodia":               holder.Omocodia().FiscalCode,
		"all seven digits replaced": holder.WithCheckLetter("RSSGPRUQSSPHRLM"),
		"born abroad":               holder.WithCheckLetter("RSSGPR84S63Z110"),
		// The example of the Agenzia delle Entrate's and Wikipedia's pages, made with nobody's help from here.
		"a code computed elsewhere": "RSSMRA85T10A562S",
	} {
		t.Run(name, func(t *testing.T) {
			if c, err := ParseFiscalCode(s); err != nil || string(c) != s {
				t.Errorf("%q, %v", c, err)
			}
		})
	}
}

func TestNoOtherCheckLetterIsRight(t *testing.T) {
	for l := byte('A'); l <= 'Z'; l++ {
		s := giada[:15] + string(l)
		if _, err := ParseFiscalCode(s); (err == nil) != (s == giada) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// The form as cns-card.md C writes it.
var shape = regexp.MustCompile(`^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$`)

func FuzzFiscalCode(f *testing.F) {
	for _, s := range []string{giada, "RSSMRA85T10A562S", holder.Omocodia().FiscalCode, "", strings.Repeat("\xff", 16), strings.Repeat("0", 16)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseFiscalCode(s)
		right := shape.MatchString(s) && holder.WithCheckLetter(s[:15]) == s
		if (err == nil) != right || err == nil && string(c) != s {
			t.Errorf("%q: %q, %v", s, c, err)
		}
	})
}
