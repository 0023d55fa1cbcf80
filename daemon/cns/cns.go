// SPDX-License-Identifier: EUPL-1.2

// Package cns drives a Carta Nazionale dei Servizi with its standard APDUs, so that no vendor driver is needed: it reads
// the certificate and the holder's data, verifies, changes and unblocks the PIN, and signs. It knows commands and files, not
// readers or PC/SC: the caller brings a Transmitter and holds the transaction. AgID's functional specification could not be
// read; the facts are those of docs/cns-card.md, and what is unproved on real cards is said where it is used.
package cns

import (
	"errors"
	"fmt"
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

// Files of the holder, as paths from the MF: the same in every layout (cns-card.md A2, A10).
var (
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

// Card is a CNS in a reader, for the length of one transaction.
type Card struct {
	// Kind is what is known of the card. Certificate, Identify and the commands of PIN and key find it out; a caller who
	// hands it to the next transaction spares the card the same questions.
	Kind Kind

	t       Transmitter
	entered bool // its application is selected
	ready   byte // template in which the key is set, and was used; 0: in none
}

// New drives the card behind t. It sends nothing.
func New(t Transmitter) *Card { return &Card{t: t} }

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
