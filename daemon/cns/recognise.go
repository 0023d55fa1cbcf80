// SPDX-License-Identifier: EUPL-1.2

package cns

import (
	"bytes"

	"github.com/ponte-cns/ponte/daemon/iso7816"
)

// Evidence is what an answer to reset says about a card.
type Evidence int

const (
	Other     Evidence = iota // another card: it gets no command
	Candidate                 // it says nothing: Identify asks the card
	CNS                       // it says that it is a CNS
)

// bareATR is that of a TS-CNS of 2022 over NFC, and of many other cards without contacts (cns-card.md A1).
var bareATR = []byte{0x3B, 0x80, 0x80, 0x01, 0x01}

// Recognise reads an answer to reset: that of a CNS has 15 historical bytes with "CNS" at index 9 (cns-card.md A1). Cards
// that are not classic CNS inside send it too: only a certificate that parses decides.
func Recognise(atr []byte) Evidence {
	h, err := iso7816.HistoricalBytes(atr)
	switch {
	case err != nil:
		return Other
	case len(h) == 15 && string(h[9:12]) == "CNS":
		return CNS
	case bytes.Equal(atr, bareATR):
		return Candidate
	}
	return Other
}
