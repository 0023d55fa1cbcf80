// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/pkcs11"
	"github.com/ponte-cns/ponte/protocol"
)

// driver drives the card of a slot as it has come to be known in this insertion.
func (r *Readers) driver(s Slot, l *link) driver {
	card := native{cns.New(l)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.contents[s.Insertion]; ok && c.found != nil {
		return &byModule{found: c.found, l: l}
	} else if ok {
		card.Kind = c.kind
	} else if c, ok := r.candidates[s.Insertion]; ok {
		card.Kind = c.kind
	}
	return card
}

// learn keeps what a signature has shown of the card. Like all that reads or writes a kind it is for the card's owner.
func (r *Readers) learn(s Slot, kind cns.Kind) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.contents[s.Insertion]; ok {
		c.kind = kind
	}
}

// candidate is a card whose answer to reset says nothing: a TS-CNS over NFC, or any other card without contacts.
type candidate struct {
	kind     cns.Kind
	byModule bool // a module is looked for
	driven   bool // one was found
	failures int
	asked    bool          // and kind is zero when it is no CNS
	asking   chan struct{} // closed when the attempt that goes on has ended; nil: none does
}

func (c *candidate) state() protocol.CardState {
	if c.kind == (cns.Kind{}) && !c.driven {
		return protocol.StateUnknown
	}
	return protocol.StateReady
}

// candidate gives that of an insertion. r.mu is held.
func (r *Readers) candidate(insertion uint64) *candidate {
	c, ok := r.candidates[insertion]
	if !ok {
		c = &candidate{}
		r.candidates[insertion] = c
	}
	return c
}

// settleTime is how long Slots waits for a candidate that another program holds. It leaves time for the card in another
// reader, which is perhaps the one that is wanted.
const settleTime = time.Second

// settle asks the candidates among slots whether they are a CNS, once for each insertion: a card that is none gets one
// command. One that does not answer in time is told as unknown, and asked again at the next call.
func (r *Readers) settle(ctx context.Context, slots []Slot) []Slot {
	var patience <-chan time.Time
	for _, s := range slots {
		ended := r.ask(s)
		if ended == nil {
			continue
		}
		if patience == nil {
			patience = time.After(settleTime)
		}
		select {
		case <-ended:
			continue
		case <-patience:
		case <-ctx.Done():
		}
		break
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	slots = slices.Clone(slots)
	for i := range slots {
		if c, ok := r.candidates[slots[i].Insertion]; ok && slots[i].State == protocol.StateUnknown {
			slots[i].State = c.state()
		}
	}
	return slots
}

// ask begins to ask a card, unless somebody does already. The channel is closed at the end; it is nil when there is
// nothing to ask.
func (r *Readers) ask(s Slot) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.candidates[s.Insertion]
	switch {
	case !ok || c.asked || s.State != protocol.StateUnknown:
		return nil
	case c.asking != nil:
		return c.asking
	}
	ended := make(chan struct{})
	c.asking = ended
	go func() {
		defer close(ended)
		if c.byModule {
			_, err := r.adopt(context.Background(), s)
			r.adopted(c, s, err)
			return
		}
		var kind cns.Kind
		err := r.own(context.Background(), s, func(l *link) error { // it gives up by itself
			card := cns.New(l)
			err := card.Identify()
			kind = card.Kind
			if errors.Is(err, cns.ErrNoCertificate) {
				return nil
			}
			return err
		})
		r.settled(c, s, kind, err == nil)
	}()
	return ended
}

// settled keeps what asking has shown.
func (r *Readers) settled(c *candidate, s Slot, kind cns.Kind, asked bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.asking = nil
	if c.asked = asked; kind == (cns.Kind{}) || !asked {
		return
	}
	c.kind = kind
	r.nowReady(s)
}

// adopted is settled for a card for which a module was looked for. One that has failed is tried again when somebody asks,
// but not for ever.
func (r *Readers) adopted(c *candidate, s Slot, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.asking = nil
	c.driven = err == nil
	if err != nil && !errors.Is(err, pkcs11.ErrNone) {
		c.failures++
	}
	c.asked = c.driven || errors.Is(err, pkcs11.ErrNone) || c.failures >= adoptTrials
	if c.driven {
		r.nowReady(s)
	}
}

// nowReady tells that the card of a slot can be used after all. r.mu is held.
func (r *Readers) nowReady(s Slot) {
	r.slots = slices.Clone(r.slots) // callers of Slots have the other
	for i := range r.slots {
		if r.slots[i].Insertion == s.Insertion {
			r.slots[i].State = protocol.StateReady
		}
	}
	close(r.changed) // who has been told of an unknown card looks again
	r.changed = make(chan struct{})
}
