// SPDX-License-Identifier: EUPL-1.2

// Package cns drives a Carta Nazionale dei Servizi with its standard APDUs, so that no vendor driver is needed: it reads
// the certificate and the holder's data, verifies, changes and unblocks the PIN, and signs. It knows commands and files, not readers or
// PC/SC: the caller brings a Transmitter and holds the transaction. AgID's functional specification could not be read;
// the facts are those of cns-card.md, and what is unproved on real cards is said where it is used.
package cns

import (
	"errors"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/iso7816"
)

// Transmitter carries one command APDU to the card and brings back the response APDU.
type Transmitter interface {
	Transmit(command []byte) ([]byte, error)
}

// Errors that mean something to the citizen; those of PIN and PUK are in pin.go. Anything else is an iso7816.Status or an
// error of the Transmitter.
var (
	ErrNoCertificate  = errors.New("no certificate on the card")
	ErrExtendedLength = errors.New("the reader or the card refuses extended APDUs")
)

// Files of the classic layout, as paths from the MF (cns-card.md A2).
var (
	pathCertificate  = []byte{0x11, 0x00, 0x11, 0x01}
	pathPersonalData = []byte{0x11, 0x00, 0x11, 0x02}
	pathCardID       = []byte{0x10, 0x00, 0x10, 0x03}
)

// Sizes of files. A certificate is 1.2 to 1.9 kB (cns-card.md A7); the ceiling keeps a hostile card from feeding us.
const (
	maxCertificate  = 8 << 10
	sizePersonal    = 400
	sizeCardID      = 16
	chunk           = 252 // a longer answer costs T=1 chaining, about 65 ms (cns-card.md A3)
	maxReadCommands = 64
)

// Key of the classic layout (cns-card.md A6).
const (
	refKey      = 0x01
	environment = 3
)

// Card is a CNS in a reader, for the length of one transaction.
type Card struct {
	// PINReference is the P2 of the PIN commands: 10, or 90 on cards that want the search from the current DF up.
	// TriesLeft finds out; it stays the same for a card, so a caller can hand it to the next transaction.
	PINReference byte

	t Transmitter
}

// New drives the card behind t. It sends nothing.
func New(t Transmitter) *Card { return &Card{t: t, PINReference: refPIN} }

// Recognise says whether an answer to reset is that of a CNS: 15 historical bytes with "CNS" at index 9 (cns-card.md A1).
// Cards that are not classic CNS inside send it too: only a certificate that parses decides.
func Recognise(atr []byte) bool {
	h, err := iso7816.HistoricalBytes(atr)
	return err == nil && len(h) == 15 && string(h[9:12]) == "CNS"
}

// Certificate reads EF.C_Carta: DER from offset 0, its length taken from its own header (cns-card.md A3). A file that is
// absent, empty or not DER gives ErrNoCertificate.
func (c *Card) Certificate() ([]byte, error) {
	err := c.selectPath(pathCertificate)
	if errors.Is(err, iso7816.FileNotFound) {
		return nil, ErrNoCertificate
	}
	if err != nil {
		return nil, fmt.Errorf("selecting EF.C_Carta: %w", err)
	}
	head, err := c.readBinary(0, chunk)
	if err != nil {
		return nil, fmt.Errorf("reading EF.C_Carta: %w", err)
	}
	if len(head) < 4 || head[0] != 0x30 || head[1] != 0x82 {
		return nil, ErrNoCertificate
	}
	total := 4 + int(head[2])<<8 + int(head[3])
	if total > maxCertificate {
		return nil, fmt.Errorf("a certificate of %d bytes: %w", total, ErrNoCertificate)
	}
	der, err := c.readOn(head, total)
	if err != nil {
		return nil, fmt.Errorf("reading EF.C_Carta: %w", err)
	}
	if len(der) < total {
		return nil, fmt.Errorf("%d bytes of a certificate of %d: %w", len(der), total, ErrNoCertificate)
	}
	return der[:total], nil
}

// CardID reads EF.ID_Carta, 16 ASCII digits (cns-card.md A4).
func (c *Card) CardID() (string, error) {
	b, err := c.readFile(pathCardID, sizeCardID)
	if err != nil {
		return "", fmt.Errorf("reading EF.ID_Carta: %w", err)
	}
	for _, d := range b {
		if d < '0' || d > '9' {
			return "", errors.New("EF.ID_Carta does not hold digits")
		}
	}
	return string(b), nil
}

// PersonalData reads and parses EF.Dati_personali. It needs no PIN, so the caller must have the citizen's consent before
// anything of it leaves the agent.
func (c *Card) PersonalData() (PersonalData, error) {
	b, err := c.readFile(pathPersonalData, sizePersonal)
	if err != nil {
		return PersonalData{}, fmt.Errorf("reading EF.Dati_personali: %w", err)
	}
	return ParsePersonalData(b)
}
