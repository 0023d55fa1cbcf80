// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
)

// The care of the PIN is for the citizen's own programs: no site can ask for it. All is typed in dialogs, and each PIN or
// PUK that was typed is sent to the card once.

// PINs replaces the PIN of a card.
type PINs interface {
	// ChangePIN replaces the PIN; a wrong current one gives *card.WrongPINError. With nil both are typed on the reader.
	ChangePIN(ctx context.Context, s card.Slot, current, chosen *pin.PIN) error
	// Unblock replaces it with the PUK; a wrong one gives *card.WrongPUKError.
	Unblock(ctx context.Context, s card.Slot, puk, chosen *pin.PIN) error
	// PUKTries tells how many tries of the PUK are left, or card.Unknown.
	PUKTries(ctx context.Context, s card.Slot) (int, error)
}

// How long the citizen may take. The PUK is in a drawer, half of it in an old e-mail.
const (
	careDialogTime = 5 * time.Minute
	noticeTime     = 2 * time.Minute
	careCardTime   = 30 * time.Second // to find out which cards there are
)

// operations are the names of the care in the activity log: those of the control methods.
var operations = map[Purpose]string{ForChange: "pin.change", ForUnblock: "pin.unblock"}

// care is the care of one card's PIN.
type care struct {
	*request
	card   candidate
	reader string // its name, where there are several cards
	born   string // the holder's day of birth, or empty
}

// ChangePIN lets the citizen change the PIN of a card. How it ended is told in a dialog and by the error's code.
func (b *Bridge) ChangePIN(ctx context.Context, lang string) error {
	return b.careFor(ctx, lang, ForChange, func(ctx context.Context, c *care) error {
		if c.card.view.Pad.Change {
			if done, err := c.changeOnReader(ctx); done || err != nil {
				return err
			}
		}
		return c.replace(ctx, &replacement{
			entry: EnterPIN, check: (*pin.PIN).Check, tries: c.card.view.TriesLeft, count: c.pinTries, send: b.Cards.ChangePIN,
			refused: &b.refusals, last: AskLastTry, unknown: AskUnknownTries,
		})
	})
}

// UnblockPIN lets the citizen set a new PIN with the PUK: one that is blocked, or forgotten.
func (b *Bridge) UnblockPIN(ctx context.Context, lang string) error {
	return b.careFor(ctx, lang, ForUnblock, func(ctx context.Context, c *care) error {
		tries, err := b.Cards.PUKTries(ctx, c.card.slot)
		if err != nil {
			return err
		}
		if err := c.askIfNotBlocked(ctx); err != nil {
			return err
		}
		return c.replace(ctx, &replacement{
			entry: EnterPUK, check: (*pin.PIN).CheckPUK, tries: tries, count: b.Cards.PUKTries, send: b.Cards.Unblock,
			refused: &b.pukRefusals, last: AskLastPUK, unknown: AskUnknownPUK,
		})
	})
}

// pinTries asks the card how many tries of the PIN are left now.
func (c *care) pinTries(ctx context.Context, s card.Slot) (int, error) {
	v, err := c.b.Cards.Look(ctx, s)
	if err == nil && v.PINProblem != "" {
		err = ofCard(protocol.Fail(v.PINProblem, ""), v)
	}
	return v.TriesLeft, err
}

// careFor lets work show dialogs on the citizen's own behalf, one at a time like all others. How it ended is taken down
// and told.
func (b *Bridge) careFor(ctx context.Context, lang string, p Purpose, work func(context.Context, *care) error) error {
	if !knownLanguage(lang) {
		return protocol.Fail(protocol.InvalidArgument, "lang: it, en or de")
	}
	release, ok := b.takeAttention()
	if !ok {
		return protocol.Fail(protocol.BridgeBusy, "")
	}
	defer release()
	b.tls.drop(ctx)
	start := b.Now()
	c := &care{request: &request{b: b, purpose: p, lang: lang, dialogTime: careDialogTime}}
	err := c.chooseCard(ctx)
	if err == nil {
		err = work(ctx, c)
	}
	if errors.Is(err, ErrNoDialog) {
		b.Log.Error("no dialog", "err", err) // here only: it names programs of this computer
	}
	err = c.explain(err)
	notice := Notice{Lang: lang, Purpose: p, Holder: c.card.view.Holder}
	if err != nil {
		notice.Code, notice.Uncertain, notice.Situation = codeOf(err), errors.Is(err, card.ErrUncertain), situationOf(err)
		if issuer := issuerOf(c.card.view); issuer != "" {
			notice.Situation.Issuer = issuer
		}
	}
	b.Journal.Record(protocol.Origin{}, operations[p], notice.Code, b.Now().Sub(start))
	c.tell(ctx, notice)
	return err
}

