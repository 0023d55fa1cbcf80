// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"errors"
	"sync"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
)

// Some readers have keys of their own: the PIN is typed there, while a dialog names the site as always. The transaction is
// open meanwhile, the one exception to design rule 6. What the reader asks once is one try, never more.

// tryOnReader shows the dialog and, once it can be seen, lets the reader ask. use gets a nil PIN. The dialog's Cancel ends
// the request; the reader cannot be interrupted, and what is typed on it later signs nothing.
func (r *request) tryOnReader(ctx context.Context, c candidate, q PINQuestion, use func(context.Context, *pin.PIN) error) error {
	inserted, stop := r.whileInserted(ctx, c.slot)
	defer stop()
	ctx, cancel := context.WithCancel(inserted)
	defer cancel()
	r.seen = true
	var once sync.Once
	visible, closed := make(chan struct{}), make(chan error, 1)
	go func() {
		closed <- r.b.Dialogs.AwaitReader(ctx, q, func() { once.Do(func() { close(visible) }) })
	}()
	select {
	case err := <-closed:
		return whyClosed(inserted, err)
	case <-visible:
	}
	typed := make(chan error, 1)
	go func() { typed <- use(ctx, nil) }()
	select {
	case err := <-typed:
		cancel()
		<-closed
		return err
	case err := <-closed:
		cancel()
		if used := <-typed; !errors.Is(used, context.Canceled) { // it was done in the same moment, or cannot be taken back
			return used
		}
		return whyClosed(inserted, err)
	}
}

// whyClosed says why the dialog has gone before anything was typed.
func whyClosed(inserted context.Context, err error) error {
	if cause := context.Cause(inserted); cause != nil {
		return cause
	}
	if err == nil {
		return ErrDialogCancelled
	}
	return err
}

// withoutKeys goes over to the dialog with a field when the keys of a reader do not work. They may have cost a try: the
// card is asked again.
func (r *request) withoutKeys(ctx context.Context, c candidate, q *PINQuestion) error {
	q.OnReader, q.Problem = false, ReaderFailed
	v, err := r.b.Cards.Look(ctx, c.slot)
	if err == nil && v.PINProblem != "" {
		err = ofCard(protocol.Fail(v.PINProblem, ""), v)
	}
	if q.TriesLeft = v.TriesLeft; v.TriesLeft == card.Unknown {
		r.b.refusals.set(c.view.Certificate, true) // perhaps it was one
	}
	return err
}

// changeOnReader lets the citizen type the present PIN and the new one on the reader. Who closes the dialog has not ended
// it: the reader goes on asking, and what it says counts. ok is false when its keys do not work and nothing was sent to the
// card: then the dialogs with fields follow.
func (c *care) changeOnReader(ctx context.Context) (ok bool, err error) {
	q := PINQuestion{
		Lang: c.lang, Purpose: c.purpose, Entry: EnterPIN, OnReader: true, Holder: c.card.view.Holder, Reader: c.reader,
		TriesLeft: c.card.view.TriesLeft,
	}
	for {
		if err := c.warn(ctx, c.card, c.reader, q.TriesLeft); err != nil {
			return true, err
		}
		err := c.tryOnReader(ctx, c.card, q, func(ctx context.Context, _ *pin.PIN) error {
			return c.b.Cards.ChangePIN(context.WithoutCancel(ctx), c.card.slot, nil, nil)
		})
		tries, wrong := wrongSecret(err)
		switch {
		case wrong:
			c.b.refusals.set(c.card.view.Certificate, true)
			q.Problem, q.TriesLeft = WrongPIN, tries
		case errors.Is(err, pin.ErrFormat):
			q.Problem = BadFormat
		case errors.Is(err, card.ErrPadMismatch):
			q.Problem = Mismatch
		case errors.Is(err, card.ErrNewPINRefused):
			q.Problem = Refused
		case errors.Is(err, card.ErrPadFailed) && !errors.Is(err, card.ErrUncertain):
			err := c.withoutKeys(ctx, c.card, &q)
			c.card.view.TriesLeft = q.TriesLeft
			return false, err
		default:
			if err == nil {
				c.b.refusals.set(c.card.view.Certificate, false)
			}
			return true, err
		}
	}
}
