// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"sync"
	"time"
)

// news lets tray and control page sleep until there is something new to show, instead of asking again and again.
type news struct {
	mu       sync.Mutex
	revision uint64
	changed  chan struct{} // closed at the next change
}

// newNews begins with a revision that no agent before this one has told. It stays below 2^53, so that JavaScript counts
// with it.
func newNews() *news {
	return &news{revision: uint64(time.Now().UnixMicro()), changed: make(chan struct{})}
}

// tell wakes everybody who waits.
func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.revision++
	close(n.changed)
	n.changed = make(chan struct{})
}

// current is the revision now.
func (n *news) current() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.revision
}

// wait returns when the revision is another one than seen. The error is that of ctx.
func (n *news) wait(ctx context.Context, seen uint64) error {
	for {
		n.mu.Lock()
		revision, changed := n.revision, n.changed
		n.mu.Unlock()
		if revision != seen {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// follow tells of readers and cards that come and go, until ctx ends. changed gives a channel that is closed at the next
// change.
func (n *news) follow(ctx context.Context, changed func() <-chan struct{}) {
	for next := changed(); ; {
		select {
		case <-ctx.Done():
			return
		case <-next:
			next = changed() // before anybody looks, so that no change falls between
			n.tell()
		}
	}
}
