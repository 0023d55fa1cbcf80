// SPDX-License-Identifier: EUPL-1.2

package cns

import (
	"errors"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/iso7816"
)

// UndrivenError says that a card is one of a family that is known and that these APDUs cannot drive.
type UndrivenError struct {
	Family string // a proper name, the same in all languages
	Why    string
}

func (e *UndrivenError) Error() string {
	return fmt.Sprintf("%s: %s; the maker's own software is needed", e.Family, e.Why)
}

// The families that are known not to be driven (cns-card.md A9, A10).
var (
	actalis2025 = UndrivenError{"Actalis ACe 2025", "how its key signs is not documented"}
	gated       = UndrivenError{"CNS PACE (Bit4id DigitalDNA, NXP ChipDoc)", "it tells nothing outside of a secure channel"}
)

// actalis2025Application holds the holder's data of an Actalis "ACe 2025"; its certificate is elsewhere (cns-card.md A10).
var actalis2025Application = []byte{0xA0, 0x00, 0x00, 0x05, 0x30, 0x00, 0x0B, 0x10, 0x40, 0x01, 0x02, 0x1A}

// efCardAccess is the file of the MF in which a card announces PACE (BSI TR-03110; ICAO 9303-11 reads it the same way). That
// the cards of cns-card.md A9 have it is inferred from their use of PACE.
var efCardAccess = iso7816.Command{INS: iso7816.InsSelect, P1: 0x02, P2: 0x0C, Data: []byte{0x01, 0x1C}}

// undriven asks a card on which no layout was found which known family it is; nil for none. seen is what the layouts have
// met, the classic one first.
func (c *Card) undriven(seen []error) error {
	for _, err := range seen {
		if errors.Is(err, iso7816.SecurityStatus) { // every CNS lets its certificate be read by anybody
			return &gated
		}
	}
	r, err := c.send(selectApplication(actalis2025Application))
	switch {
	case err != nil:
		return fmt.Errorf("looking for the family of the card: %w", err)
	case r.Status == iso7816.OK:
		return &actalis2025
	case !errors.Is(seen[0], iso7816.FileNotFound):
		return nil // a CNS with an empty EF.C_Carta: not activated, and no stranger
	}
	r, err = c.send(efCardAccess)
	switch {
	case err != nil:
		return fmt.Errorf("looking for the family of the card: %w", err)
	case r.Status == iso7816.OK:
		return &gated
	}
	return nil
}
