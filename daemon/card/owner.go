// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
)

// SignRequest is what Sign needs.
type SignRequest struct {
	PIN         *pin.PIN // nil: it is typed on the reader
	Certificate *x509.Certificate
	Hash        crypto.Hash
	Digest      []byte
	PSS         bool // instead of PKCS #1 v1.5, with an RSA key
}

func (q SignRequest) options() crypto.SignerOpts {
	if q.PSS {
		return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: q.Hash}
	}
	return q.Hash
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
//
// A Session that holds the card gives way. The agent's own use comes first: see Look for the exception.
func (r *Readers) own(ctx context.Context, s Slot, work func(*link) error) error {
	return r.ownUnless(ctx, s, nil, work)
}

// errInUse is what ownUnless returns in the place of the work's error when a Session stays. It wraps, because a bare
// protocol.Error is equal to each of its code: that of another program that holds the card would pass for it.
var errInUse = fmt.Errorf("a session of our own: %w", protocol.Fail(protocol.CardBusy, "a session holds the card"))

// ownUnless does no work when a Session that holds the card receives from stay, and ends with errInUse. With nil the
// Session ends.
func (r *Readers) ownUnless(ctx context.Context, s Slot, stay chan struct{}, work func(*link) error) error {
	transact := func(work func(Link) error) error { return r.transact(s.Reader, work) }
	if c := r.cached(s); c != nil && c.found != nil {
		transact = func(work func(Link) error) error { return withModule(c.found, work) }
	}
	return r.ownBy(ctx, s, stay, transact, work)
}

// ownBy is ownUnless with another transaction than that of PC/SC.
func (r *Readers) ownBy(ctx context.Context, s Slot, stay chan struct{}, transact func(func(Link) error) error, work func(*link) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall := time.AfterFunc(patience, func() { cancel(errStalled) })
	defer stall.Stop()

	o := r.owner(s.Reader)
	leave := o.leave
	if stay != nil {
		leave = nil
	}
	for taken := false; !taken; {
		select {
		case o.busy <- struct{}{}:
			taken = true
		case leave <- struct{}{}: // and the card is free in a moment
		case stay <- struct{}{}:
			return errInUse
		case <-ctx.Done():
			return gaveUp(ctx, false)
		}
	}
	var begun atomic.Bool
	done := make(chan error, 1)
	go func() {
		defer func() { <-o.busy }()
		done <- contained(transact, func(l Link) error {
			begun.Store(true)
			if !r.still(s) {
				return fmt.Errorf("before the first command: %w", pcsc.ErrRemoved)
			}
			if _, module := l.(*moduleLink); module {
				defer stall.Stop() // for the logout, which takes the time that package pkcs11 gives it
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
func contained(transact func(func(Link) error) error, work func(Link) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return transact(work)
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
	return r.here(s.Insertion)
}

// owner says who works with the card in a reader.
type owner struct {
	busy  chan struct{} // full while somebody does
	leave chan struct{} // a Session that receives ends
	stay  chan struct{} // a Session that receives only tells that it is there
}

func (r *Readers) owner(reader string) *owner {
	r.mu.Lock()
	defer r.mu.Unlock()
	o, ok := r.owners[reader]
	if !ok {
		o = &owner{busy: make(chan struct{}, 1), leave: make(chan struct{}), stay: make(chan struct{})}
		r.owners[reader] = o
	}
	return o
}
