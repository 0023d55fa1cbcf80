// SPDX-License-Identifier: EUPL-1.2

//go:build cgo || windows

package pcsc

import (
	"errors"
	"fmt"

	"github.com/ebfe/scard"
)

// unavailable is for failures of a context itself, whatever their number: a service that is just going away answers with
// several (RPC transport error, access denied, not available). The cause stays readable, polkit's refusal for example.
func unavailable(doing string, err error) error {
	return &UnavailableError{reason(err), fmt.Errorf("%s: %w (%w)", doing, ErrUnavailable, err)}
}

// reason tells why a call failed that any service would have answered.
func reason(err error) Reason {
	var code scard.Error
	if !errors.As(err, &code) {
		return NotKnown
	}
	switch code {
	case scard.ErrSecurityViolation, scard.ErrNoAccess:
		return Denied
	case scard.ErrNoService, scard.ErrServiceStopped:
		return noService()
	}
	return NotKnown
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
			return unavailable(doing, err)
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
