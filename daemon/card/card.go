// SPDX-License-Identifier: EUPL-1.2

// Package card answers which card is in which reader, and lets one piece of work at a time reach it. What is behind a
// slot (a CNS driven by its own APDUs, or a maker's module) stays in here. It asks the citizen nothing: package bridge does.
package card

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/daemon/pkcs11"
	"github.com/ponte-cns/ponte/protocol"
)

// Link is a card for the length of one transaction.
type Link interface {
	Transmit(command []byte) ([]byte, error)
	ResetAtEnd()
}

// Transact runs work in one transaction with the card in a reader, as pcsc.Transact does. It may block.
type Transact func(reader string, work func(Link) error) error

// Unknown stands for a number of tries that the card does not tell.
const Unknown = cns.Unknown

// WrongPINError is the answer to a PIN that the card refused.
type WrongPINError = cns.WrongPINError

// Slot is a reader and what is in it at one moment.
type Slot struct {
	Reader    string
	State     protocol.CardState // no-card, mute, unknown or ready
	Insertion uint64             // another number for each card put in
	Family    string             // of a card that is no CNS and is known by its answer to reset: CIE, or empty
}

// View is what a card tells without a PIN.
type View struct {
	Certificate *x509.Certificate // nil when there is none
	Holder      string            // given name and surname, from the certificate
	TriesLeft   int               // of the PIN, or Unknown
	Problem     protocol.Code     // what no PIN can mend; empty when a login can go on
	Detail      string            // more about Problem, for developers and the log: the family of a card that is not driven
	Pad         Pad               // what can be typed on the keys of the reader
	Family      string            // the name of a family that is known and not driven, with CARD_UNSUPPORTED
	PINFailed   bool              // a card that does not count tells that a wrong PIN was typed since the last right one
	Algorithm   string            // of a token that the card can sign (PROTOCOL.md, section 5)
	PINProblem  protocol.Code     // that of the PIN alone: PIN_BLOCKED, PUK_BLOCKED (both), CARD_NOT_ACTIVATED or empty
}

// Readers holds every reader of the machine. The zero value is not usable: see New.
type Readers struct {
	transact Transact
	wake     func()
	now      func() time.Time

	mu       sync.Mutex
	slots    []Slot
	err      error
	told     bool // Update was called
	changed  chan struct{}
	contents map[uint64]*contents // by insertion; forgotten when the card goes
	owners   map[string]*owner    // by reader

	padAllowed  func() bool // see UsePads
	padLanguage func() string

	candidates map[uint64]*candidate // by insertion: cards whose answer to reset says nothing

	modules    Modules           // nil: none are used
	atrs       map[uint64][]byte // by insertion
	loose      []looseSlot
	looking    chan struct{} // closed when the look for loose tokens that goes on has ended; nil: none does
	looked     time.Time
	insertions uint64 // of loose tokens
}

// contents is what stays the same as long as a card is in its reader. It lives in memory only.
type contents struct {
	certificate *x509.Certificate
	problem     protocol.Code
	detail      string // of problem
	family      string // see View
	kind        cns.Kind
	puk         int // see pinProblem

	undriven bool          // it is known that APDUs of ours do not drive it
	found    *pkcs11.Found // what drives it then; nil: its own APDUs, or nothing

	readerAsked bool     // see askReader
	pad         pcsc.Pad // its keys
	padFailed   bool
	shortOnly   bool // it carries short APDUs only
}

// New makes Readers that reach cards through transact. Until the first Update there is nothing to tell. wake is called
// when somebody asks while the smart card service is away; see pcsc.Watcher.
func New(transact Transact, wake func()) *Readers {
	return &Readers{
		transact: transact, wake: wake, now: time.Now, changed: make(chan struct{}),
		contents: map[uint64]*contents{}, owners: map[string]*owner{},
		candidates: map[uint64]*candidate{}, atrs: map[uint64][]byte{},
	}
}

