// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"bytes"
	"encoding/hex"

	"github.com/ponte-cns/ponte/daemon/cns"
)

// CIE is the family of the Italian identity card, version 3.0. It is no CNS: it answers without contacts, and speaks
// through a secure channel that only the Ministry's own software opens (cns-card.md B). Ponte reaches it through the
// PKCS #11 module of that software.
const CIE = "cie"

// cieMarks are parts of the answers to reset of the chips that a CIE has (cns-card.md B): NXP, Gemalto, Gemalto 2, STM and
// STM 3. That of STM 2 is 80800101, which any card without contacts may answer, and so says nothing.
var cieMarks = marks(
	"8031806549544E5850", "80318065B085040011", "80318065B0850300EF", "8066475000B8007F", "8066475000B80094829000C5",
	"8031806549544A3441", "8031806549544A3442", "8031806549544A3443", "8031806549544A3444", "8031806549544A3449",
)

func marks(all ...string) [][]byte {
	out := make([][]byte, 0, len(all))
	for _, s := range all {
		b, err := hex.DecodeString(s)
		if err != nil {
			panic("a mark of the CIE: " + err.Error())
		}
		out = append(out, b)
	}
	return out
}

// maxATR is the longest answer to reset (ISO/IEC 7816-3:2006, section 8.2.1).
const maxATR = 33

// familyOf names a card that is no CNS by its answer to reset: CIE, or nothing.
func familyOf(atr []byte) string {
	if len(atr) > maxATR || cns.Recognise(atr) == cns.CNS {
		return ""
	}
	for _, m := range cieMarks {
		if bytes.Contains(atr, m) {
			return CIE
		}
	}
	return ""
}
