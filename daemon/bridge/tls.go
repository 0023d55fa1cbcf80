// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// Portals that know nothing of Ponte ask the browser for a TLS client certificate. The browser asks a PKCS#11 module, and
// that asks here. Which site it is for is not known, so the dialog names the program; and one PIN serves the two or three
// handshakes of a page, for that process alone.

// Sessions keeps a card unlocked.
type Sessions interface {
	// Certificate is that of a card that could log in; read once, then remembered.
	Certificate(ctx context.Context, s card.Slot) (*x509.Certificate, error)
	// Unlock verifies the PIN and keeps the card for several signatures; a wrong PIN gives *card.WrongPINError.
	Unlock(ctx context.Context, s card.Slot, c *x509.Certificate, p *pin.PIN) (*card.Session, error)
}

const (
	opTLS       = "tls.unlock" // in the activity log
	browserWait = 30 * time.Second
	unlockTime  = 2 * time.Minute  // for all dialogs together; the module waits for 150 s (agent.h)
	lateNotice  = 30 * time.Second // as long as a reload finds the card unlocked
	readTime    = 10 * time.Second // for a certificate
	othersTime  = time.Second      // for those of other cards; the module waits for 2 s (agent.h)
	afterCancel = 2 * time.Second
)

// TLS is the card as programs see it that know PKCS#11 only.
type TLS struct {
	b     *Bridge
	epoch uint64 // in each number of an insertion: another one for each start of the agent

	mu        sync.Mutex
	session   *card.Session // nil: the card is locked
	program   ipc.Program   // whom it serves, and nobody else
	insertion uint64
	asking    *asking

	cancelled   ipc.Program // who was last refused by the citizen
	cancelledAt time.Time
}

// asking is a request for the PIN that is going on. Others of the same program wait for its end: a browser opens several
// connections for one page.
type asking struct {
	program   ipc.Program
	insertion uint64
	done      chan struct{}
	err       error
}

func newTLS(b *Bridge) *TLS {
	var start [4]byte
	_, _ = rand.Read(start[:]) // never fails
	return &TLS{b: b, epoch: uint64(binary.BigEndian.Uint32(start[:])) << 32}
}

// TLS is for the door of the PKCS#11 module.
func (b *Bridge) TLS() *TLS { return b.tls }

// Tokens gives the certificates of the cards that could log in, by the numbers of their insertions. It shows no dialog.
func (t *TLS) Tokens(ctx context.Context) map[uint64]*x509.Certificate {
	slots, err := t.b.Cards.Slots(ctx)
	if err != nil {
		return nil
	}
	slots = slices.DeleteFunc(slices.Clone(slots), func(s card.Slot) bool { return s.State != protocol.StateReady })
	type found struct {
		number      uint64
		certificate *x509.Certificate // nil: it cannot log in
	}
	all := make(chan found, len(slots))
	// The module may not wait as long as a slow card takes: it finds the certificate the next time.
	ctx = context.WithoutCancel(ctx)
	for _, s := range slots {
		go func() {
			ctx, cancel := context.WithTimeout(ctx, readTime)
			defer cancel()
			c, err := t.b.Cards.Certificate(ctx, s)
			if err != nil {
				c = nil
			}
			all <- found{t.number(s), c}
		}()
	}
	tokens, late := map[uint64]*x509.Certificate{}, time.After(othersTime)
	for range slots {
		var patience <-chan time.Time
		if len(tokens) > 0 {
			patience = late
		}
		select {
		case f := <-all:
			if f.certificate != nil {
				tokens[f.number] = f.certificate
			}
		case <-patience: // a card that hangs hides no other one
			return tokens
		}
	}
	return tokens
}

// number is never 0, and never the same for two insertions.
func (t *TLS) number(s card.Slot) uint64 { return t.epoch | s.Insertion&0xFFFF_FFFF }

// find gives the card of an insertion.
func (t *TLS) find(ctx context.Context, insertion uint64) (candidate, error) {
	slots, err := t.b.Cards.Slots(ctx)
	if err != nil {
		return candidate{}, err
	}
	for _, s := range slots {
		if s.State == protocol.StateReady && t.number(s) == insertion {
			c, err := t.b.Cards.Certificate(ctx, s)
			return candidate{slot: s, view: card.View{Certificate: c}}, err
		}
	}
	return candidate{}, protocol.Fail(protocol.CardRemoved, "")
}

// Unlocked says that a program can sign without a dialog.
func (t *TLS) Unlocked(p ipc.Program, insertion uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.unlocked(p, insertion)
}

func (t *TLS) unlocked(p ipc.Program, insertion uint64) bool {
	return t.session != nil && t.session.Live() && t.program == p && t.insertion == insertion
}

// Lock ends what Unlock began for a program.
func (t *TLS) Lock(p ipc.Program) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.session != nil && t.program == p {
		t.session.Close()
		t.session = nil
	}
}

// drop locks the card, whomever it serves, before somebody else is served. It waits until the card is free.
func (t *TLS) drop(ctx context.Context) {
	t.mu.Lock()
	session := t.session
	t.session = nil
	t.mu.Unlock()
	if session == nil {
		return
	}
	session.Close()
	select {
	case <-session.Done():
	case <-ctx.Done():
	case <-time.After(answerTime): // a card that hangs: whoever wants it is told by package card
	}
}

