// SPDX-License-Identifier: BSD-3-Clause

package trustlist

import (
	"context"
	"math/rand/v2"
	"time"
)

// firstRetry is the pause after the first refresh that fails. It doubles with each further one, up to the interval.
const firstRetry = time.Minute

// Run refreshes the list at once and then at every interval, until the context ends. Instances that were started
// together drift apart: each pause is up to a tenth longer or shorter.
func (s *Store) Run(ctx context.Context) {
	failures := 0
	for {
		if _, err := s.Refresh(ctx); err == nil {
			failures = 0
		} else if ctx.Err() == nil {
			failures++
			s.tell(err)
		}
		timer := time.NewTimer(pause(s.options.Interval, failures))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// pause is the time until the next refresh after so many failures in a row.
func pause(interval time.Duration, failures int) time.Duration {
	p := interval
	if failures > 0 {
		p = min(interval, firstRetry<<min(failures-1, 20))
	}
	return p - p/10 + rand.N(p/5+1)
}
