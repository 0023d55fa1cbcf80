// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/protocol"
)

// request is one thing that is asked of the citizen: the part that is the same whatever it is, and whoever asks.
type request struct {
	b        *Bridge
	purpose  Purpose
	origin   protocol.Origin // with ForSite
	program  string          // with ForProgram: its path
	lang     string
	wrongPIN bool // the card has refused a PIN during this request
	seen     bool // the citizen was asked something

	listed []card.Slot                                // the cards among which one is chosen, and those that cannot be
	relist func(context.Context) ([]candidate, error) // lists them again

	dialogTime time.Duration // for each dialog; 0: the request as a whole has a limit

	documents int    // that the PIN will sign
	document  string // name of the one
}

// welcome says why a site may not go on. The citizen's own always may.
func (r *request) welcome() error {
	if r.purpose != ForSite {
		return nil
	}
	return r.b.admissible(r.origin)
}

// withCitizen lets work show dialogs for a site: one request at a time, none for a site that has to wait. How it ended is
// counted and taken down, and err has the code that the page is told. The context of work ends when the site is blocked or
// forgotten.
func (b *Bridge) withCitizen(ctx context.Context, o protocol.Origin, method, lang string, work func(context.Context, *request) error) error {
	giveBack, err := b.mayAsk(o, method)
	if err != nil {
		return err
	}
	return b.asking(ctx, &request{b: b, origin: o, lang: lang}, method, giveBack, work)
}

// mayAsk says why a site may not ask the citizen now, and takes that down. If it may, it has spent a glimpse, which asking
// gives back when there was a dialog.
func (b *Bridge) mayAsk(o protocol.Origin, method string) (giveBack func(), err error) {
	if err := b.admissible(o); err != nil {
		return nil, b.turnAway(o, method, err)
	}
	if b.cooldown.resting(siteOf(o), b.Now()) {
		return nil, b.turnAway(o, method, protocol.Fail(protocol.RateLimited, ""))
	}
	giveBack, ok := b.glimpse(o)
	if !ok {
		return nil, b.turnAway(o, method, protocol.Fail(protocol.RateLimited, "too many answers without a dialog"))
	}
	return giveBack, nil
}

// asking is withCitizen for a request of a site that mayAsk.
func (b *Bridge) asking(ctx context.Context, r *request, method string, giveBack func(), work func(context.Context, *request) error) error {
	o := r.origin
	release, ok := b.takeAttention()
	if !ok {
		return b.turnAway(o, method, protocol.Fail(protocol.BridgeBusy, ""))
	}
	defer release()
	b.tls.drop(ctx)
	started := b.Now()
	gone := func() error { return nil }
	if r.purpose == ForSite {
		welcomed, site, stop := b.whileWelcome(ctx, o)
		defer stop()
		ctx, gone = welcomed, site.check
	}
	err := work(ctx, r)
	if errors.Is(err, ErrNoDialog) {
		b.Log.Error("no dialog", "err", err) // here only: it names programs of this computer
	}
	err = asked(err)
	if unwelcome := gone(); unwelcome != nil { // whatever the citizen has answered
		err = unwelcome
	}
	var code protocol.Code
	if err != nil {
		code = codeOf(err)
	}
	if r.seen && code != protocol.PromptUnavailable && code != protocol.Internal {
		giveBack()
	}
	if r.purpose == ForSite && (refusedByCitizen(code) || err != nil && r.wrongPIN) {
		b.cooldown.failed(siteOf(o), b.Now())
	}
	b.Journal.Record(o, method, code, b.Now().Sub(started))
	if code == protocol.PUKBlocked && b.Sites.Standing(o) != Allowed {
		return protocol.Fail(protocol.PINBlocked, "") // that the card is lost for good is not for everybody who asks once
	}
	return err
}

// refusedByCitizen says that a request ended in a no, in words or by silence.
func refusedByCitizen(c protocol.Code) bool {
	return c == protocol.UserCancelled || c == protocol.UserTimeout || c == protocol.ConsentDenied
}

// turnAway takes down a request that reaches neither the citizen nor the card.
func (b *Bridge) turnAway(o protocol.Origin, method string, err error) error {
	b.Journal.Record(o, method, codeOf(err), 0)
	return err
}

// knownLanguage says whether a page may ask for a language; empty is the citizen's own.
func knownLanguage(lang string) bool { return slices.Contains([]string{"", "it", "en", "de"}, lang) }