// ScreenLocked locks the card for every program: who opens the screen again may be somebody else.
func (t *TLS) ScreenLocked(ctx context.Context) { t.drop(ctx) }

// Sign signs a digest for a program that has unlocked the card. opts are as for card.Session.
func (t *TLS) Sign(ctx context.Context, p ipc.Program, insertion uint64, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	t.mu.Lock()
	session := t.session
	if !t.unlocked(p, insertion) {
		session = nil
	}
	t.mu.Unlock()
	if session == nil {
		return nil, ErrLocked
	}
	return session.Sign(ctx, digest, opts)
}

// ErrLocked is told to a program that has not unlocked the card, or no longer.
var ErrLocked = protocol.Fail(protocol.CardBusy, "the PIN was not verified for this program")

// Unlock asks for the PIN in a dialog that names the program, unless that can sign already.
func (t *TLS) Unlock(ctx context.Context, p ipc.Program, insertion uint64) error {
	t.mu.Lock()
	switch a := t.asking; {
	case t.unlocked(p, insertion):
		t.mu.Unlock()
		return nil
	case a != nil && a.program == p && a.insertion == insertion:
		t.mu.Unlock()
		select {
		case <-a.done:
			return a.err
		case <-ctx.Done():
			return ctx.Err()
		}
	case t.cancelled == p && t.b.Now().Sub(t.cancelledAt) < afterCancel:
		t.mu.Unlock() // a page makes several connections at once: who cancels, cancels all of them
		return protocol.Fail(protocol.UserCancelled, "")
	case a != nil:
		t.mu.Unlock()
		return protocol.Fail(protocol.BridgeBusy, "")
	}
	a := &asking{program: p, insertion: insertion, done: make(chan struct{}), err: protocol.Fail(protocol.Internal, "")}
	t.asking = a
	t.mu.Unlock()
	defer func() { // also when something panics
		t.mu.Lock()
		defer t.mu.Unlock()
		if c := codeOf(a.err); a.err != nil && (c == protocol.UserCancelled || c == protocol.UserTimeout) {
			t.cancelled, t.cancelledAt = p, t.b.Now()
		}
		t.asking = nil
		close(a.done)
	}()
	a.err = t.ask(ctx, p, insertion)
	return a.err
}

// ask lets one request of a program end in a card that is unlocked for it. What happens before the citizen is asked is
// neither taken down nor told.
func (t *TLS) ask(ctx context.Context, p ipc.Program, insertion uint64) error {
	b := t.b
	if p.Path == "" {
		return protocol.Fail(protocol.OriginDenied, "a program without a name")
	}
	if b.cooldown.resting(p.Path, b.Now()) {
		return protocol.Fail(protocol.RateLimited, "")
	}
	c, err := t.find(ctx, insertion)
	if err != nil {
		return err
	}
	t.drop(ctx)
	release, ok := b.takeAttention()
	if !ok {
		return protocol.Fail(protocol.BridgeBusy, "")
	}
	telling := false
	defer func() {
		if !telling {
			release()
		}
	}()
	start := b.Now()
	session, err := t.unlock(ctx, &request{b: b, purpose: ForProgram, program: p.Path}, &c)
	if errors.Is(err, ErrNoDialog) {
		b.Log.Error("no dialog", "err", err) // here only: it names programs of this computer
	}
	n := Notice{Purpose: ForProgram, Program: p.Path, Holder: c.view.Holder}
	if err = asked(err); err != nil {
		n.Code, n.Situation = codeOf(err), situationOf(err)
		b.cooldown.failed(p.Path, b.Now()) // whatever it was: a notice is a dialog too
	} else {
		b.cooldown.succeeded(p.Path)
		t.mu.Lock()
		t.session, t.program, t.insertion = session, p, insertion
		t.mu.Unlock()
	}
	took := b.Now().Sub(start)
	b.Journal.Record(protocol.Origin{}, opTLS, n.Code, took)
	if telling = worthTelling(n.Code, took); telling {
		go func() { // the program has its answer meanwhile
			defer release()
			t.tell(n)
		}()
	}
	return err
}

// worthTelling: a page that loads needs no words, and who has cancelled knows.
func worthTelling(code protocol.Code, took time.Duration) bool {
	switch code {
	case "":
		return took > browserWait
	case protocol.UserCancelled, protocol.UserTimeout, protocol.PromptUnavailable:
		return false
	}
	return true
}

func (t *TLS) tell(n Notice) {
	ctx, cancel := context.WithTimeout(context.Background(), lateNotice)
	defer cancel()
	_ = t.b.Dialogs.Tell(ctx, n)
}

// unlock asks for the PIN until it is right. What no PIN can mend is said before.
func (t *TLS) unlock(ctx context.Context, r *request, c *candidate) (session *card.Session, err error) {
	ctx, cancel := context.WithTimeout(ctx, unlockTime)
	defer cancel()
	if c.view, err = t.b.Cards.Look(ctx, c.slot); err != nil {
		return nil, err
	}
	if p := c.view.Problem; p != "" {
		return nil, ofCard(protocol.Fail(p, ""), c.view)
	}
	reader := ""
	if len(t.b.usable(ctx)) > 1 {
		reader = c.slot.Reader
	}
	err = r.withPIN(ctx, *c, reader, func(ctx context.Context, typed *pin.PIN) error {
		session, err = t.b.Cards.Unlock(ctx, c.slot, c.view.Certificate, typed)
		return err
	})
	return session, err
}
