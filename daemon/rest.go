// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"runtime/debug"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
)

// restAfter is how long after the last operation the agent counts as resting: the page has its answer by then.
const restAfter = time.Second

// restingJournal gives the memory of an operation back to the system when the agent rests again. The collector alone
// would keep the 4 MiB of its smallest heap for good, of which the agent needs less than one (measured by `make bench`:
// 15 MiB of PSS after 30 logins, 12 MiB so).
type restingJournal struct {
	bridge.Journal
	rest *time.Timer
}

func newRestingJournal(j bridge.Journal) restingJournal {
	return journalThatRests(j, debug.FreeOSMemory)
}

func journalThatRests(j bridge.Journal, release func()) restingJournal {
	rest := time.AfterFunc(restAfter, release)
	rest.Stop() // until the first operation there is nothing to give back
	return restingJournal{j, rest}
}

// Record takes an operation down, which is the last thing that is done for it.
func (j restingJournal) Record(o protocol.Origin, operation string, outcome protocol.Code, took time.Duration) {
	j.Journal.Record(o, operation, outcome, took)
	j.rest.Reset(restAfter)
}
