// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"crypto"
	"encoding/base64"
	"errors"
	"slices"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/protocol"
)

// login is auth.login: the citizen types the PIN in a dialog that names the site, the card signs, the page gets a token.
func (c *channel) login(ctx context.Context, req protocol.Request) (lang string, token any, err error) {
	var p protocol.LoginParams
	if err := req.Bind(&p); err != nil {
		return "", nil, err
	}
	if p.Lang != "" && !slices.Contains([]string{"it", "en", "de"}, p.Lang) {
		return "", nil, protocol.Fail(protocol.InvalidArgument, "lang: it, en or de")
	}
	if err := protocol.CheckNonce(p.ChallengeNonce); err != nil {
		return p.Lang, nil, err
	}
	limit, err := loginTimeout(p.TimeoutMs)
	if err != nil {
		return p.Lang, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	token, err = c.b.Login(ctx, c.origin, p.ChallengeNonce, p.Lang)
	return p.Lang, token, err
}

// Login lets a site's request end in a token, or in the error that the page is told. It returns when ctx ends.
func (b *Bridge) Login(ctx context.Context, o protocol.Origin, nonce, lang string) (*protocol.Token, error) {
	if err := b.admissible(o); err != nil {
		return nil, err
	}
	if b.cooldown.resting(o, b.Now()) {
		return nil, protocol.Fail(protocol.RateLimited, "")
	}
	release, ok := b.takeAttention()
	if !ok {
		return nil, protocol.Fail(protocol.BridgeBusy, "")
	}
	defer release()
	l := &login{b: b, origin: o, nonce: nonce, lang: lang}
	token, err := l.run(ctx)
	err = asked(err)
	switch code := codeOf(err); {
	case err == nil:
		b.cooldown.succeeded(o)
		if err := b.Sites.Allow(o); err != nil {
			b.Log.Error("remembering a site", "err", err)
		}
		b.Journal.Record(o, protocol.MethodLogin, "")
		return token, nil
	case l.wrongPIN, code == protocol.UserCancelled, code == protocol.UserTimeout:
		b.cooldown.failed(o, b.Now())
		fallthrough
	default:
		b.Journal.Record(o, protocol.MethodLogin, code)
		return nil, err
	}
}

// asked gives what dialogs and contexts answer the code that the page is told.
func asked(err error) error {
	switch {
	case errors.Is(err, ErrDialogCancelled), errors.Is(err, context.Canceled):
		return protocol.Fail(protocol.UserCancelled, "")
	case errors.Is(err, ErrDialogTimeout), errors.Is(err, context.DeadlineExceeded):
		return protocol.Fail(protocol.UserTimeout, "")
	case errors.Is(err, ErrNoDialog):
		return protocol.Fail(protocol.PromptUnavailable, err.Error())
	}
	return err
}

type login struct {
	b        *Bridge
	origin   protocol.Origin
	nonce    string
	lang     string
	wrongPIN bool // the card has refused a PIN during this login
}

// candidate is a card that could log in.
type candidate struct {
	slot card.Slot
	view card.View
}

func (l *login) run(ctx context.Context) (*protocol.Token, error) {
	candidates, err := l.candidates(ctx)
	if err != nil {
		return nil, err
	}
	chosen, err := l.choose(ctx, candidates)
	if err != nil {
		return nil, err
	}
	reader := ""
	if len(candidates) > 1 {
		reader = chosen.slot.Reader
	}
	digest := protocol.TokenDigest(l.origin, l.nonce)
	signature, err := l.sign(ctx, chosen, reader, digest[:])
	if err != nil {
		return nil, err
	}
	return &protocol.Token{
		UnverifiedCertificate: base64.StdEncoding.EncodeToString(chosen.view.Certificate.Raw),
		Algorithm:             protocol.AlgorithmRS256,
		Signature:             base64.StdEncoding.EncodeToString(signature),
		Format:                protocol.TokenFormat,
		AppVersion:            "ponte/" + l.b.Version,
	}, nil
}

// candidates lists the cards that can log in now. When there is none, the error says why: what no PIN can mend is said
// before any PIN is asked (design rule 3).
func (l *login) candidates(ctx context.Context) ([]candidate, error) {
	slots, err := l.b.Cards.Slots(ctx)
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
		return nil, protocol.Fail(protocol.CardUnsupported, "")
	}
	var usable []candidate
	var reason error
	for _, slot := range slots {
		if slot.State != protocol.StateReady {
			continue
		}
		view, err := l.b.Cards.Look(ctx, slot)
		if err == nil && view.Problem != "" {
			err = protocol.Fail(view.Problem, "")
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

// choose lets the citizen pick a card, one question after the other: a parent's, or a child's.
func (l *login) choose(ctx context.Context, cards []candidate) (candidate, error) {
	for i := 0; len(cards) > 1; i = (i + 1) % len(cards) {
		c := cards[i]
		q := Question{Lang: l.lang, Kind: AskCard, Origin: l.origin, Holder: c.view.Holder, Reader: c.slot.Reader}
		answer, err := l.confirm(ctx, c.slot, q)
		if err != nil {
			return candidate{}, err
		}
		if answer == Yes {
			return c, nil
		}
	}
	return cards[0], nil
}

// sign asks for the PIN until the card accepts it, the citizen gives up, or the card blocks. Each PIN that was typed is
// sent to the card once.
func (l *login) sign(ctx context.Context, c candidate, reader string, digest []byte) ([]byte, error) {
	q := PINQuestion{Lang: l.lang, Origin: l.origin, Holder: c.view.Holder, Reader: reader, TriesLeft: c.view.TriesLeft}
	warned := false
	for {
		if !warned {
			if err := l.warn(ctx, c, q.TriesLeft); err != nil {
				return nil, err
			}
		}
		signature, err := l.try(ctx, c, q, digest)
		var wrong *card.WrongPINError
		switch {
		case errors.Is(err, errBadFormat):
			q.Problem, warned = BadFormat, true // the card was not asked: nothing has changed
		case errors.As(err, &wrong):
			l.wrongPIN = true
			q.Problem, q.TriesLeft, warned = WrongPIN, wrong.TriesLeft, false
		default:
			if codeOf(err) == protocol.PINBlocked {
				l.wrongPIN = true
			}
			return signature, err
		}
	}
}

// errBadFormat: what was typed cannot be a PIN.
var errBadFormat = errors.New("not a PIN")

// warn asks before a try that may block the card: the last one, or any after a failure when the card does not count.
func (l *login) warn(ctx context.Context, c candidate, tries int) error {
	kind := AskLastTry
	switch {
	case tries == 1:
	case tries == card.Unknown && l.wrongPIN:
		kind = AskUnknownTries
	default:
		return nil
	}
	q := Question{Lang: l.lang, Kind: kind, Origin: l.origin, Holder: c.view.Holder, TriesLeft: tries}
	answer, err := l.confirm(ctx, c.slot, q)
	if err == nil && answer == No {
		err = ErrDialogCancelled
	}
	return err
}

// try shows one PIN dialog and sends what was typed to the card, once.
func (l *login) try(ctx context.Context, c candidate, q PINQuestion, digest []byte) ([]byte, error) {
	dialog, stop := l.whileInserted(ctx, c.slot)
	defer stop()
	typed, err := l.b.Dialogs.AskPIN(dialog, q)
	defer typed.Wipe()
	if cause := context.Cause(dialog); cause != nil {
		return nil, cause
	}
	if err != nil {
		return nil, err
	}
	if typed.Check() != nil {
		return nil, errBadFormat
	}
	return l.b.Cards.Sign(ctx, c.slot, card.SignRequest{PIN: typed, Certificate: c.view.Certificate, Hash: crypto.SHA256, Digest: digest})
}

// confirm shows a question that goes away with the card.
func (l *login) confirm(ctx context.Context, slot card.Slot, q Question) (Answer, error) {
	dialog, stop := l.whileInserted(ctx, slot)
	defer stop()
	answer, err := l.b.Dialogs.Confirm(dialog, q)
	if cause := context.Cause(dialog); cause != nil {
		return No, cause
	}
	return answer, err
}

// whileInserted gives a context that ends, with CARD_REMOVED as its cause, when the card of a slot goes: a PIN typed for
// one card must not reach another.
func (l *login) whileInserted(ctx context.Context, slot card.Slot) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		for {
			changed := l.b.Cards.Changed()
			slots, err := l.b.Cards.Slots(ctx)
			if err == nil && !slices.Contains(slots, slot) {
				err = protocol.Fail(protocol.CardRemoved, "")
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
