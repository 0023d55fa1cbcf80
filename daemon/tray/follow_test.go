// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// fakeAgent is an agent that plays a script: the infos that it tells, one after the other. After the last it goes away.
type fakeAgent struct {
	mu       sync.Mutex
	lives    [][]control.Info // of each agent that is started
	refuses  error            // of start
	life     []control.Info
	alive    bool
	starts   int
	asked    []string // methods, in their order
	answer   func(method string, params, result any) error
	cardErr  error
	stubborn bool // answers agent.wait at once, with the same
}

func (a *fakeAgent) start(context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.starts++
	if a.refuses != nil {
		return a.refuses
	}
	if !a.alive {
		if len(a.lives) == 0 {
			return ipc.ErrAbsent
		}
		a.life, a.lives, a.alive = a.lives[0], a.lives[1:], true
	}
	return nil
}

func (a *fakeAgent) call(_ context.Context, method string, params, result any) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, method)
	if !a.alive {
		return ipc.ErrAbsent
	}
	switch method {
	case control.AgentInfo, control.AgentWait:
		if method == control.AgentWait && !a.stubborn {
			a.life = a.life[1:]
			if len(a.life) == 0 {
				a.alive = false
				return errors.New("the connection broke")
			}
		}
		*result.(*control.Info) = a.life[0]
		return nil
	case control.CardInfo:
		*result.(*[]control.Card) = []control.Card{{Holder: "GIADA PROVA ROSSINI"}}
		return a.cardErr
	}
	return a.answer(method, params, result)
}

func (a *fakeAgent) count(method string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, m := range a.asked {
		if m == method {
			n++
		}
	}
	return n
}

func info(revision uint64, s protocol.CardState, busy bool) control.Info {
	return control.Info{Revision: revision, Busy: busy, Card: protocol.Status{State: s}}
}

// follows runs a follower until it has paused so many times, and gives what it told and how long its pauses were.
func follows(t *testing.T, a *fakeAgent, pauses int, since time.Duration) (told []state, paused []time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f := follower{
		agent: &agent{a.call, a.start},
		tell:  func(s state) { told = append(told, s) },
		wake:  make(chan struct{}),
		since: func(time.Time) time.Duration { return since },
		log:   func(string, ...any) {},
		pause: func(_ context.Context, d time.Duration) {
			if d == breath {
				return
			}
			if paused = append(paused, d); len(paused) == pauses {
				cancel()
			}
		},
	}
	f.run(ctx)
	return told, paused
}

func TestAnAgentThatNeverComesIsAskedForLessAndLessOften(t *testing.T) {
	a := &fakeAgent{refuses: ipc.ErrAbsent}
	told, paused := follows(t, a, 9, 0)
	want := []time.Duration{5, 10, 20, 40, 80, 160, 300, 300, 300}
	for i := range want {
		want[i] *= time.Second
	}
	if !slices.Equal(paused, want) {
		t.Errorf("pauses %v", paused)
	}
	if a.starts != len(want) || len(told) != len(want) || told[0].life != absent {
		t.Errorf("%d starts, told %v", a.starts, told)
	}
	if got := backoff(1 << 40); got != longestWait {
		t.Errorf("after years the pause is %v", got)
	}
}

func TestAnAgentThatDoesNotWaitIsNotAskedAgainAtOnce(t *testing.T) {
	a := &fakeAgent{lives: [][]control.Info{{info(7, protocol.StateNoCard, false)}}, stubborn: true}
	_, paused := follows(t, a, 2, 0)
	if !slices.Equal(paused, []time.Duration{5 * time.Second, 10 * time.Second}) || a.count(control.AgentWait) != 2 {
		t.Errorf("pauses %v, asked %v", paused, a.asked)
	}
}

func TestAnAgentThatGoesAwayIsStartedAgain(t *testing.T) {
	a := &fakeAgent{lives: [][]control.Info{
		{info(1, protocol.StateNoCard, false), info(2, protocol.StateReady, false)},
		{info(1, protocol.StateNoReader, false)},
	}}
	told, paused := follows(t, a, 2, settled+1)
	var seen []any
	for _, s := range told {
		if s.life == running {
			seen = append(seen, s.info.Card.State)
		} else {
			seen = append(seen, s.life)
		}
	}
	if want := []any{protocol.StateNoCard, protocol.StateReady, absent, protocol.StateNoReader, absent}; !slices.Equal(seen, want) {
		t.Errorf("told %v, want %v", seen, want)
	}
	if !slices.Equal(paused, []time.Duration{firstPause, firstPause}) {
		t.Errorf("after agents that lived long the pauses are %v", paused)
	}
}

func TestHoldersAreAskedForWhenACardIsThereAndRests(t *testing.T) {
	a := &fakeAgent{lives: [][]control.Info{{
		info(1, protocol.StateNoCard, false), info(2, protocol.StateReady, false), info(3, protocol.StateReady, true), info(4, protocol.StateNoCard, true),
	}}}
	told, _ := follows(t, a, 1, 0)
	var holders []int
	for _, s := range told[:4] {
		holders = append(holders, len(s.cards))
	}
	if !slices.Equal(holders, []int{0, 1, 1, 0}) {
		t.Errorf("holders told %v", holders)
	}
	if n := a.count(control.CardInfo); n != 1 {
		t.Errorf("asked %d times whose card it is", n)
	}
}

func TestWithoutTheHolderTheStateIsStillTold(t *testing.T) {
	a := &fakeAgent{lives: [][]control.Info{{info(1, protocol.StateReady, false)}}, cardErr: protocol.Fail(protocol.CardBusy, "")}
	told, _ := follows(t, a, 1, 0)
	if told[0].life != running || told[0].info.Card.State != protocol.StateReady || told[0].cards != nil {
		t.Errorf("%+v", told[0])
	}
}

func TestACitizenWhoWantsAnAgentDoesNotWaitForIt(t *testing.T) {
	wake := make(chan struct{}, 1)
	wake <- struct{}{}
	f := follower{wake: wake, pause: sleep}
	f.rest(t.Context(), time.Hour) // the test would time out
}
