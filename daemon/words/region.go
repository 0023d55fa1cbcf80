// SPDX-License-Identifier: EUPL-1.2

package words

import (
	"strings"
	"unicode"
)

// regions names the words of a certificate's issuer that tell the Region. SISS is the health information system of
// Lombardia, whose older cards carry its name instead of the Region's.
var regions = map[string]Text{
	"lombardia": "region.lombardia",
	"siss":      "region.lombardia",
	"toscana":   "region.toscana",
	"veneto":    "region.veneto",
	"lazio":     "region.lazio",
}

const maxIssuer = 1024 // bytes of an issuer that are looked at

// RegionHelp tells where to go when the PIN is blocked or the card not activated. issuer is the text of the certificate
// issuer's organisation, unit and common name and of the subject's unit, in any order; the first word that names a Region
// decides.
func (w *Words) RegionHelp(issuer string) string {
	if len(issuer) > maxIssuer {
		issuer = issuer[:maxIssuer]
	}
	notLetter := func(r rune) bool { return !unicode.IsLetter(r) }
	for word := range strings.FieldsFuncSeq(strings.ToLower(issuer), notLetter) {
		if id, ok := regions[word]; ok {
			return w.T(id, nil)
		}
	}
	return w.T("region.elsewhere", nil)
}
