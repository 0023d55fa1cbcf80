// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"sync"
	"time"
)

// idle knows when a person last asked for something. What a page asks by itself does not count.
type idle struct {
	limit time.Duration
	now   func() time.Time

	mu   sync.Mutex
	last time.Time
}

// touch notes that a person has asked for something.
func (i *idle) touch() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.last = i.now()
}

// left is how long the panel still lives when nobody asks for anything.
func (i *idle) left() time.Duration {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.limit - i.now().Sub(i.last)
}

// wait returns when nobody has asked for anything for too long, or ctx has ended.
func (i *idle) wait(ctx context.Context) {
	for {
		left := i.left()
		if left <= 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(left):
		}
	}
}