// asked gives what dialogs and contexts answer the code that the page is told.
func asked(err error) error {
	switch {
	case errors.Is(err, ErrDialogCancelled), errors.Is(err, context.Canceled):
		return protocol.Fail(protocol.UserCancelled, "")
	case errors.Is(err, ErrDialogTimeout), errors.Is(err, context.DeadlineExceeded):
		return protocol.Fail(protocol.UserTimeout, "")
	case errors.Is(err, ErrNoDialog):
		return protocol.Fail(protocol.PromptUnavailable, "")
	}
	return err
}

// candidate is a card that could log in.
type candidate struct {
	slot card.Slot
	view card.View
}

// candidates lists the cards that can log in now. When there is none, the error says why: what no PIN can mend is said
// before any PIN is asked (design rule 3).
func (r *request) candidates(ctx context.Context) ([]candidate, error) {
	return r.cardsWithout(ctx, func(v card.View) protocol.Code { return v.Problem })
}

// slots lists the readers when there is a CNS in one of them, and says else what is missing. No card is asked anything.
func (r *request) slots(ctx context.Context) ([]card.Slot, error) {
	slots, err := r.b.Cards.Slots(ctx)
	if err != nil {
		return nil, err
	}
	if len(slots) == 0 {
		return nil, protocol.Fail(protocol.NoReader, "")
	}
	switch card.State(slots) {
	case protocol.StateNoCard:
		return nil, protocol.Fail(protocol.NoCard, "")
	case protocol.StateMute:
		return nil, protocol.Fail(protocol.CardMute, "")
	case protocol.StateUnknown:
		return nil, &cardError{protocol.Fail(protocol.CardUnsupported, ""), "", familyIn(slots)}
	}
	return slots, nil
}

// cardsWithout lists the cards that have no problem.
func (r *request) cardsWithout(ctx context.Context, problem func(card.View) protocol.Code) ([]candidate, error) {
	slots, err := r.slots(ctx)
	if err != nil {
		return nil, err
	}
	r.listed = ready(slots)
	r.relist = func(ctx context.Context) ([]candidate, error) { return r.cardsWithout(ctx, problem) }
	var usable []candidate
	var reason error
	for _, slot := range slots {
		if slot.State != protocol.StateReady {
			continue
		}
		view, err := r.b.Cards.Look(ctx, slot)
		if err == nil {
			if p := problem(view); p != "" {
				err = ofCard(protocol.Fail(p, r.detail(p, view)), view)
			}
		}
		if err == nil {
			usable = append(usable, candidate{slot, view})
		} else if reason == nil {
			reason = err
		}
	}
	if len(usable) == 0 {
		return nil, reason
	}
	return usable, nil
}

// detail names the family of a card that cannot be used. A site learns of it only when it is allowed already: which card
// somebody has is nobody's business.
func (r *request) detail(p protocol.Code, view card.View) string {
	if p != view.Problem || r.purpose == ForSite && r.b.Sites.Standing(r.origin) != Allowed {
		return ""
	}
	return view.Detail
}

// confirm shows a question that goes away with the card.
func (r *request) confirm(ctx context.Context, slot card.Slot, q Question) (Answer, error) {
	if r.dialogTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.dialogTime)
		defer cancel()
	}
	dialog, stop := r.whileInserted(ctx, slot)
	defer stop()
	r.seen = true
	answer, err := r.b.Dialogs.Confirm(dialog, q)
	if cause := context.Cause(dialog); cause != nil {
		return No, cause
	}
	return answer, err
}

// whileInserted gives a context that ends, with CARD_REMOVED as its cause, when the card of a slot goes: a PIN typed for
// one card must not reach another.
func (r *request) whileInserted(ctx context.Context, slot card.Slot) (context.Context, func()) {
	return r.while(ctx, func(slots []card.Slot) error {
		if !slices.Contains(slots, slot) {
			return protocol.Fail(protocol.CardRemoved, "")
		}
		return nil
	})
}

// while gives a context that ends, with what is wrong as its cause, when the readers are no longer as they should be.
func (r *request) while(ctx context.Context, wrong func([]card.Slot) error) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		for {
			changed := r.b.Cards.Changed()
			slots, err := r.b.Cards.Slots(ctx)
			if err == nil {
				err = wrong(slots)
			}
			if err != nil {
				cancel(err)
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}
