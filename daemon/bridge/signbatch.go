// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"crypto"
	"errors"
	"slices"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/protocol"
)

// sign lets an unlocked card sign one digest after the other, which it replaces by the signatures, and locks the card again.
// What ends it early costs the documents that are left. Only a page that went away, or has cancelled, is an error.
func (b *batch) sign(ctx context.Context, r *request, chosen candidate, session *card.Session) error {
	defer func() { // the reset of the card
		session.Close()
		select {
		case <-session.Done():
		case <-time.After(answerTime): // a card that hangs
		}
	}()
	watch := b.watch(ctx, r)
	defer watch.close()
	var ended error
	done := 0
	for i, digest := range b.digests {
		if b.failed[i] != nil {
			continue
		}
		if ended == nil && watch.cancelled() {
			ended = protocol.Fail(protocol.UserCancelled, "")
		}
		if ended == nil {
			b.tell(protocol.StageSigning, i, done)
			b.digests[i], ended = r.signOne(ctx, chosen, session, digest)
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if b.failed[i] = ended; ended == nil {
			done++
			watch.tell(done)
		}
	}
	return b.allFailed()
}

func (r *request) signOne(ctx context.Context, chosen candidate, session *card.Session, digest []byte) ([]byte, error) {
	signature, err := session.Sign(ctx, digest, crypto.SHA256)
	if err == nil {
		err = proven(chosen.view.Certificate, crypto.SHA256, digest, signature)
	}
	if err != nil && ctx.Err() == nil && !r.inserted(ctx, chosen.slot) {
		err = protocol.Fail(protocol.CardRemoved, "") // whatever the session says of its end
	}
	return signature, ofCard(err, chosen.view)
}

// inserted says that a card is where it was.
func (r *request) inserted(ctx context.Context, s card.Slot) bool {
	slots, err := r.b.Cards.Slots(ctx)
	return err != nil || slices.Contains(slots, s)
}

// watch is the window that shows how far a batch is. One document has none.
type watch struct {
	end     context.CancelFunc
	done    chan int
	stopped chan struct{} // closed when the citizen has pressed Cancel
	gone    chan struct{} // closed when the window has gone
}

func (b *batch) watch(ctx context.Context, r *request) *watch {
	w := &watch{done: make(chan int, 1), stopped: make(chan struct{}), gone: make(chan struct{})}
	ctx, w.end = context.WithCancel(ctx)
	if r.documents < 2 {
		close(w.gone)
		return w
	}
	p := Progress{Lang: r.lang, Purpose: r.purpose, Origin: r.origin, Total: r.documents}
	go func() {
		defer close(w.gone)
		var err error
		defer func() {
			if errors.Is(err, ErrDialogCancelled) {
				close(w.stopped)
			}
		}()
		defer b.c.contain(protocol.MethodSignDocument, &err)
		err = r.b.Dialogs.ShowProgress(ctx, p, w.done)
	}()
	return w
}

// cancelled says that the citizen wants no more.
func (w *watch) cancelled() bool {
	select {
	case <-w.stopped:
		return true
	default:
		return false
	}
}

// tell gives the window a number, in the place of one that it has not read yet.
func (w *watch) tell(done int) {
	select {
	case <-w.done:
	default:
	}
	w.done <- done
}

// close takes the window away.
func (w *watch) close() {
	w.end()
	<-w.gone
}
