// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"slices"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// The limit of PROTOCOL.md section 6 for sites that are not known.
const (
	glimpsesAllowed = 6
	glimpsesWindow  = time.Minute
)

// glimpses bounds how often a stranger learns of reader and card without a dialog: that there is none, that its PIN is
// blocked, that another site is at a dialog. One click admits a page for as long as it is open, and nobody would see it
// watch when the citizen comes and goes. It is enough for who clicks a few times and then finds the card.
type glimpses struct {
	mu    sync.Mutex
	sites map[string][]time.Time // by siteOf; those of the last minute
}

// spend takes one of the glimpses of the minute before anything is looked at, so that requests at the same time cannot all
// have the last one. giveBack is for when there was a dialog, which the citizen has seen. ok is false when none is left.
func (g *glimpses) spend(o protocol.Origin, now time.Time) (giveBack func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	site := siteOf(o)
	g.forget(now)
	if len(g.sites[site]) >= glimpsesAllowed {
		return nil, false
	}
	if g.sites == nil {
		g.sites = map[string][]time.Time{}
	}
	g.sites[site] = append(g.sites[site], now)
	return func() { g.restore(site, now) }, true
}

// forget drops what is a minute old, and one more site when there are too many.
func (g *glimpses) forget(now time.Time) {
	var oldest string
	for site, times := range g.sites {
		times = slices.DeleteFunc(times, func(t time.Time) bool { return now.Sub(t) >= glimpsesWindow })
		if g.sites[site] = times; len(times) == 0 {
			delete(g.sites, site)
		} else if first := g.sites[oldest]; len(first) == 0 || times[0].Before(first[0]) {
			oldest = site
		}
	}
	if len(g.sites) >= maxRemembered {
		delete(g.sites, oldest)
	}
}

func (g *glimpses) restore(site string, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.sites[site], at); i >= 0 {
		g.sites[site] = slices.Delete(g.sites[site], i, i+1)
	}
}

// glimpse lets a site ask: an allowed one always.
func (b *Bridge) glimpse(o protocol.Origin) (giveBack func(), ok bool) {
	if b.Sites.Standing(o) == Allowed {
		return func() {}, true
	}
	return b.glimpses.spend(o, b.Now())
}
