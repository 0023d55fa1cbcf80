// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"sync"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/protocol"
)

// errCardsChanged: a card came or went while the citizen was choosing one.
var errCardsChanged = errors.New("other cards are in the readers")

// choose lets the citizen pick a card, one question after the other: a parent's, or a child's. The one that was used last
// with this site comes first. When a card comes or goes the question goes away, and comes again about the cards that there
// are then.
func (r *request) choose(ctx context.Context, cards []candidate) (candidate, error) {
	for {
		c, err := r.chooseAmong(ctx, r.b.preferred.first(r.who(), cards))
		if !errors.Is(err, errCardsChanged) {
			return c, err
		}
		if cards, err = r.relist(ctx); err != nil {
			return candidate{}, err
		}
	}
}

func (r *request) chooseAmong(ctx context.Context, cards []candidate) (candidate, error) {
	if len(cards) == 1 {
		return cards[0], nil
	}
	if r.dialogTime > 0 { // for all these questions together
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.dialogTime)
		defer cancel()
	}
	same, stop := r.while(ctx, func(slots []card.Slot) error {
		if !slices.Equal(ready(slots), r.listed) {
			return errCardsChanged
		}
		return nil
	})
	defer stop()
	for i := 0; ; i = (i + 1) % len(cards) {
		c := cards[i]
		q := Question{
			Lang: r.lang, Purpose: r.purpose, Kind: AskCard, Origin: r.origin, Program: r.program, Holder: c.view.Holder, Reader: c.slot.Reader,
			Family: c.slot.Family, Issuer: unitOf(c.view.Certificate),
		}
		r.seen = true
		answer, err := r.b.Dialogs.Confirm(same, q)
		if cause := context.Cause(same); cause != nil {
			return candidate{}, cause
		}
		if err != nil || answer == Yes {
			return c, err
		}
	}
}

// ready are the slots whose cards may be chosen.
func ready(slots []card.Slot) []card.Slot {
	return slices.DeleteFunc(slices.Clone(slots), func(s card.Slot) bool { return s.State != protocol.StateReady })
}

// unitOf is the administration that has issued a card (cns-card.md A7), or empty.
func unitOf(c *x509.Certificate) string {
	if c == nil || len(c.Subject.OrganizationalUnit) == 0 {
		return ""
	}
	return c.Subject.OrganizationalUnit[0]
}

// readerIfSeveral names the reader of a card only where there is a choice.
func readerIfSeveral(cards []candidate, chosen candidate) string {
	if len(cards) > 1 {
		return chosen.slot.Reader
	}
	return ""
}

// who asks, as preferences and pauses are kept: a site, a program, or the citizen (empty).
func (r *request) who() string {
	if r.purpose == ForSite {
		return siteOf(r.origin)
	}
	return r.program
}

// preferred remembers which card was used last with each site. A parent who logs in with a child's card at the
// paediatrician's portal is offered that one first the next time. It is kept in memory only and as a hash: on disk, even
// with a key beside it, it would tell which sites share a card.
type preferred struct {
	mu    sync.Mutex
	cards map[string][sha256.Size]byte
}

func (p *preferred) set(who string, c *x509.Certificate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cards == nil || len(p.cards) >= maxRemembered {
		p.cards = map[string][sha256.Size]byte{}
	}
	p.cards[who] = sha256.Sum256(c.Raw)
}

// first gives the cards with that of who before the others.
func (p *preferred) first(who string, cards []candidate) []candidate {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, known := p.cards[who]
	i := slices.IndexFunc(cards, func(c candidate) bool { return known && sha256.Sum256(c.view.Certificate.Raw) == last })
	if i <= 0 {
		return cards
	}
	return append([]candidate{cards[i]}, slices.Delete(slices.Clone(cards), i, i+1)...)
}
