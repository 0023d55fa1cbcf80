// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"crypto"
	"encoding/base64"
	"errors"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
)

// login is auth.login: the citizen types the PIN in a dialog that names the site, the card signs, the page gets a token.
func (c *channel) login(ctx context.Context, req protocol.Request) (lang string, token any, err error) {
	var p protocol.LoginParams
	if err := req.Bind(&p); err != nil {
		return "", nil, err
	}
	if !knownLanguage(p.Lang) {
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
	var token *protocol.Token
	err := b.withCitizen(ctx, o, protocol.MethodLogin, lang, func(ctx context.Context, r *request) error {
		var err error
		token, err = r.login(ctx, nonce)
		return err
	})
	if err != nil {
		return nil, err
	}
	b.cooldown.succeeded(siteOf(o))
	if err := b.Sites.Allow(o); err != nil {
		b.Log.Error("remembering a site", "err", err)
	}
	return token, nil
}

func (r *request) login(ctx context.Context, nonce string) (*protocol.Token, error) {
	candidates, err := r.candidates(ctx)
	if err != nil {
		return nil, err
	}
	chosen, err := r.choose(ctx, candidates)
	if err != nil {
		return nil, err
	}
	algorithm := chosen.view.Algorithm
	digest := protocol.TokenDigestWith(algorithm, r.origin, nonce)
	signature, err := r.sign(ctx, chosen, readerIfSeveral(candidates, chosen), protocol.HashOf(algorithm), digest)
	if err != nil {
		return nil, err
	}
	r.b.preferred.set(r.who(), chosen.view.Certificate)
	return &protocol.Token{
		UnverifiedCertificate: base64.StdEncoding.EncodeToString(chosen.view.Certificate.Raw),
		Algorithm:             algorithm,
		Signature:             base64.StdEncoding.EncodeToString(signature),
		Format:                protocol.TokenFormat,
		AppVersion:            "ponte/" + r.b.Version,
	}, nil
}

// sign gives the card's signature of a digest, once the PIN is right.
func (r *request) sign(ctx context.Context, c candidate, reader string, hash crypto.Hash, digest []byte) (signature []byte, err error) {
	err = r.withPIN(ctx, c, reader, func(ctx context.Context, typed *pin.PIN) error {
		err := r.welcome() // it may have been blocked while the dialog was open
		if err == nil {
			signature, err = r.b.Cards.Sign(ctx, c.slot, card.SignRequest{
				PIN: typed, Certificate: c.view.Certificate, Hash: hash, Digest: digest, PSS: c.view.Algorithm == protocol.AlgorithmPS256,
			})
		}
		return err
	})
	return signature, err
}

// withPIN asks for the PIN until the card accepts it, the citizen gives up, or the card blocks. use sends each PIN that was
// typed to the card once; nil is one that is typed on the reader.
func (r *request) withPIN(ctx context.Context, c candidate, reader string, use func(context.Context, *pin.PIN) error) error {
	q := PINQuestion{
		Lang: r.lang, Purpose: r.purpose, Origin: r.origin, Program: r.program, Holder: c.view.Holder, Reader: reader, TriesLeft: c.view.TriesLeft,
		OnReader: c.view.Pad.Verify, Family: c.slot.Family, Documents: r.documents, Document: r.document,
	}
	warned := false
	for {
		if !warned {
			if err := r.warn(ctx, c, reader, q.TriesLeft); err != nil {
				return err
			}
		}
		err := r.try(ctx, c, q, use)
		var wrong *card.WrongPINError
		switch {
		case errors.Is(err, card.ErrPadFailed) && q.OnReader:
			if err := r.withoutKeys(ctx, c, &q); err != nil {
				return err
			}
			warned = false
		case errors.Is(err, errBadFormat), errors.Is(err, pin.ErrFormat):
			q.Problem, warned = BadFormat, true // the card was not asked: nothing has changed
		case errors.As(err, &wrong):
			r.wrongPIN = true
			r.b.refusals.set(c.view.Certificate, true)
			q.Problem, q.TriesLeft, warned = WrongPIN, wrong.TriesLeft, false
		default:
			if err == nil {
				r.b.refusals.set(c.view.Certificate, false)
			} else if codeOf(err) == protocol.PINBlocked {
				r.wrongPIN = true
			}
			return ofCard(err, c.view)
		}
	}
}

// errBadFormat: what was typed cannot be a PIN.
var errBadFormat = errors.New("not a PIN")

// warn asks before a try that may block the card: the last one, or any after a failure when the card does not count.
func (r *request) warn(ctx context.Context, c candidate, reader string, tries int) error {
	return r.warnOf(ctx, c, reader, tries, &r.b.refusals, AskLastTry, AskUnknownTries)
}

func (r *request) warnOf(ctx context.Context, c candidate, reader string, tries int, refused *refusals, last, unknown QuestionKind) error {
	kind := last
	switch {
	case tries == 1:
	case tries == card.Unknown && (c.view.PINFailed || refused.has(c.view.Certificate)):
		kind = unknown
	default:
		return nil
	}
	q := Question{Lang: r.lang, Purpose: r.purpose, Kind: kind, Origin: r.origin, Program: r.program, Holder: c.view.Holder, Reader: reader, TriesLeft: tries}
	answer, err := r.confirm(ctx, c.slot, q)
	if err == nil && answer == No {
		err = ErrDialogCancelled
	}
	return err
}

// try shows one PIN dialog and uses what was typed, once.
func (r *request) try(ctx context.Context, c candidate, q PINQuestion, use func(context.Context, *pin.PIN) error) error {
	if q.OnReader {
		return r.tryOnReader(ctx, c, q, use)
	}
	dialog, stop := r.whileInserted(ctx, c.slot)
	defer stop()
	r.seen = true
	typed, err := r.b.Dialogs.AskPIN(dialog, q)
	defer typed.Wipe()
	if cause := context.Cause(dialog); cause != nil {
		return cause
	}
	if err != nil {
		return err
	}
	if c.slot.Family == card.CIE {
		typed.ForCIE()
	}
	if typed.Check() != nil {
		return errBadFormat
	}
	return use(ctx, typed)
}
