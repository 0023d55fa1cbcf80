// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/protocol"
)

// status tells of the card that a login would offer first. It never fails: what went wrong is its problem.
func (b *Bridge) status(ctx context.Context) protocol.Status {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	slots, err := b.Cards.Slots(ctx)
	if err != nil {
		return withProblem(protocol.Status{State: protocol.StateNoReader}, codeOf(err))
	}
	var first *protocol.Status // of a card that cannot log in
	for _, slot := range slots {
		if slot.State != protocol.StateReady {
			continue
		}
		s := b.cardStatus(ctx, slot)
		if s.Problem == nil {
			return s
		}
		if first == nil {
			first = &s
		}
	}
	s := protocol.Status{State: card.State(slots)}
	switch {
	case first != nil:
		return *first
	case s.State == protocol.StateUnknown:
		return withProblem(s, protocol.CardUnsupported)
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

func (b *Bridge) cardStatus(ctx context.Context, slot card.Slot) protocol.Status {
	s := protocol.Status{State: protocol.StateReady}
	view, err := b.Cards.Look(ctx, slot)
	if err != nil {
		return withProblem(s, codeOf(err))
	}
	if view.TriesLeft != card.Unknown {
		s.PIN.TriesLeft = &view.TriesLeft
	}
	s.PIN.Blocked = view.TriesLeft == 0
	if view.Certificate != nil {
		days := int(math.Floor(view.Certificate.NotAfter.Sub(b.Now()).Hours() / 24))
		s.ExpiresInDays = &days
	}
	return withProblem(s, view.Problem)
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
