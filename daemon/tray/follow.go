// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// agent is the control socket as the tray uses it.
type agent struct {
	call  func(ctx context.Context, method string, params, result any) error // control.Call
	start func(ctx context.Context) error                                    // control.Start
}

// Times of a follower.
const (
	startTime   = 15 * time.Second       // an agent may take that long to come
	answerTime  = 10 * time.Second       // and its answers, but for the one that waits
	firstPause  = 5 * time.Second        // before an agent that went away is started again
	longestWait = 5 * time.Minute        // between two starts that fail
	settled     = time.Minute            // an agent that lived so long does not fall over itself
	breath      = 100 * time.Millisecond // between two answers, so that a flood of news costs little
)

// ask asks the agent, and starts one when none runs.
func (a *agent) ask(ctx context.Context, method string, params, result any) error {
	err := a.call(ctx, method, params, result)
	if !errors.Is(err, ipc.ErrAbsent) {
		return err
	}
	starting, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := a.start(starting); err != nil {
		return err
	}
	return a.call(ctx, method, params, result)
}

// follower tells how the agent and its card are, whenever that changes, and keeps an agent running.
type follower struct {
	*agent
	tell  func(state)
	wake  <-chan struct{}                            // start an agent now
	pause func(ctx context.Context, d time.Duration) // sleeps, less when ctx ends
	since func(time.Time) time.Duration              // time.Since
	log   func(message string, attributes ...any)    // what a developer should know
}

// run follows until ctx ends. When the agent goes away it is started again, after pauses that grow.
func (f *follower) run(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		began := time.Now()
		err := f.once(ctx)
		if ctx.Err() != nil {
			return
		}
		f.tell(state{life: absent})
		if f.since(began) > settled {
			failures = 0
		}
		f.log("no agent", "err", err)
		f.rest(ctx, backoff(failures))
		failures++
	}
}

// backoff is the pause after so many failures.
func backoff(failures int) time.Duration {
	return min(firstPause<<min(failures, 10), longestWait)
}

// rest pauses, unless the citizen wants an agent now.
func (f *follower) rest(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-f.wake:
			cancel()
		case <-ctx.Done():
		}
	}()
	f.pause(ctx, d)
}

// once starts an agent where none runs and follows it for as long as it lives.
func (f *follower) once(ctx context.Context) error {
	begin, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := f.start(begin); err != nil {
		return err
	}
	var info control.Info
	if err := f.quickly(ctx, control.AgentInfo, struct{}{}, &info); err != nil {
		return err
	}
	var cards []control.Card
	for {
		cards = f.look(ctx, info, cards)
		f.tell(state{running, info, cards})
		f.pause(ctx, breath)
		seen := info.Revision
		info = control.Info{}
		if err := f.call(ctx, control.AgentWait, control.WaitParams{Seen: seen}, &info); err != nil {
			return err
		}
		if info.Revision == seen {
			return errors.New("the agent does not wait for news") // asking again at once would never end
		}
	}
}

// look asks whose cards there are. While the agent is busy nobody asks: a card that works answers late, and it is the one
// that was there before.
func (f *follower) look(ctx context.Context, info control.Info, before []control.Card) []control.Card {
	switch {
	case info.Card.State != protocol.StateReady:
		return nil
	case info.Busy:
		return before
	}
	var cards []control.Card
	if err := f.quickly(ctx, control.CardInfo, struct{}{}, &cards); err != nil {
		return nil // the icon and the advice are right without names
	}
	return cards
}

func (a *agent) quickly(ctx context.Context, method string, params, result any) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return a.call(ctx, method, params, result)
}

// sleep pauses for d, less when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
