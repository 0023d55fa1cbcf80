// SPDX-License-Identifier: EUPL-1.2

// Package pcsc speaks with the smart card service of the system (PC/SC, through ebfe/scard): which readers are there, what
// is in them, and transactions with a card. It does not know what the bytes to the card mean, and never decides to send
// any.
package pcsc

import "errors"

// Errors of this package; whatever the system says is wrapped in one of them where it fits.
var (
	ErrUnavailable = errors.New("the smart card service does not answer")
	ErrBusy        = errors.New("another program holds the card")
	ErrRemoved     = errors.New("the card was removed")
	ErrMute        = errors.New("the card does not answer to reset")
	ErrTransmit    = errors.New("the reader could not carry the command")
)

// Presence says what is in a reader.
type Presence int

// What is in a reader.
const (
	Empty   Presence = iota
	Mute             // something that gives no answer to reset
	Present          // a card
)

// Reader is a reader and what is in it at one moment.
type Reader struct {
	Name      string
	Presence  Presence
	ATR       []byte // answer to reset of a card that is Present
	Insertion uint64 // another number for each card put in, also of the same card
}
