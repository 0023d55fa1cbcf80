// SPDX-License-Identifier: EUPL-1.2

// Package bridge is what a portal may ask of a card, and on which terms: it is the only place where sites, the citizen and
// the card meet. It speaks the protocol's methods, but not its framing (package doors); it asks the citizen through
// Dialogs and reaches cards through Cards, whatever is behind them.
package bridge

import (
	"context"
	"log/slog"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/protocol"
)

// Cards is the bridge's view of the readers.
type Cards interface {
	// Slots lists the readers without touching a card.
	Slots(ctx context.Context) ([]card.Slot, error)
	// Changed gives a channel that is closed when a reader or a card comes or goes.
	Changed() <-chan struct{}
	// Look tells what a card says without a PIN.
	Look(ctx context.Context, s card.Slot) (card.View, error)
	// Identity reads what a card tells about its holder.
	Identity(ctx context.Context, s card.Slot) (map[protocol.IdentityField]string, error)
	// Sign verifies the PIN and signs; a wrong PIN gives *card.WrongPINError.
	Sign(ctx context.Context, s card.Slot, req card.SignRequest) ([]byte, error)
	PINs
	Sessions
}

// Sites remembers what the citizen and the administrator have said of sites.
type Sites interface {
	Standing(o protocol.Origin) Standing
	// Allow remembers that the citizen lets a site talk to the card, which includes the scope status. One that was blocked
	// meanwhile stays so.
	Allow(o protocol.Origin) error
	// Block remembers that the citizen does not.
	Block(o protocol.Origin) error
}

// Standing is what is remembered of a site.
type Standing int

// The standings. An allowed site has the scope status.
const (
	Stranger Standing = iota
	Allowed
	Blocked
)

// Settings are those that the bridge obeys, read at each request.
type Settings interface {
	DeveloperMode() bool      // plain http on localhost may ask
	AskForUnknownSites() bool // on the WebSocket; otherwise they are refused
	SignaturesOn() bool       // documents may be signed at all
	SignPolicies() []string   // with which certificate policies, as dotted numbers
	UpdateNoticeOn() bool     // the citizen may be told of a newer version
	TimeAuthority() string    // address of a time stamp authority; empty: there is none
}

// Journal takes down what sites did. It must not keep anything personal.
type Journal interface {
	// Record takes an operation down. The zero Origin is the citizen, an empty outcome success.
	Record(o protocol.Origin, operation string, outcome protocol.Code, took time.Duration)
}

// Options are the rooms around a Bridge, and what it must know.
type Options struct {
	Version  string // of the agent, without "ponte/"
	Cards    Cards
	Dialogs  Dialogs
	Sites    Sites
	Settings Settings
	Permits  func(o protocol.Origin, scope string) bool // the administrator's word (scopes.go); nil: everything
	Journal  Journal
	Hint     func(lang string, c protocol.Code) string // lang is empty for the citizen's own
	Language func() string                             // of the citizen now: it, en or de
	Log      *slog.Logger
	Now      func() time.Time // nil: time.Now
	Changed  func()           // called when Busy may have changed; nil: nobody is told

	// Documents holds documents that are to be signed; nil: none can be.
	Documents Documents
	// View shows the documents that are being asked about, in the control page, which asks for them by their key; nil:
	// nothing can show them.
	View func(ctx context.Context, key string) error
}

// Bridge serves every channel of both doors.
type Bridge struct {
	Options
	attention   chan struct{} // full while a dialog, or the card's work that follows it, is going on
	cooldown    cooldown
	glimpses    glimpses
	refusals    refusals // of PINs
	pukRefusals refusals
	preferred   preferred
	strangers   strangers
	rechecks    rechecks
	tls         *TLS
	places      [2]chan struct{} // of sign.document: of all sites, and of the citizen's own programs
	unanswered  unanswered
	views       views
	patience    patience
}

// New makes a Bridge. Only Options.Now, Changed and Permits may be left out.
func New(o Options) *Bridge {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	b := &Bridge{Options: o, attention: make(chan struct{}, 1), patience: usualPatience}
	for i := range b.places {
		b.places[i] = make(chan struct{}, maxSignings)
	}
	b.tls = newTLS(b)
	return b
}

// takeAttention gives the citizen's attention to one request at a time (design rule 4). ok is false when another has it.
func (b *Bridge) takeAttention() (release func(), ok bool) {
	select {
	case b.attention <- struct{}{}:
		b.Changed()
		return func() { <-b.attention; b.Changed() }, true
	default:
		return nil, false
	}
}

// Busy says that a dialog is open, or that the card is at work after one.
func (b *Bridge) Busy() bool { return len(b.attention) > 0 }

// admissible says why an origin may not ask at all, whatever the door.
func (b *Bridge) admissible(o protocol.Origin) error {
	switch {
	case !o.Secure() && !(o.Local() && b.Settings.DeveloperMode()):
		return protocol.Fail(protocol.OriginInsecure, "")
	case b.Sites.Standing(o) == Blocked:
		return protocol.Fail(protocol.OriginDenied, "")
	}
	return nil
}

// Known says whether a site was allowed before, so that the extension may answer it without a click.
func (b *Bridge) Known(o protocol.Origin) bool {
	return b.admissible(o) == nil && b.Sites.Standing(o) == Allowed
}

// Admit decides whether a page may open the WebSocket. A site that is not known waits for the citizen, while a card is in
// a reader and at most twice an hour for all of them together (PROTOCOL.md, section 3). The page learns nothing from a
// refusal.
func (b *Bridge) Admit(ctx context.Context, o protocol.Origin) bool {
	if b.admissible(o) != nil {
		return false
	}
	if b.Sites.Standing(o) == Allowed {
		return true
	}
	if !b.Settings.AskForUnknownSites() || !b.cardPresent(ctx) {
		return false
	}
	release, ok := b.takeAttention()
	if !ok {
		return false
	}
	defer release()
	if !b.strangers.spend(b.Now()) {
		return false
	}
	started := b.Now()
	ctx, cancel := context.WithTimeout(ctx, admitTimeout)
	defer cancel()
	ctx, site, stop := b.whileWelcome(ctx, o)
	defer stop()
	answer, err := b.Dialogs.Confirm(ctx, Question{Kind: AskAdmitSite, Origin: o})
	gone := site.check()
	b.Journal.Record(o, opAdmit, admission(answer, err, gone), b.Now().Sub(started))
	if err != nil || gone != nil {
		return false
	}
	remember := b.Sites.Block
	if answer == Yes {
		remember = b.Sites.Allow
	}
	if err := remember(o); err != nil {
		b.Log.Error("remembering a site", "err", err)
	}
	return answer == Yes
}

// opAdmit is the operation of a site that waits for the citizen at the WebSocket, as the activity log names it.
const opAdmit = "site.admit"

// admission is how such a wait ended.
func admission(answer Answer, err, gone error) protocol.Code {
	switch {
	case gone != nil:
		return codeOf(gone)
	case err != nil:
		return codeOf(asked(err))
	case answer == No:
		return protocol.ConsentDenied
	}
	return ""
}

// admitTimeout is how long the upgrade of a WebSocket waits for the citizen.
const admitTimeout = time.Minute

func (b *Bridge) cardPresent(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	slots, err := b.Cards.Slots(ctx)
	return err == nil && card.State(slots) == protocol.StateReady
}
