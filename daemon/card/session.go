// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"context"
	"crypto"
	"crypto/x509"
	"time"

	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
)

// How long a Session lasts. A page of a portal makes two or three TLS connections, each with a signature of its own.
const (
	SessionIdle = 30 * time.Second // after the last signature
	SessionMost = 2 * time.Minute  // in all
)

// Session is a card whose PIN was verified, for several signatures. The transaction with it stays open, so that no other
// program can sign, and ends with a reset of the card: after SessionIdle or SessionMost, when the card goes, by Close, and
// when the agent itself wants the card. The PIN is not kept.
//
// Windows resets a card after 5 s without a command in a transaction: there a Session would end by the error of its next
// signature. It was tried on Linux only.
type Session struct {
	living   context.Context // ends when nothing more is to be asked of it
	end      context.CancelFunc
	requests chan signing
	done     chan struct{} // closed when the last of its commands has been answered
}

// signing is one signature that was asked of a Session.
type signing struct {
	digest []byte
	opts   crypto.SignerOpts
	answer chan signed
}

type signed struct {
	signature []byte
	err       error
}

// errEnded is told to who asks a Session that has ended.
var errEnded = protocol.Fail(protocol.CardBusy, "the session with the card has ended")

// Unlock verifies the PIN (a nil one is typed on the reader), which spends one try if it is wrong, and keeps the card. Errors: as Sign.
func (r *Readers) Unlock(ctx context.Context, s Slot, c *x509.Certificate, p *pin.PIN) (*Session, error) {
	living, end := context.WithCancelCause(context.WithoutCancel(ctx))
	session := &Session{living: living, end: func() { end(context.Canceled) }, requests: make(chan signing), done: make(chan struct{})}
	opened, failed := make(chan struct{}), make(chan error, 1)
	follow := context.AfterFunc(ctx, func() { end(context.Cause(ctx)) }) // until the PIN is verified
	go func() {
		defer end(nil)
		failed <- r.own(living, s, func(l *link) error {
			l.ResetAtEnd()
			card := r.driver(s, l)
			if err := r.verify(s, l, card, p); err != nil {
				return err
			}
			defer close(session.done)
			close(opened)
			r.serve(s, session, l, card, c.PublicKey)
			return nil
		})
	}()
	select {
	case <-opened:
		if !follow() { // the caller went away in the same moment
			return nil, context.Cause(ctx)
		}
		return session, nil
	case err := <-failed:
		follow()
		if err == nil { // opened, and ended at once
			err = errEnded
		}
		return nil, err
	}
}

// serve signs until the session ends.
func (r *Readers) serve(s Slot, session *Session, l *link, card driver, pub crypto.PublicKey) {
	idle, most := time.NewTimer(SessionIdle), time.NewTimer(SessionMost)
	defer idle.Stop()
	defer most.Stop()
	o := r.owner(s.Reader)
	for {
		changed := r.Changed()
		if !r.still(s) {
			return
		}
		l.stall.Stop() // a person may take longer between two pages than a card between two answers
		select {
		case <-l.ctx.Done():
			return
		case <-idle.C:
			return
		case <-most.C:
			return
		case <-o.leave:
			return
		case <-o.stay:
		case <-changed:
		case q := <-session.requests:
			l.stall.Reset(patience)
			signature, err := card.Sign(pub, q.digest, q.opts)
			q.answer <- signed{signature, translate(err)}
			if err != nil {
				return // whatever it was, the card's state is not known any more
			}
			idle.Reset(SessionIdle)
		}
	}
}

// Sign signs a digest: RSASSA-PSS with a salt as long as the digest when opts are *rsa.PSSOptions, else RSASSA-PKCS1-v1_5.
func (s *Session) Sign(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	q := signing{digest, opts, make(chan signed, 1)}
	select {
	case s.requests <- q:
	case <-s.living.Done():
		return nil, errEnded
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	select {
	case a := <-q.answer:
		return a.signature, a.err
	case <-s.living.Done():
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	select {
	case a := <-q.answer: // both at once
		return a.signature, a.err
	default:
		return nil, errEnded
	}
}

// Close ends the session; the card is reset at once, or after the signature that it is making.
func (s *Session) Close() { s.end() }

// Live says that the session has not ended.
func (s *Session) Live() bool { return s.living.Err() == nil }

// Done is closed when the session has let go of the card.
func (s *Session) Done() <-chan struct{} { return s.done }

// Certificate is the certificate of a card that could log in, read once for each insertion. While a Session holds the card
// nothing is asked of it.
func (r *Readers) Certificate(ctx context.Context, s Slot) (*x509.Certificate, error) {
	c := r.cached(s)
	if c == nil {
		view, err := r.Look(ctx, s)
		if err != nil {
			return nil, err
		}
		if c = r.cached(s); c == nil {
			return view.Certificate, nil
		}
	}
	if problem := r.certificateProblem(c); problem != "" {
		return nil, protocol.Fail(problem, "")
	}
	return c.certificate, nil
}
