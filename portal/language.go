// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"strconv"
	"strings"
)

// languages in which a Handler speaks to citizens. The first is for those who ask for none of them.
var languages = []string{"it", "en", "de"}

// chooseLanguage reads Accept-Language (RFC 9110, 12.5.4): the best of the languages that we have, the earlier of two
// that are as good. Only the first 20 entries count.
func chooseLanguage(accept string) string {
	best, bestQuality := languages[0], 0.0
	entries := 0
	for wish := range strings.SplitSeq(accept, ",") {
		if entries++; entries > 20 {
			break
		}
		tag, quality := parseWish(wish)
		if quality <= bestQuality {
			continue
		}
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		for _, l := range languages {
			if l == primary {
				best, bestQuality = l, quality
			}
		}
	}
	return best
}

// parseWish reads "en-GB;q=0.8". A weight that is not one counts as none.
func parseWish(s string) (tag string, quality float64) {
	tag, parameter, weighted := strings.Cut(s, ";")
	tag = strings.TrimSpace(tag)
	if !weighted {
		return tag, 1
	}
	value, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameter)), "q=")
	if !ok || len(value) > 5 {
		return tag, 0
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return tag, 0
	}
	return tag, q
}
