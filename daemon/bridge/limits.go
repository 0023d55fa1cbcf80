// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"crypto/sha256"
	"crypto/x509"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/ponte-cns/ponte/protocol"
)

// The limits of design rule 4 and of PROTOCOL.md section 3.
const (
	failuresAllowed  = 2
	failureWindow    = time.Minute
	pause            = 30 * time.Second
	strangersAllowed = 2
	strangersWindow  = time.Hour
	maxRemembered    = 1024 // sites with failures; the oldest go first
)

// cooldown makes a site wait after requests that ended in cancel or in a wrong PIN, so that no page can burn the tries of
// a card or flood the citizen with dialogs.
type cooldown struct {
	mu       sync.Mutex
	failures map[string][]time.Time // by siteOf, or by the path of a program
}

// siteOf is what one owner can make origins of at will: the domain that was registered, whatever is before it, whatever
// the scheme and the port. An address stands for itself.
func siteOf(o protocol.Origin) string {
	if _, err := netip.ParseAddr(o.Host()); err == nil {
		return o.Host()
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(o.Host()); err == nil {
		return domain
	}
	return o.Host()
}

// resting says whether a site, or a program, has to wait.
func (c *cooldown) resting(who string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.failures[who]
	if len(f) < failuresAllowed {
		return false
	}
	last, before := f[len(f)-1], f[len(f)-failuresAllowed]
	return last.Sub(before) < failureWindow && now.Sub(last) < pause
}

// failed counts a request that ended in cancel or in a wrong PIN.
func (c *cooldown) failed(who string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failures == nil {
		c.failures = map[string][]time.Time{}
	}
	f := append(c.failures[who], now)
	c.failures[who] = f[max(0, len(f)-failuresAllowed):]
	if len(c.failures) <= maxRemembered {
		return
	}
	oldest := who
	for other, times := range c.failures {
		if times[len(times)-1].Before(c.failures[oldest][0]) {
			oldest = other
		}
	}
	delete(c.failures, oldest)
}

// succeeded clears the count.
func (c *cooldown) succeeded(who string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.failures, who)
}

// refusals remembers which cards have refused a PIN and accepted none since, for those that do not count their tries: the
// next wrong one may block the card, whatever site asks. It holds hashes of certificates, in memory only.
type refusals struct {
	mu    sync.Mutex
	cards map[[sha256.Size]byte]bool
}

func (r *refusals) set(c *x509.Certificate, refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := sha256.Sum256(c.Raw)
	if !refused {
		delete(r.cards, key)
		return
	}
	if r.cards == nil || len(r.cards) >= maxRemembered {
		r.cards = map[[sha256.Size]byte]bool{}
	}
	r.cards[key] = true
}

func (r *refusals) has(c *x509.Certificate) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cards[sha256.Sum256(c.Raw)]
}

// strangers bounds how often sites that nobody knows may make a dialog appear, all together.
type strangers struct {
	mu    sync.Mutex
	shown []time.Time
}

// spend takes one of the dialogs of the hour; false when none is left.
func (s *strangers) spend(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = slices.DeleteFunc(s.shown, func(t time.Time) bool { return now.Sub(t) >= strangersWindow })
	if len(s.shown) >= strangersAllowed {
		return false
	}
	s.shown = append(s.shown, now)
	return true
}

// unanswered are the sites with a sign.document under way: one each, so that no site can take the places of all.
type unanswered struct {
	mu    sync.Mutex
	sites map[string]bool // by siteOf
}

// enter gives a site its turn, until leave is called; it may be called again. ok is false when the site has one.
func (u *unanswered) enter(site string) (leave func(), ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.sites[site] {
		return nil, false
	}
	if u.sites == nil {
		u.sites = map[string]bool{}
	}
	u.sites[site] = true
	return sync.OnceFunc(func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.sites, site)
	}), true
}

// pace bounds the requests of one channel.
type pace struct {
	times [protocol.MaxRequestsPer10s]time.Time
	next  int
}

// allow says whether a request may go on now, and counts it.
func (p *pace) allow(now time.Time) bool {
	oldest := p.times[p.next]
	if !oldest.IsZero() && now.Sub(oldest) < 10*time.Second {
		return false
	}
	p.times[p.next] = now
	p.next = (p.next + 1) % len(p.times)
	return true
}