// Update takes what a pcsc.Watcher reports. The same once more is no change: a service that is still away would else wake
// those who follow Changed, they would ask, which wakes the Watcher, and so on without end.
func (r *Readers) Update(readers []pcsc.Reader, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	slots := make([]Slot, 0, len(readers))
	clear(r.atrs)
	for _, p := range readers {
		if len(p.ATR) > 0 {
			r.atrs[p.Insertion] = p.ATR
		}
		slots = append(slots, Slot{Reader: p.Name, State: r.state(p), Insertion: p.Insertion, Family: familyOf(p.ATR)})
	}
	same := r.told && slices.Equal(slots, r.slots) && (err == nil) == (r.err == nil) && pcsc.ReasonOf(err) == pcsc.ReasonOf(r.err)
	r.slots, r.err, r.told = slots, err, true
	if same {
		return
	}
	for number := range r.contents {
		if !r.here(number) {
			delete(r.contents, number)
		}
	}
	for number := range r.candidates {
		if !present(slots, number) {
			delete(r.candidates, number)
		}
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

func present(slots []Slot, insertion uint64) bool {
	for _, s := range slots {
		if s.Insertion == insertion && s.State != protocol.StateNoCard {
			return true
		}
	}
	return false
}

// state is what can be said of a card without a command. r.mu is held.
func (r *Readers) state(p pcsc.Reader) protocol.CardState {
	switch p.Presence {
	case pcsc.Empty:
		return protocol.StateNoCard
	case pcsc.Mute:
		return protocol.StateMute
	}
	switch cns.Recognise(p.ATR) {
	case cns.CNS:
		return protocol.StateReady
	case cns.Candidate:
		return r.candidate(p.Insertion).state()
	}
	if r.knowsModule(p.ATR) {
		c := r.candidate(p.Insertion)
		c.byModule = true
		return c.state()
	}
	return protocol.StateUnknown
}

// Changed gives a channel that is closed at the next Update.
func (r *Readers) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// Slots lists the readers, with PCSC_UNAVAILABLE when the service is away. Right after the start it waits for the first
// report, as long as ctx allows. No card is touched but one whose answer to reset says nothing: see settle.
func (r *Readers) Slots(ctx context.Context) ([]Slot, error) {
	for {
		r.mu.Lock()
		slots, err, told, changed := r.slots, r.err, r.told, r.changed
		r.mu.Unlock()
		if told {
			if err != nil {
				r.wake()
				if loose := r.withLoose(ctx, nil); len(loose) > 0 {
					return loose, nil // they need no service
				}
				return nil, unavailable(err)
			}
			return r.withLoose(ctx, r.settle(ctx, slots)), nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, protocol.Fail(protocol.PCSCUnavailable, "no answer yet")
		}
	}
}

// Look reads the certificate (once for each insertion) and asks for the tries left (each time: another program may have
// spent one). While a Session holds the card, which is after the PIN was right, the tries are Unknown: who only looks does
// not end it.
func (r *Readers) Look(ctx context.Context, s Slot) (View, error) {
	c := r.cached(s)
	if c == nil && r.chosen(s) {
		var err error
		if c, err = r.adopt(ctx, s); err != nil {
			return View{}, noModule(err)
		}
	}
	view := View{TriesLeft: Unknown}
	err := r.ownUnless(ctx, s, r.owner(s.Reader).stay, func(l *link) error {
		card := r.driver(s, l)
		if c == nil {
			c = r.cached(s) // somebody else has looked while this one waited
		}
		if c == nil {
			var err error
			if c, err = read(card); err != nil {
				return err
			}
			r.remember(s, c)
		}
		if c.certificate == nil {
			return nil
		}
		var err error
		view.TriesLeft, view.PINProblem, err = pinProblem(card, c)
		c.kind = kindOf(card)
		c.askReader(card, l.Link)
		view.Pad = r.pads(c)
		if m, ok := card.(*byModule); ok {
			view.PINFailed = m.state.CountLow
		}
		return err
	})
	if err == nil && r.wantsModule(c) {
		switch _, failed := r.adopt(ctx, s); {
		case failed == nil:
			return r.Look(ctx, s)
		case !errors.Is(failed, pkcs11.ErrNone):
			return View{}, failed
		}
	}
	if err != nil && (!errors.Is(err, errInUse) || c == nil) { // in this order: work that was left behind may set c
		return View{}, err
	}
	view.Certificate = c.certificate
	if c.certificate != nil {
		view.Holder = Holder(c.certificate)
	}
	view.Algorithm = algorithmOf(c)
	view.Detail, view.Family = c.detail, c.family
	if view.Problem = r.certificateProblem(c); view.Problem == "" {
		view.Problem = view.PINProblem
	}
	return view, nil
}

// Sign verifies the PIN (a nil one is typed on the reader), which spends one try if it is wrong, and signs a digest with the
// authentication key. A signature with an elliptic key is r and s, one after the other. The transaction ends with a reset of the card. Errors: *WrongPINError, pin.ErrFormat,
// or a *protocol.Error.
func (r *Readers) Sign(ctx context.Context, s Slot, req SignRequest) ([]byte, error) {
	var signature []byte
	err := r.own(ctx, s, func(l *link) error {
		l.ResetAtEnd()
		card := r.driver(s, l)
		if err := r.verify(s, l, card, req.PIN); err != nil {
			return err
		}
		var err error
		signature, err = card.Sign(req.Certificate.PublicKey, req.Digest, req.options())
		r.learn(s, kindOf(card))
		return err
	})
	if err != nil {
		return nil, err
	}
	return signature, nil
}

func (r *Readers) cached(s Slot) *contents {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.contents[s.Insertion]
}

func (r *Readers) remember(s Slot, c *contents) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.here(s.Insertion) {
		r.contents[s.Insertion] = c
	}
}

// read fetches the certificate and judges what does not change with time.
func read(card driver) (*contents, error) {
	der, err := card.Certificate()
	var undriven *cns.UndrivenError
	switch {
	case errors.As(err, &undriven):
		return &contents{problem: protocol.CardUnsupported, detail: undriven.Error(), family: undriven.Family, undriven: true}, nil
	case errors.Is(err, cns.ErrNoCertificate):
		return &contents{problem: protocol.CertificateMissing}, nil
	case err != nil:
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return &contents{problem: protocol.CardUnsupported}, nil
	}
	c := &contents{certificate: certificate, kind: kindOf(card)}
	if !supported(card, certificate.PublicKey) || certificate.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		c.problem = protocol.CardUnsupported
	}
	return c, nil
}