// explain gives an error the code that is told, and logs what the code does not say.
func (c *care) explain(err error) error {
	var known *protocol.Error
	switch err = asked(err); {
	case err == nil:
		return nil
	case !errors.As(err, &known):
		c.b.Log.Error("care of the PIN", "err", err)
		known = protocol.Fail(protocol.Internal, "")
		if !errors.Is(err, card.ErrUncertain) {
			return known
		}
	}
	if errors.Is(err, card.ErrUncertain) {
		return uncertain{protocol.Fail(known.Code, card.ErrUncertain.Error())}
	}
	return err
}

// uncertain is a failure after which either PIN may be valid. Its text says so to who gets no more than that.
type uncertain struct{ why *protocol.Error }

func (u uncertain) Error() string { return u.why.Error() }

// Unwrap gives both that it is uncertain and why.
func (u uncertain) Unwrap() []error { return []error{card.ErrUncertain, u.why} }

// tell says how it ended, unless the citizen knows: it was cancelled, or nobody is there to read.
func (c *care) tell(ctx context.Context, n Notice) {
	switch n.Code {
	case protocol.UserCancelled, protocol.UserTimeout, protocol.PromptUnavailable:
		return
	}
	ctx, cancel := context.WithTimeout(ctx, noticeTime)
	defer cancel()
	_ = c.b.Dialogs.Tell(ctx, n) // the result stands, whether it could be told or not
}

// chooseCard finds the card whose PIN can be cared for. A certificate that has expired does not matter; for the PUK a
// blocked card comes first.
func (c *care) chooseCard(ctx context.Context) error {
	looking, cancel := context.WithTimeout(ctx, careCardTime)
	defer cancel()
	list := func(ctx context.Context) ([]candidate, error) {
		cards, err := c.cardsWithout(ctx, c.hopeless)
		if c.purpose == ForUnblock {
			slices.SortStableFunc(cards, func(a, b candidate) int { return urgency(b) - urgency(a) })
		}
		return cards, err
	}
	cards, err := list(looking)
	if err != nil {
		return err
	}
	c.relist = list
	if c.card, err = c.choose(ctx, cards); err != nil {
		return err
	}
	c.reader = readerIfSeveral(cards, c.card)
	return nil
}

func urgency(c candidate) int {
	if c.view.PINProblem == protocol.PINBlocked {
		return 1
	}
	return 0
}

// hopeless says what neither PIN nor PUK can mend.
func (c *care) hopeless(v card.View) protocol.Code {
	switch {
	case v.PINProblem == protocol.PINBlocked && c.purpose == ForUnblock:
	case v.PINProblem != "":
		return v.PINProblem
	}
	switch v.Problem {
	case protocol.CertificateMissing, protocol.CardUnsupported: // perhaps no CNS: a PIN is not sent to just any card
		return v.Problem
	}
	return ""
}

// askIfNotBlocked keeps a citizen from the PUK who only wants another PIN.
func (c *care) askIfNotBlocked(ctx context.Context) error {
	v := c.card.view
	if v.TriesLeft == 0 || v.TriesLeft == card.Unknown {
		return nil
	}
	q := Question{Lang: c.lang, Purpose: c.purpose, Kind: AskNotBlocked, Holder: v.Holder, Reader: c.reader, TriesLeft: v.TriesLeft}
	answer, err := c.confirm(ctx, c.card.slot, q)
	if err == nil && answer == No {
		err = ErrDialogCancelled
	}
	return err
}
