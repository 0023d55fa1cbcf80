// SPDX-License-Identifier: EUPL-1.2

package cns

import (
	"errors"

	"github.com/ponte-cns/ponte/daemon/iso7816"
)

// Unclear says that a card has answered ChangePIN or Unblock in a way after which either PIN may be valid: with data that
// nobody asked for, with a warning, with a failure after its memory may have changed, or without a diagnosis (ISO/IEC
// 7816-4:2020, table 5: 61, 62, 63, 65 and 6F; 64 leaves the memory as it was).
func Unclear(err error) bool {
	var s iso7816.Status
	if !errors.As(err, &s) {
		return false
	}
	switch s >> 8 {
	case 0x61, 0x62, 0x63, 0x65, 0x6F:
		return true
	}
	return false
}
