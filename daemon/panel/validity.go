// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"math"

	"github.com/ponte-cns/ponte/daemon/words"
)

// How a time ahead is told. A citizen plans with days for a season, with months for two years, and then with years.
const (
	toldInDays   = 90          // the longest time told in days
	toldInMonths = 24          // the first time told in years, in months
	month        = 365.25 / 12 // in days
	almost       = 9           // months of a year that make it almost the next one
)

// Ahead says how far away a day is. The day itself stands beside it, so that the nearest month is good enough.
func (f *frame) Ahead(days int) string {
	months := int(math.Round(float64(days) / month))
	years, rest := months/12, months%12
	switch {
	case days <= toldInDays:
		return f.words.N(words.PanelInDays, days)
	case months < toldInMonths:
		return f.words.N(words.PanelInMonths, months)
	case rest == 0:
		return f.words.N(words.PanelInYears, years)
	case rest >= almost:
		return f.words.N(words.PanelInAlmostYears, years+1)
	}
	return f.words.N(words.PanelInOverYears, years)
}
