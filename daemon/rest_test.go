// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

type countingJournal struct{ entries *int }

func (j countingJournal) Record(protocol.Origin, string, protocol.Code, time.Duration) { *j.entries++ }

func TestMemoryIsGivenBackOnceWhenTheAgentRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the time in here is not the clock's
		entries := 0
		var released atomic.Int32
		j := journalThatRests(countingJournal{&entries}, func() { released.Add(1) })
		defer j.rest.Stop()
		after := func(d time.Duration, want int32, when string) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if n := released.Load(); n != want {
				t.Errorf("%s: %d times, want %d", when, n, want)
			}
		}
		after(time.Hour, 0, "before any operation")
		for range 3 {
			j.Record(protocol.Origin{}, protocol.MethodLogin, "", 0)
			after(restAfter-time.Millisecond, 0, "between operations")
		}
		after(time.Millisecond, 1, "at rest")
		after(time.Hour, 1, "an hour later")
		j.Record(protocol.Origin{}, protocol.MethodLogin, protocol.UserCancelled, 0)
		after(restAfter, 2, "after another operation")
		if entries != 4 {
			t.Errorf("%d entries were taken down, want 4", entries)
		}
	})
}
