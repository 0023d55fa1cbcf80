// SPDX-License-Identifier: EUPL-1.2

// Package pcsc speaks with the smart card service of the system (PC/SC, through ebfe/scard): which readers are there, what
// is in them, and transactions with a card. It does not know what the bytes to the card mean, and never decides to send
// any.
package pcsc

import (
	"errors"
	"fmt"

	"github.com/ebfe/scard"
)

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

// unavailable is for failures of a context itself, whatever their number: a service that is just going away answers with
// several (RPC transport error, access denied, not available). The cause stays readable, polkit's refusal for example.
func unavailable(doing string, err error) error {
	return fmt.Errorf("%s: %w (%w)", doing, ErrUnavailable, err)
}

// classify wraps an error of the system in one of ours.
func classify(doing string, err error) error {
	if err == nil {
		return nil
	}
	var code scard.Error
	kind := ErrTransmit
	if errors.As(err, &code) {
		switch code {
		case scard.ErrNoService, scard.ErrServiceStopped, scard.ErrInvalidHandle, scard.ErrCommError,
			scard.ErrNoAccess, scard.ErrInternalError, scard.ErrServerTooBusy, scard.ErrSecurityViolation:
			kind = ErrUnavailable
		case scard.ErrSharingViolation:
			kind = ErrBusy
		case scard.ErrNoSmartcard, scard.ErrRemovedCard, scard.ErrResetCard, scard.ErrNotTransacted,
			scard.ErrUnknownReader, scard.ErrReaderUnavailable, scard.ErrNoReadersAvailable:
			kind = ErrRemoved
		case scard.ErrUnresponsiveCard, scard.ErrUnpoweredCard, scard.ErrUnsupportedCard, scard.ErrProtoMismatch, scard.ErrCardUnsupported:
			kind = ErrMute
		}
	}
	return fmt.Errorf("%s: %w (%w)", doing, kind, err)
}
