// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// ExtensionStatus is what the extension's popup shows, and the citizen's own programs.
func (b *Bridge) ExtensionStatus(ctx context.Context) protocol.ExtensionStatus {
	s := b.situation(ctx)
	return protocol.ExtensionStatus{
		Bridge: b.Version, Language: b.Language(), Card: s.Card, Advice: b.advise("", s), UpdateNotice: b.Settings.UpdateNoticeOn(),
	}
}

// status is what a page may know of the card.
func (b *Bridge) status(ctx context.Context) protocol.Status { return b.situation(ctx).Card }

// situation tells of the card that a login would offer first. It never fails: what went wrong is its problem.
func (b *Bridge) situation(ctx context.Context) words.Situation {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	slots, err := b.Cards.Slots(ctx)
	if err != nil {
		s := situationOf(err)
		s.Card.State = protocol.StateNoReader
		return s
	}
	var first *words.Situation // of a card that cannot log in
	for _, slot := range slots {
		if slot.State != protocol.StateReady {
			continue
		}
		s := b.cardSituation(ctx, slot)
		if s.Card.Problem == nil {
			return s
		}
		if first == nil {
			first = &s
		}
	}
	s := words.Situation{Card: protocol.Status{State: card.State(slots)}}
	switch {
	case first != nil:
		return *first
	case s.Card.State == protocol.StateUnknown:
		s.Card, s.Family = withProblem(s.Card, protocol.CardUnsupported), familyIn(slots)
	}
	return s
}

// usable lists the cards that could have logged in.
func (b *Bridge) usable(ctx context.Context) []card.Slot {
	slots, err := b.Cards.Slots(ctx)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(slots), func(s card.Slot) bool { return s.State != protocol.StateReady })
}

func (b *Bridge) cardSituation(ctx context.Context, slot card.Slot) words.Situation {
	view, err := b.Cards.Look(ctx, slot)
	if err != nil {
		s := situationOf(err)
		s.Card.State = protocol.StateReady
		return s
	}
	s := protocol.Status{State: protocol.StateReady}
	if view.TriesLeft != card.Unknown {
		s.PIN.TriesLeft = &view.TriesLeft
	}
	s.PIN.Blocked = view.TriesLeft == 0
	if view.Certificate != nil {
		days := int(math.Floor(view.Certificate.NotAfter.Sub(b.Now()).Hours() / 24))
		s.ExpiresInDays = &days
	}
	return words.Situation{Card: withProblem(s, view.Problem), Issuer: issuerOf(view), Family: view.Family}
}

func withProblem(s protocol.Status, c protocol.Code) protocol.Status {
	if c != "" {
		s.Problem = &c
	}
	return s
}

// answerTime is how long a page waits at most for an answer that needs no human.
const answerTime = 2 * time.Second

// codeOf is the code of an error, INTERNAL for one that has none.
func codeOf(err error) protocol.Code {
	var e *protocol.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return protocol.Internal
}
