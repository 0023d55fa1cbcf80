// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"errors"
	"sync"

	"github.com/ponte-cns/ponte/protocol"
)

// rechecks wakes those who go on for a site, when what sites may do has changed.
type rechecks struct {
	mu   sync.Mutex
	next chan struct{} // closed at the next one; nil: nobody waits
}

// Recheck ends at once what a site may no longer do: whoever changes the settings or the list of sites calls it.
func (b *Bridge) Recheck() {
	b.rechecks.mu.Lock()
	defer b.rechecks.mu.Unlock()
	if b.rechecks.next != nil {
		close(b.rechecks.next)
		b.rechecks.next = nil
	}
}

// Rechecked gives a channel that is closed at the next Recheck.
func (b *Bridge) Rechecked() <-chan struct{} {
	b.rechecks.mu.Lock()
	defer b.rechecks.mu.Unlock()
	if b.rechecks.next == nil {
		b.rechecks.next = make(chan struct{})
	}
	return b.rechecks.next
}

// whileWelcome gives a context that ends, with the reason as its cause, when a site is blocked or forgotten. A site that
// was never remembered is as welcome as before.
func (b *Bridge) whileWelcome(ctx context.Context, o protocol.Origin) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	rechecked := b.Rechecked()
	before := b.Sites.Standing(o)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-rechecked:
			}
			rechecked = b.Rechecked()
			now, err := b.Sites.Standing(o), b.admissible(o)
			if err == nil && before == Allowed && now == Stranger {
				err = protocol.Fail(protocol.OriginDenied, "")
			}
			if err != nil {
				cancel(err)
				return
			}
			before = now
		}
	}()
	return ctx, func() { cancel(nil) }
}

// notWelcome is why such a context has ended, when the site is the reason.
func notWelcome(ctx context.Context) error {
	var e *protocol.Error
	if errors.As(context.Cause(ctx), &e) && (e.Code == protocol.OriginDenied || e.Code == protocol.OriginInsecure) {
		return e
	}
	return nil
}
