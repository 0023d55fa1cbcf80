// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"errors"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
)

// replacement is one way to replace the PIN: with the present one, or with the PUK.
type replacement struct {
	entry         Entry // what the card compares
	check         func(*pin.PIN) error
	tries         int                                           // of it
	count         func(context.Context, card.Slot) (int, error) // asks the card for them
	send          func(ctx context.Context, s card.Slot, secret, chosen *pin.PIN) error
	refused       *refusals
	last, unknown QuestionKind // the warnings before a try that may be the last
}

// replace asks for the secret and for the new PIN until the card accepts both, the citizen gives up, or the card blocks.
// After a wrong secret only that is asked again.
func (c *care) replace(ctx context.Context, r *replacement) error {
	c.readBirthday(ctx)
	var secret, chosen *pin.PIN
	defer func() { secret.Wipe(); chosen.Wipe() }()
	problem, newProblem := NoProblem, NoProblem
	for {
		var err error
		if secret, err = c.askSecret(ctx, r, problem); err != nil {
			return err
		}
		if r.entry == EnterPIN && chosen != nil && chosen.Equal(secret) {
			chosen.Wipe()
			chosen, newProblem = nil, Unchanged
		}
		if chosen == nil {
			if chosen, err = c.askNew(ctx, r, secret, newProblem); err != nil {
				return err
			}
		}
		if last, err := c.lastUnawares(ctx, r); err != nil {
			return err
		} else if last {
			secret.Wipe()
			problem = NoProblem
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		err = r.send(context.WithoutCancel(ctx), c.card.slot, secret, chosen) // once it is on its way, its answer counts
		secret.Wipe()
		tries, wrong := wrongSecret(err)
		switch {
		case wrong:
			r.refused.set(c.card.view.Certificate, true)
			problem, r.tries = WrongPIN, tries
		case errors.Is(err, card.ErrNewPINRefused):
			chosen.Wipe()
			chosen, problem, newProblem = nil, NoProblem, Refused
		default:
			if err == nil {
				r.refused.set(c.card.view.Certificate, false)
				c.b.refusals.set(c.card.view.Certificate, false)
			}
			return err
		}
	}
}

// lastUnawares says that this would be the last try, and that the citizen has typed without having been told: another
// program has spent some meanwhile, or the card has counted a try that it answered as if it was none. What the card tells
// now can only be less than what it has told.
func (c *care) lastUnawares(ctx context.Context, r *replacement) (bool, error) {
	now, err := r.count(ctx, c.card.slot)
	if err != nil || now != 1 || r.tries == 1 {
		return false, err
	}
	r.tries = now
	return true, nil
}

// wrongSecret says that the card refused a PIN or a PUK, and how many tries are left.
func wrongSecret(err error) (tries int, wrong bool) {
	var wrongPIN *card.WrongPINError
	var wrongPUK *card.WrongPUKError
	switch {
	case errors.As(err, &wrongPIN):
		return wrongPIN.TriesLeft, true
	case errors.As(err, &wrongPUK):
		return wrongPUK.TriesLeft, true
	}
	return card.Unknown, false
}

// askSecret asks for the present PIN or the PUK, with a warning before a try that may be the last.
func (c *care) askSecret(ctx context.Context, r *replacement, problem PINProblem) (*pin.PIN, error) {
	if err := c.warnOf(ctx, c.card, c.reader, r.tries, r.refused, r.last, r.unknown); err != nil {
		return nil, err
	}
	return c.askFormed(ctx, PINQuestion{Entry: r.entry, TriesLeft: r.tries, Problem: problem}, r.check)
}

// askNew asks for a new PIN twice: one that is another than the present one, and not easy to guess unless the citizen
// insists.
func (c *care) askNew(ctx context.Context, r *replacement, secret *pin.PIN, problem PINProblem) (*pin.PIN, error) {
	for {
		chosen, err := c.askFormed(ctx, PINQuestion{Entry: EnterNewPIN, TriesLeft: card.Unknown, Problem: problem}, (*pin.PIN).Check)
		if err != nil {
			return nil, err
		}
		if problem, err = c.accept(ctx, r, secret, chosen); err == nil && problem == accepted {
			return chosen, nil
		}
		chosen.Wipe()
		if err != nil {
			return nil, err
		}
	}
}

// accepted is no problem: the new PIN is good, and was repeated.
const accepted PINProblem = -1

// accept says why a new PIN has to be chosen again.
func (c *care) accept(ctx context.Context, r *replacement, secret, chosen *pin.PIN) (PINProblem, error) {
	if r.entry == EnterPIN && chosen.Equal(secret) {
		return Unchanged, nil
	}
	if chosen.Weak(c.born) {
		q := Question{Lang: c.lang, Purpose: c.purpose, Kind: AskWeakPIN, Holder: c.card.view.Holder, Reader: c.reader}
		answer, err := c.confirm(ctx, c.card.slot, q)
		if errors.Is(err, ErrDialogCancelled) || err == nil && answer == No {
			return NoProblem, nil
		}
		if err != nil {
			return NoProblem, err
		}
	}
	repeated, err := c.ask(ctx, PINQuestion{Entry: EnterRepeat, TriesLeft: card.Unknown})
	if err != nil {
		return NoProblem, err
	}
	defer repeated.Wipe()
	if !repeated.Equal(chosen) {
		return Mismatch, nil
	}
	return accepted, nil
}

// askFormed shows a PIN dialog until what was typed can be what was asked for.
func (c *care) askFormed(ctx context.Context, q PINQuestion, check func(*pin.PIN) error) (*pin.PIN, error) {
	for {
		typed, err := c.ask(ctx, q)
		if err != nil {
			return nil, err
		}
		if check(typed) == nil {
			return typed, nil
		}
		typed.Wipe()
		q.Problem = BadFormat
	}
}

// ask shows one PIN dialog, which goes away with the card. Whoever gets the PIN wipes it.
func (c *care) ask(ctx context.Context, q PINQuestion) (*pin.PIN, error) {
	q.Lang, q.Purpose, q.Holder, q.Reader = c.lang, c.purpose, c.card.view.Holder, c.reader
	inserted, stop := c.whileInserted(ctx, c.card.slot)
	defer stop()
	dialog, cancel := context.WithTimeout(inserted, c.dialogTime)
	defer cancel()
	typed, err := c.b.Dialogs.AskPIN(dialog, q)
	if cause := context.Cause(inserted); cause != nil {
		err = cause
	}
	if err != nil {
		typed.Wipe()
		return nil, err
	}
	return typed, nil
}

// readBirthday reads the day that is not to be in a PIN. Without it the other tests of a weak PIN remain.
func (c *care) readBirthday(ctx context.Context) {
	if data, err := c.b.Cards.Identity(ctx, c.card.slot); err == nil {
		c.born = data[protocol.FieldBirthDate]
	}
}