func (r *Readers) certificateProblem(c *contents) protocol.Code {
	now := r.now()
	switch {
	case c.problem != "":
		return c.problem
	case now.After(c.certificate.NotAfter):
		return protocol.CertificateExpired
	case now.Before(c.certificate.NotBefore):
		return protocol.CertificateNotYetValid
	case c.shortOnly && needsExtended(c.certificate.PublicKey):
		return protocol.ReaderLimited
	}
	return ""
}

// translate gives an error of pcsc or cns the code that the citizen is told.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pcsc.ErrUnavailable):
		return unavailable(err)
	}
	for _, t := range []struct {
		is   error
		code protocol.Code
	}{
		{pkcs11.ErrModule, protocol.ModuleFailed},
		{errStalled, protocol.CardMute},
		{pcsc.ErrBusy, protocol.CardBusy},
		{pcsc.ErrRemoved, protocol.CardRemoved},
		{pcsc.ErrMute, protocol.CardMute},
		{cns.ErrBlocked, protocol.PINBlocked},
		{cns.ErrPUKBlocked, protocol.PUKBlocked},
		{cns.ErrNotActivated, protocol.CardNotActivated},
		{cns.ErrExtendedLength, protocol.ReaderLimited},
		{cns.ErrKeyMismatch, protocol.KeyMismatch},
		{cns.ErrNoPINCare, protocol.CardUnsupported},
		{cns.ErrPersonalData, protocol.CardUnsupported},
		{cns.ErrPadCancelled, protocol.UserCancelled},
		{cns.ErrPadTimeout, protocol.UserTimeout},
	} {
		if errors.Is(err, t.is) {
			return protocol.Fail(t.code, err.Error())
		}
	}
	return fmt.Errorf("card: %w", err)
}

// State sums up slots as PROTOCOL.md section 4 does: the best of them, or no-reader.
func State(slots []Slot) protocol.CardState {
	rank := map[protocol.CardState]int{
		protocol.StateNoReader: 0, protocol.StateNoCard: 1, protocol.StateMute: 2, protocol.StateUnknown: 3, protocol.StateReady: 4,
	}
	best := protocol.StateNoReader
	for _, s := range slots {
		if rank[s.State] > rank[best] {
			best = s.State
		}
	}
	return best
}
