// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
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

// welcome is how a site stands while something of it is going on.
type welcome struct {
	b      *Bridge
	origin protocol.Origin

	mu     sync.Mutex
	before Standing
	err    error
}

// check says why the site may not go on: it was blocked or forgotten since. One that was never remembered is as welcome as
// it was.
func (w *welcome) check() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	now := w.b.Sites.Standing(w.origin)
	if w.err = w.b.admissible(w.origin); w.err == nil && w.before == Allowed && now == Stranger {
		w.err = protocol.Fail(protocol.OriginDenied, "")
	}
	w.before = now
	return w.err
}

// whileWelcome gives a context that ends when a site is not welcome any more.
func (b *Bridge) whileWelcome(ctx context.Context, o protocol.Origin) (context.Context, *welcome, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	rechecked := b.Rechecked()
	w := &welcome{b: b, origin: o, before: b.Sites.Standing(o)}
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-rechecked:
			}
			rechecked = b.Rechecked()
			if err := w.check(); err != nil {
				cancel(err)
				return
			}
		}
	}()
	return ctx, w, func() { cancel(nil) }
}
