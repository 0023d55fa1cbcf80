// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/daemon/pin"
)

// A reader may have keys on which the PIN is typed (PC/SC part 10). The PIN then goes from the reader to the card, and
// never through this computer. Where a method takes a PIN, a nil one is typed on the reader.

// Pad is what can be typed on the keys of a reader.
type Pad struct {
	Verify bool // the PIN, for a signature
	Change bool // the present PIN and a new one
}

// Errors of a PIN that is typed on the reader; one of the wrong length gives pin.ErrFormat.
var (
	// ErrPadFailed: the keys of the reader do not work. They are not used again for this card; the next PIN is typed in a
	// dialog. The tries have to be read again before.
	ErrPadFailed = cns.ErrPadFailed
	// ErrPadMismatch: the new PIN was typed differently the second time. The card was not asked.
	ErrPadMismatch = cns.ErrPadMismatch
)

// keypad is a Link whose reader may have keys. Links without one are fine.
type keypad interface {
	Features() ([]byte, error)
	Control(code uint32, in []byte) ([]byte, error)
}

// keySeconds is how long the reader waits for a key. padPatience is how long it may take over all: for a change three
// PINs are typed.
const (
	keySeconds  = 60
	padPatience = 4 * keySeconds * time.Second
)

// UsePads lets PINs be typed on readers that have keys when allowed says so, which is asked each time; nobody else calls
// it. language is that of the reader's display. Without it nothing is typed on readers.
func (r *Readers) UsePads(allowed func() bool, language func() string) {
	r.padAllowed, r.padLanguage = allowed, language
}

// pads is what the keys of a card's reader can do. c is nil for a card that is not known.
func (r *Readers) pads(c *contents) Pad {
	if c != nil && c.found != nil {
		return Pad{Verify: c.found.State.PINPad} // a protected authentication path: there is no other way
	}
	if c == nil || c.padFailed || r.padAllowed == nil || !r.padAllowed() {
		return Pad{}
	}
	return Pad{Verify: c.pad.Verify != 0, Change: c.pad.Modify != 0}
}

// askReader asks the reader for its keys and for how long a command may be, once for each insertion. A card that is not
// driven by its own APDUs does without.
func (c *contents) askReader(d driver, l Link) {
	if c.readerAsked {
		return
	}
	c.readerAsked = true
	_, ours := d.(native)
	if k, ok := l.(keypad); ok && ours {
		if features, err := k.Features(); err == nil {
			c.pad = pcsc.ParsePad(features)
			n, err := pcsc.AskMaxAPDU(features, k.Control)
			c.shortOnly = err == nil && n == 0
		}
	}
}

// verify sends a PIN to the card once, or lets it be typed on the reader once.
func (r *Readers) verify(s Slot, l *link, card driver, p *pin.PIN) error {
	if _, ok := card.(*byModule); ok || p != nil {
		return card.VerifyPIN(p)
	}
	return r.onPad(s, l, card, (*cns.Card).VerifyPINOn)
}

// onPad lets work use the keys of the reader. When they fail they are not used again.
func (r *Readers) onPad(s Slot, l *link, card driver, work func(*cns.Card, cns.Pad) error) error {
	c := r.cached(s)
	n, ok := card.(native)
	if !ok || r.pads(c) == (Pad{}) {
		return fmt.Errorf("no keys: %w", ErrPadFailed)
	}
	err := work(n.Card, &pad{link: l, codes: c.pad, rules: pcsc.PadRules{
		Min: pin.MinDigits, Max: pin.MaxDigits, Block: pin.MaxDigits, Seconds: keySeconds, Language: r.padLanguage(),
	}})
	if errors.Is(err, ErrPadFailed) {
		c.padFailed = true
	}
	c.kind = n.Kind
	return err
}

// pad is the keys of a reader for the length of one transaction.
type pad struct {
	*link
	codes pcsc.Pad
	rules pcsc.PadRules
}

// VerifyOnPad is that of cns.Pad.
func (p *pad) VerifyOnPad(command []byte) ([]byte, error) {
	return p.control(p.codes.Verify, pcsc.VerifyStructure(p.rules, command))
}

// ModifyOnPad is that of cns.Pad.
func (p *pad) ModifyOnPad(command []byte) ([]byte, error) {
	if p.replacing != nil {
		p.replacing.Store(true)
	}
	answer, err := p.control(p.codes.Modify, pcsc.ModifyStructure(p.rules, command))
	if p.replacing != nil && err == nil && len(answer) > 1 {
		p.replacing.Store(false)
	}
	return answer, err
}

// control waits for a person, and so longer than for a card. PC/SC cannot interrupt it: who gives up leaves the reader
// asking, and what is typed then signs nothing.
func (p *pad) control(code uint32, structure []byte) ([]byte, error) {
	if err := context.Cause(p.ctx); err != nil {
		return nil, err
	}
	k, ok := p.Link.(keypad)
	if !ok || code == 0 {
		return nil, fmt.Errorf("no keys: %w", ErrPadFailed)
	}
	p.stall.Reset(padPatience)
	defer p.stall.Reset(patience)
	answer, err := k.Control(code, structure)
	switch {
	case err == nil, errors.Is(err, pcsc.ErrRemoved), errors.Is(err, pcsc.ErrUnavailable):
		return answer, err
	}
	return nil, fmt.Errorf("%w: %w", ErrPadFailed, err)
}
