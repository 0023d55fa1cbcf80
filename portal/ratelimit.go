// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"sync"
	"time"
)

// Rate is a limit on requests: Burst at once, then one more each Every.
type Rate struct {
	Burst int // zero: the default; negative: no limit
	Every time.Duration
}

func (r Rate) or(otherwise Rate) Rate {
	if r.Burst == 0 {
		r.Burst = otherwise.Burst
	}
	if r.Every <= 0 {
		r.Every = otherwise.Every
	}
	return r
}

// mostLimited is how many keys a limiter remembers: about 5 MB.
const mostLimited = 50_000

// limiter counts requests by key, with the generic cell rate algorithm (ITU-T I.371, annex A): one time for each key, up
// to which its allowance is spent. A key whose time has passed is as good as one that was never seen, and is forgotten.
// When there are too many keys, those for which there is no room share one allowance: a flood from everywhere cannot fill
// the memory, and does not touch those who were there before.
type limiter[K comparable] struct {
	rate Rate
	now  func() time.Time
	most int

	mu    sync.Mutex
	spent map[K]time.Time
	crowd time.Time // of all for whom there was no room
	swept time.Time
}

func newLimiter[K comparable](rate Rate, now func() time.Time) *limiter[K] {
	return &limiter[K]{rate: rate, now: now, most: mostLimited, spent: map[K]time.Time{}}
}

// take spends one request of the key; if it has none left, it says after how long it will have one.
func (l *limiter[K]) take(key K) (wait time.Duration, ok bool) {
	if l.rate.Burst < 0 {
		return 0, true
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	until, known := l.spent[key]
	crowded := !known && !l.room(now)
	if crowded {
		until = l.crowd
	}
	if until.Before(now) {
		until = now
	}
	if over := until.Sub(now) - time.Duration(l.rate.Burst-1)*l.rate.Every; over > 0 {
		return over, false
	}
	until = until.Add(l.rate.Every)
	if crowded {
		l.crowd = until
	} else {
		l.spent[key] = until
	}
	return 0, true
}

// room makes sure that one more key can be kept. It goes through all of them once a second at most.
func (l *limiter[K]) room(now time.Time) bool {
	if len(l.spent) >= l.most && now.Sub(l.swept) >= time.Second {
		l.swept = now
		for key, until := range l.spent {
			if !until.After(now) {
				delete(l.spent, key)
			}
		}
	}
	return len(l.spent) < l.most
}
