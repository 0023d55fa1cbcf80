// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
)

// The care of the PIN is for the citizen's own programs: no site can ask for it. All is typed in dialogs, and each PIN or
// PUK that was typed is sent to the card once.

// PINs replaces the PIN of a card.
type PINs interface {
	// ChangePIN replaces the PIN; a wrong current one gives *card.WrongPINError.
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
		return c.replace(ctx, &replacement{
			entry: EnterPIN, check: (*pin.PIN).Check, tries: c.card.view.TriesLeft, send: b.Cards.ChangePIN,
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
			entry: EnterPUK, check: (*pin.PIN).CheckPUK, tries: tries, send: b.Cards.Unblock,
			refused: &b.pukRefusals, last: AskLastPUK, unknown: AskUnknownPUK,
		})
	})
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
	start := b.Now()
	c := &care{request: &request{b: b, purpose: p, lang: lang, dialogTime: careDialogTime}}
	err := c.chooseCard(ctx)
	if err == nil {
		err = work(ctx, c)
	}
	err = c.explain(err)
	notice := Notice{Lang: lang, Purpose: p, Holder: c.card.view.Holder, Issuer: issuer(c.card.view)}
	if err != nil {
		notice.Code, notice.Uncertain = codeOf(err), errors.Is(err, card.ErrUncertain)
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
		return protocol.Fail(protocol.Internal, "")
	case errors.Is(err, card.ErrUncertain):
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
	cards, err := c.cardsWithout(looking, c.hopeless)
	if err != nil {
		return err
	}
	if c.purpose == ForUnblock {
		slices.SortStableFunc(cards, func(a, b candidate) int { return urgency(b) - urgency(a) })
	}
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

// replacement is one way to replace the PIN: with the present one, or with the PUK.
type replacement struct {
	entry         Entry // what the card compares
	check         func(*pin.PIN) error
	tries         int // of it
	send          func(ctx context.Context, s card.Slot, secret, chosen *pin.PIN) error
	refused       *refusals
	last, unknown QuestionKind // the warnings before a try that may be the last
}

// replace asks for the secret and for the new PIN until the card accepts both, the citizen gives up, or the card blocks.
// After a wrong secret only that is asked again.
func (c *care) replace(ctx context.Context, r *replacement) error {
	c.readBirthday(ctx)
	var secret, chosen *pin.PIN
	defer func() { secret.Wipe(); chosen.Wipe() }()
	problem, newProblem := NoProblem, NoProblem
	for {
		var err error
		if secret, err = c.askSecret(ctx, r, problem); err != nil {
			return err
		}
		if r.entry == EnterPIN && chosen != nil && chosen.Equal(secret) {
			chosen.Wipe()
			chosen, newProblem = nil, Unchanged
		}
		if chosen == nil {
			if chosen, err = c.askNew(ctx, r, secret, newProblem); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		err = r.send(context.WithoutCancel(ctx), c.card.slot, secret, chosen) // once it is on its way, its answer counts
		secret.Wipe()
		tries, wrong := wrongSecret(err)
		switch {
		case wrong:
			r.refused.set(c.card.view.Certificate, true)
			problem, r.tries = WrongPIN, tries
		case errors.Is(err, card.ErrNewPINRefused):
			chosen.Wipe()
			chosen, problem, newProblem = nil, NoProblem, Refused
		default:
			if err == nil {
				r.refused.set(c.card.view.Certificate, false)
				c.b.refusals.set(c.card.view.Certificate, false)
			}
			return err
		}
	}
}

// wrongSecret says that the card refused a PIN or a PUK, and how many tries are left.
func wrongSecret(err error) (tries int, wrong bool) {
	var wrongPIN *card.WrongPINError
	var wrongPUK *card.WrongPUKError
	switch {
	case errors.As(err, &wrongPIN):
		return wrongPIN.TriesLeft, true
	case errors.As(err, &wrongPUK):
		return wrongPUK.TriesLeft, true
	}
	return card.Unknown, false
}

// askSecret asks for the present PIN or the PUK, with a warning before a try that may be the last.
func (c *care) askSecret(ctx context.Context, r *replacement, problem PINProblem) (*pin.PIN, error) {
	if err := c.warnOf(ctx, c.card, r.tries, r.refused, r.last, r.unknown); err != nil {
		return nil, err
	}
	return c.askFormed(ctx, PINQuestion{Entry: r.entry, TriesLeft: r.tries, Problem: problem}, r.check)
}

// askNew asks for a new PIN twice: one that is another than the present one, and not easy to guess unless the citizen
// insists.
func (c *care) askNew(ctx context.Context, r *replacement, secret *pin.PIN, problem PINProblem) (*pin.PIN, error) {
	for {
		chosen, err := c.askFormed(ctx, PINQuestion{Entry: EnterNewPIN, TriesLeft: card.Unknown, Problem: problem}, (*pin.PIN).Check)
		if err != nil {
			return nil, err
		}
		if problem, err = c.accept(ctx, r, secret, chosen); err == nil && problem == accepted {
			return chosen, nil
		}
		chosen.Wipe()
		if err != nil {
			return nil, err
		}
	}
}

// accepted is no problem: the new PIN is good, and was repeated.
const accepted PINProblem = -1

// accept says why a new PIN has to be chosen again.
func (c *care) accept(ctx context.Context, r *replacement, secret, chosen *pin.PIN) (PINProblem, error) {
	if r.entry == EnterPIN && chosen.Equal(secret) {
		return Unchanged, nil
	}
	if chosen.Weak(c.born) {
		q := Question{Lang: c.lang, Purpose: c.purpose, Kind: AskWeakPIN, Holder: c.card.view.Holder, Reader: c.reader}
		answer, err := c.confirm(ctx, c.card.slot, q)
		if errors.Is(err, ErrDialogCancelled) || err == nil && answer == No {
			return NoProblem, nil
		}
		if err != nil {
			return NoProblem, err
		}
	}
	repeated, err := c.ask(ctx, PINQuestion{Entry: EnterRepeat, TriesLeft: card.Unknown})
	if err != nil {
		return NoProblem, err
	}
	defer repeated.Wipe()
	if !repeated.Equal(chosen) {
		return Mismatch, nil
	}
	return accepted, nil
}

// askFormed shows a PIN dialog until what was typed can be what was asked for.
func (c *care) askFormed(ctx context.Context, q PINQuestion, check func(*pin.PIN) error) (*pin.PIN, error) {
	for {
		typed, err := c.ask(ctx, q)
		if err != nil {
			return nil, err
		}
		if check(typed) == nil {
			return typed, nil
		}
		typed.Wipe()
		q.Problem = BadFormat
	}
}

// ask shows one PIN dialog, which goes away with the card. Whoever gets the PIN wipes it.
func (c *care) ask(ctx context.Context, q PINQuestion) (*pin.PIN, error) {
	q.Lang, q.Purpose, q.Holder, q.Reader = c.lang, c.purpose, c.card.view.Holder, c.reader
	inserted, stop := c.whileInserted(ctx, c.card.slot)
	defer stop()
	dialog, cancel := context.WithTimeout(inserted, c.dialogTime)
	defer cancel()
	typed, err := c.b.Dialogs.AskPIN(dialog, q)
	if cause := context.Cause(inserted); cause != nil {
		err = cause
	}
	if err != nil {
		typed.Wipe()
		return nil, err
	}
	return typed, nil
}

// readBirthday reads the day that is not to be in a PIN. Without it the other tests of a weak PIN remain.
func (c *care) readBirthday(ctx context.Context) {
	if data, err := c.b.Cards.Identity(ctx, c.card.slot); err == nil {
		c.born = data[protocol.FieldBirthDate]
	}
}

// issuer names who issued a certificate and for whom: the Region is in one of these.
func issuer(v card.View) string {
	if v.Certificate == nil {
		return ""
	}
	i := v.Certificate.Issuer
	return strings.Join(slices.Concat(i.Organization, i.OrganizationalUnit, []string{i.CommonName}, v.Certificate.Subject.OrganizationalUnit), ", ")
}
