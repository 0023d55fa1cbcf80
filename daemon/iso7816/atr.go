// SPDX-License-Identifier: EUPL-1.2

package iso7816

import "errors"

// ErrATR is returned for bytes that are not an answer to reset.
var ErrATR = errors.New("not an answer to reset")

// maxATR is the longest answer to reset, TS included (ISO/IEC 7816-3:2006, section 8.2.1).
const maxATR = 33

// HistoricalBytes finds the historical bytes of an answer to reset by walking T0 and the interface bytes (ISO/IEC
// 7816-3:2006, section 8.2). It does not insist on the check byte: some readers and contactless bridges leave it out.
func HistoricalBytes(atr []byte) ([]byte, error) {
	if len(atr) < 2 || len(atr) > maxATR || (atr[0] != 0x3B && atr[0] != 0x3F) {
		return nil, ErrATR
	}
	count := int(atr[1] & 0x0F)
	indicator, pos := atr[1]>>4, 2
	for {
		for bit := range 3 { // TA, TB, TC
			if indicator&(1<<bit) != 0 {
				pos++
			}
		}
		if indicator&8 == 0 {
			break
		}
		if pos >= len(atr) {
			return nil, ErrATR
		}
		indicator = atr[pos] >> 4 // TD
		pos++
	}
	if pos+count > len(atr) {
		return nil, ErrATR
	}
	return atr[pos : pos+count : pos+count], nil
}
