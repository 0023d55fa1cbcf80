// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
)

// WrongPUKError is the answer to a PUK that the card refused.
type WrongPUKError = cns.WrongPUKError

// ErrNewPINRefused: the card does not take the PIN that was chosen. Nothing has changed, and the present one, which was
// sent with it, may have cost nothing.
var ErrNewPINRefused = cns.ErrNewPINRefused

// ErrUncertain: the card went away, or fell silent, while it replaced the PIN. Either PIN may be valid.
var ErrUncertain = errors.New("the card did not say whether it replaced the PIN")

// ChangePIN replaces the PIN. A wrong current one spends one try. Both are sent in one command; the transaction ends with
// a reset of the card. Errors: *WrongPINError, ErrNewPINRefused, pin.ErrFormat, or a *protocol.Error, which ErrUncertain
// may wrap. Whoever calls it does not cancel ctx: a command that is on its way cannot be taken back. With nil for both they
// are typed on the reader: then also ErrPadFailed and ErrPadMismatch.
func (r *Readers) ChangePIN(ctx context.Context, s Slot, current, chosen *pin.PIN) error {
	return r.replacePIN(ctx, s, func(c driver, l *link) error {
		if current == nil {
			return r.onPad(s, l, c, (*cns.Card).ChangePINOn)
		}
		return c.ChangePIN(current, chosen)
	})
}

// Unblock gives the PIN its tries back and a new value. A wrong PUK spends one of the PUK's tries, and with the last of
// them the card is lost. Otherwise as ChangePIN; errors also *WrongPUKError and pin.ErrPUKFormat.
func (r *Readers) Unblock(ctx context.Context, s Slot, puk, chosen *pin.PIN) error {
	return r.replacePIN(ctx, s, func(c driver, _ *link) error { return c.Unblock(puk, chosen) })
}

func (r *Readers) replacePIN(ctx context.Context, s Slot, work func(driver, *link) error) error {
	var replacing atomic.Bool
	err := r.own(ctx, s, func(l *link) error {
		l.ResetAtEnd()
		l.replacing = &replacing
		err := work(r.driver(s, l), l)
		if cns.Unclear(err) {
			replacing.Store(true)
		}
		if c := r.cached(s); c != nil {
			c.puk = pukNotAsked
		}
		return err
	})
	r.stir()
	if err != nil && replacing.Load() {
		return fmt.Errorf("%w: %w", ErrUncertain, err)
	}
	return err
}

// PUKTries asks how many tries of the PUK are left, or Unknown, without spending one. It asks only a card that tells the
// tries of its PIN in the same way: see cns.Card.PUKTriesLeft. When none is left the error has the code PUK_BLOCKED.
func (r *Readers) PUKTries(ctx context.Context, s Slot) (int, error) {
	tries := Unknown
	err := r.own(ctx, s, func(l *link) error {
		card := r.driver(s, l)
		told, err := card.TriesLeft()
		if err != nil && !errors.Is(err, cns.ErrBlocked) || told == Unknown {
			return err
		}
		if tries, err = card.PUKTriesLeft(); errors.Is(err, cns.ErrNotActivated) {
			tries, err = Unknown, nil // as in pinProblem: some cards may compare a PUK in RESET RETRY COUNTER only
		}
		return err
	})
	if err != nil {
		return Unknown, err
	}
	return tries, nil
}

// stir makes everybody who follows Changed look again: the tries of a card are others.
func (r *Readers) stir() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.changed)
	r.changed = make(chan struct{})
}

// What a card has told of its PUK.
const (
	pukNotAsked = iota
	pukBlocked
	pukNotBlocked
)

// pinProblem asks a card for the tries of its PIN, and whether the PUK is blocked when there are none. That is asked once
// for each insertion, however often somebody looks: should a card count the question as a wrong PUK, a site that asks for
// the status again and again must not be the end of it.
func pinProblem(card driver, c *contents) (tries int, problem protocol.Code, err error) {
	tries, err = card.TriesLeft()
	switch {
	case errors.Is(err, cns.ErrNotActivated):
		return tries, protocol.CardNotActivated, nil
	case !errors.Is(err, cns.ErrBlocked):
		return tries, "", err
	}
	err = nil
	if c.puk == pukNotAsked {
		c.puk = pukNotBlocked
		switch _, err = card.PUKTriesLeft(); {
		case errors.Is(err, cns.ErrPUKBlocked):
			c.puk, err = pukBlocked, nil
		case errors.Is(err, cns.ErrNotActivated):
			err = nil // an odd answer about the PUK does not make the PIN less blocked
		}
	}
	if c.puk == pukBlocked {
		return 0, protocol.PUKBlocked, nil
	}
	return 0, protocol.PINBlocked, err
}
