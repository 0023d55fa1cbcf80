// SPDX-License-Identifier: EUPL-1.2

//go:build cgo || windows

package pcsc

import "github.com/ebfe/scard"

// MaxAPDU asks the driver of a reader how many bytes of data it carries in a command: 0 for short APDUs only, ErrNotTold
// when it does not say. A card in the reader is connected to for a moment, SHARED, and nothing is sent to it.
func MaxAPDU(reader string, present bool) (int, error) {
	sc, err := scard.EstablishContext()
	if err != nil {
		return 0, unavailable("PC/SC context", err)
	}
	defer func() { _ = sc.Release() }()
	mode, protocol := scard.ShareShared, protocols
	if !present { // without a card there is only the reader itself to speak to
		mode, protocol = scard.ShareDirect, scard.Protocol(0)
	}
	card, err := sc.Connect(reader, mode, protocol)
	if err != nil {
		return 0, classify("connecting to the reader", err)
	}
	defer func() { _ = card.Disconnect(scard.LeaveCard) }()
	features, err := card.Control(scard.CtlCode(getFeatureRequest), nil)
	if err != nil {
		return 0, ErrNotTold
	}
	return AskMaxAPDU(features, card.Control)
}
