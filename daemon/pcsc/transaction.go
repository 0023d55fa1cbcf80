// SPDX-License-Identifier: EUPL-1.2

//go:build cgo || windows

package pcsc

import (
	"fmt"

	"github.com/ebfe/scard"
)

// Transaction is the card while nobody else can speak to it.
type Transaction struct {
	card  *scard.Card
	reset bool
}

// Transmit carries one command APDU to the card and brings back the response APDU.
func (t *Transaction) Transmit(command []byte) ([]byte, error) {
	b, err := t.card.Transmit(command)
	if err == nil && len(b) == 0 { // seen with vpcd when the card is pulled during the command
		return nil, fmt.Errorf("transmit: no answer: %w", ErrRemoved)
	}
	return b, classify("transmit", err)
}

// Features asks the driver what the reader can do by itself; see ParsePad. Many drivers refuse to answer.
func (t *Transaction) Features() ([]byte, error) {
	b, err := t.card.Control(scard.CtlCode(getFeatureRequest), nil)
	return b, classify("asking for the reader's features", err)
}

// Control lets the reader do one of its features. It blocks as long as the reader does.
func (t *Transaction) Control(code uint32, in []byte) ([]byte, error) {
	b, err := t.card.Control(code, in)
	return b, classify("control", err)
}

// ResetAtEnd makes the transaction end with a reset of the card: once a PIN has been verified, another program on the
// same card could sign with it.
func (t *Transaction) ResetAtEnd() { t.reset = true }

func (t *Transaction) disposition() scard.Disposition {
	if t.reset {
		return scard.ResetCard
	}
	return scard.LeaveCard
}

// Transact connects to the card in a reader (SHARED, so that other middleware goes on working), runs work inside one
// transaction, and ends it, also when work fails or panics. It blocks as long as another program holds a transaction and
// as long as the reader takes: PC/SC can interrupt neither.
func Transact(reader string, work func(*Transaction) error) (err error) {
	sc, err := scard.EstablishContext() // one for each call: pcsclite serialises all calls on a context
	if err != nil {
		return unavailable("PC/SC context", err)
	}
	defer func() { _ = sc.Release() }()
	card, err := sc.Connect(reader, scard.ShareShared, protocols)
	if err != nil {
		return classify("connecting to the card", err)
	}
	t := &Transaction{card: card}
	defer func() { _ = card.Disconnect(t.disposition()) }()
	if err := begin(card); err != nil {
		return classify("beginning a transaction", err)
	}
	defer func() {
		if card.EndTransaction(t.disposition()) == nil {
			t.reset = false // done; a second reset at the disconnection could hit the transaction of another program
		}
	}()
	return work(t)
}

const protocols = scard.ProtocolT0 | scard.ProtocolT1

// begin starts a transaction. A handle must be renewed when another program has reset the card since it was made.
func begin(card *scard.Card) error {
	const resetsInARow = 3
	var err error
	for range resetsInARow {
		if err = card.BeginTransaction(); err != scard.ErrResetCard {
			return err
		}
		if err = card.Reconnect(scard.ShareShared, protocols, scard.LeaveCard); err != nil {
			return err
		}
	}
	return err
}
