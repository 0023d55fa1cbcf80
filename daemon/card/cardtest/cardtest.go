// SPDX-License-Identifier: EUPL-1.2

// Package cardtest puts emulated cards behind a card.Readers without PC/SC, so that faults can be swept quickly. It is for
// tests only; the real chain is tested with pcscd.
package cardtest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/testcard"
)

// Desk is a computer with some readers.
type Desk struct {
	Readers *card.Readers

	mu    sync.Mutex
	slots []slot
	count uint64
	down  error // nil: the service answers
}

type slot struct {
	card      *testcard.Card
	insertion uint64
	lock      *sync.Mutex // the transaction
	keypad    *Keypad
}

// New makes a desk with one reader for each card; nil is an empty reader.
func New(t testing.TB, cards ...*testcard.Card) *Desk {
	t.Helper()
	d := &Desk{}
	d.Readers = card.New(d.transact, func() {})
	for i := range cards {
		d.slots = append(d.slots, slot{lock: &sync.Mutex{}})
		if cards[i] != nil {
			d.Insert(i, cards[i])
		}
	}
	d.tell()
	return d
}

// Card makes an emulated card or fails the test.
func Card(t testing.TB, o testcard.Options) *testcard.Card {
	t.Helper()
	c, err := testcard.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Insert puts a card into reader i.
func (d *Desk) Insert(i int, c *testcard.Card) {
	d.mu.Lock()
	d.count++
	d.slots[i].card, d.slots[i].insertion = c, d.count
	c.Insert()
	c.PowerOn()
	d.mu.Unlock()
	d.tell()
}

// Eject pulls the card out of reader i.
func (d *Desk) Eject(i int) {
	d.mu.Lock()
	if c := d.slots[i].card; c != nil {
		c.PowerOff()
	}
	d.slots[i].card = nil
	d.mu.Unlock()
	d.tell()
}

// Unplug takes all readers away.
func (d *Desk) Unplug() {
	d.mu.Lock()
	d.slots = nil
	d.mu.Unlock()
	d.tell()
}

// Service starts or stops the smart card service.
func (d *Desk) Service(up bool) {
	d.mu.Lock()
	d.down = nil
	if !up {
		d.down = pcsc.ErrUnavailable
	}
	d.mu.Unlock()
	d.tell()
}

// Unavailable stops the smart card service for a reason.
func (d *Desk) Unavailable(reason pcsc.Reason) {
	d.mu.Lock()
	d.down = &pcsc.UnavailableError{Reason: reason, Err: pcsc.ErrUnavailable}
	d.mu.Unlock()
	d.tell()
}

// Hold takes the card in reader i as another program does with a transaction.
func (d *Desk) Hold(i int) (release func()) {
	d.mu.Lock()
	lock := d.slots[i].lock
	d.mu.Unlock()
	lock.Lock()
	return lock.Unlock
}

func name(i int) string { return fmt.Sprintf("Lettore %d", i+1) }

func (d *Desk) tell() {
	d.mu.Lock()
	if err := d.down; err != nil {
		d.mu.Unlock()
		d.Readers.Update(nil, err)
		return
	}
	readers := make([]pcsc.Reader, 0, len(d.slots))
	for i, s := range d.slots {
		r := pcsc.Reader{Name: name(i)}
		switch {
		case s.card == nil:
		case s.card.Mute():
			r.Presence, r.Insertion = pcsc.Mute, s.insertion
		default:
			r.Presence, r.Insertion, r.ATR = pcsc.Present, s.insertion, s.card.ATR()
		}
		readers = append(readers, r)
	}
	d.mu.Unlock()
	d.Readers.Update(readers, nil)
}

func (d *Desk) transact(reader string, work func(card.Link) error) error {
	d.mu.Lock()
	var found *slot
	for i := range d.slots {
		if name(i) == reader && d.slots[i].card != nil {
			s := d.slots[i]
			found = &s
		}
	}
	down := d.down
	d.mu.Unlock()
	switch {
	case down != nil:
		return down
	case found == nil:
		return pcsc.ErrRemoved
	}
	found.lock.Lock()
	defer found.lock.Unlock()
	l := &link{card: found.card}
	var seen card.Link = l
	if found.keypad != nil {
		seen = &linkWithKeys{l, found.keypad}
	}
	defer func() {
		if l.reset {
			found.card.Reset()
		}
	}()
	err := work(seen)
	if l.gone {
		for i := range d.slots {
			if name(i) == reader {
				d.Eject(i)
			}
		}
	}
	return err
}

type link struct {
	card        *testcard.Card
	reset, gone bool
}

// Transmit carries a command to the emulated chip.
func (l *link) Transmit(command []byte) ([]byte, error) {
	b, err := l.card.Transmit(command)
	if err != nil {
		l.gone = true
		return nil, fmt.Errorf("transmit: %w (%w)", pcsc.ErrRemoved, err)
	}
	return b, nil
}

// ResetAtEnd is that of pcsc.Transaction.
func (l *link) ResetAtEnd() { l.reset = true }

// Mirror makes r show slots, for tests that bring their own transactions.
func Mirror(r *card.Readers, slots []card.Slot) {
	readers := make([]pcsc.Reader, 0, len(slots))
	for _, s := range slots {
		readers = append(readers, pcsc.Reader{Name: s.Reader, Presence: pcsc.Present, Insertion: s.Insertion})
	}
	r.Update(readers, nil)
}
