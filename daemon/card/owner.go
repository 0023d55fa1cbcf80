// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/daemon/pin"
)

// SignRequest is what Sign needs.
type SignRequest struct {
	PIN         *pin.PIN
	Certificate *x509.Certificate
	Hash        crypto.Hash
	Digest      []byte
}

// patience is how long another program may hold the card, and how long the card may think about one command. RSA takes
// 0.3 to 1.0 s on such chips (cns-card.md A6); a page must hear of a hang within 2 s.
const patience = 1800 * time.Millisecond

var errStalled = errors.New("card or reader do not answer")

// link is the card that work sees: it stops sending once nobody waits any more.
type link struct {
	Link
	ctx       context.Context
	stall     *time.Timer
	replacing *atomic.Bool // set while a command that replaces the PIN has no answer; nil where nobody asks
}

// Transmit sends one command, unless the caller has given up.
func (l *link) Transmit(command []byte) ([]byte, error) {
	if err := context.Cause(l.ctx); err != nil {
		return nil, err
	}
	l.stall.Reset(patience)
	defer l.stall.Reset(patience)
	if l.replacing != nil && cns.ReplacesPIN(command) {
		l.replacing.Store(true)
	}
	answer, err := l.Link.Transmit(command)
	if l.replacing != nil && err == nil && len(answer) > 1 {
		l.replacing.Store(false)
	}
	return answer, err
}

// own gives work the card in a slot, alone. PC/SC can interrupt neither the wait for another program nor a command, so
// the work runs in a goroutine that its caller can leave behind; the reader stays taken until that has cleaned up.
func (r *Readers) own(ctx context.Context, s Slot, work func(*link) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall := time.AfterFunc(patience, func() { cancel(errStalled) })
	defer stall.Stop()

	owner := r.owner(s.Reader)
	select {
	case owner <- struct{}{}:
	case <-ctx.Done():
		return gaveUp(ctx, false)
	}
	var begun atomic.Bool
	done := make(chan error, 1)
	go func() {
		defer func() { <-owner }()
		done <- r.contained(s, func(l Link) error {
			begun.Store(true)
			if !r.still(s) {
				return fmt.Errorf("before the first command: %w", pcsc.ErrRemoved)
			}
			return work(&link{Link: l, ctx: ctx, stall: stall})
		})
	}()
	select {
	case err := <-done:
		return translate(err)
	case <-ctx.Done():
		return gaveUp(ctx, begun.Load())
	}
}

// contained turns a panic into an error: a strange card must not end the agent.
func (r *Readers) contained(s Slot, work func(Link) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return r.transact(s.Reader, work)
}

// gaveUp says why a caller did not wait on.
func gaveUp(ctx context.Context, begun bool) error {
	cause := context.Cause(ctx)
	if !errors.Is(cause, errStalled) {
		return cause
	}
	if begun {
		return translate(errStalled)
	}
	return translate(pcsc.ErrBusy)
}

// still says that the card of a slot is the one that is in its reader now.
func (r *Readers) still(s Slot) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return present(r.slots, s.Insertion)
}

func (r *Readers) owner(reader string) chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.owners[reader]
	if !ok {
		c = make(chan struct{}, 1)
		r.owners[reader] = c
	}
	return c
}
