// SPDX-License-Identifier: EUPL-1.2

//go:build cgo || windows

package pcsc

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ebfe/scard"
)

// notification is the pseudo-reader whose state changes when a reader is plugged or unplugged (PC/SC Workgroup part 5;
// pcsclite and Windows).
const notification = `\\?PnP?\Notification`

// Waiting times while the service is away. There is nothing to wait on then, so this is the only poll.
const (
	firstRetry = 250 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// Watcher reports readers and cards as they come and go.
type Watcher struct {
	report   func([]Reader, error)
	wake     chan struct{}
	inserted map[string]insertion
	count    uint64
}

// insertion remembers which card it was: the event counter of PC/SC (the upper half of the state) and the ATR.
type insertion struct {
	events uint16
	atr    string
	number uint64
}

// NewWatcher makes a Watcher that calls report, from one goroutine, with all readers: once at the start and then
// whenever something changes. With ErrUnavailable there are no readers to tell of.
func NewWatcher(report func([]Reader, error)) *Watcher {
	return &Watcher{report: report, wake: make(chan struct{}, 1), inserted: map[string]insertion{}}
}

// Wake ends the pause between two attempts to reach a service that is away.
func (w *Watcher) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run watches until ctx ends. It sleeps in SCardGetStatusChange: no card and no reader is ever polled. When the service
// goes away or is restarted its context is built anew.
func (w *Watcher) Run(ctx context.Context) {
	pause := firstRetry
	for ctx.Err() == nil {
		started := time.Now()
		err := w.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(started) > lastRetry {
			pause = firstRetry
		}
		w.forget()
		w.report(nil, unavailable("watching readers", err))
		select {
		case <-ctx.Done():
		case <-w.wake:
			pause = firstRetry
		case <-time.After(pause):
		}
		pause = min(2*pause, lastRetry)
	}
}

// forget makes every card a new one: the counters of a restarted service begin again.
func (w *Watcher) forget() { clear(w.inserted) }

// session watches with one PC/SC context, until ctx ends or the context is of no use any more.
func (w *Watcher) session(ctx context.Context) error {
	sc, err := scard.EstablishContext()
	if err != nil {
		return err
	}
	defer func() { _ = sc.Release() }()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-ctx.Done():
			for { // Cancel only reaches a wait that has begun
				_ = sc.Cancel()
				select {
				case <-ended:
					return
				case <-time.After(50 * time.Millisecond):
				}
			}
		case <-ended:
		}
	}()
	plug := scard.ReaderState{Reader: notification}
	var states []scard.ReaderState
	for ctx.Err() == nil {
		names, err := sc.ListReaders()
		if err != nil && !errors.Is(err, scard.ErrNoReadersAvailable) {
			return err
		}
		states = merge(states, names)
		all := append(slices.Clone(states), plug)
		if len(states) > 0 { // first the present moment, then the wait
			if err := sc.GetStatusChange(states, 0); err != nil && !transient(err) {
				return err
			}
			settle(states)
			copy(all, states)
		}
		w.report(w.readers(states), nil)
		err = sc.GetStatusChange(all, -1)
		if err != nil && !transient(err) {
			return err
		}
		settle(all)
		plug = all[len(all)-1]
		copy(states, all[:len(all)-1])
	}
	return ctx.Err()
}

// transient errors leave the context usable: look again.
func transient(err error) bool {
	return errors.Is(err, scard.ErrTimeout) || errors.Is(err, scard.ErrUnknownReader) ||
		errors.Is(err, scard.ErrNoReadersAvailable) || errors.Is(err, scard.ErrReaderUnavailable) || errors.Is(err, scard.ErrCancelled)
}

// merge keeps what is known of readers that are still there.
func merge(old []scard.ReaderState, names []string) []scard.ReaderState {
	states := make([]scard.ReaderState, 0, len(names))
	for _, name := range names {
		i := slices.IndexFunc(old, func(s scard.ReaderState) bool { return s.Reader == name })
		if i < 0 {
			states = append(states, scard.ReaderState{Reader: name})
			continue
		}
		states = append(states, old[i])
	}
	return states
}

// settle makes what was seen the state to wait from.
func settle(states []scard.ReaderState) {
	for i := range states {
		states[i].CurrentState = states[i].EventState &^ scard.StateChanged
	}
}

func (w *Watcher) readers(states []scard.ReaderState) []Reader {
	readers := make([]Reader, 0, len(states))
	before := w.inserted
	w.inserted = map[string]insertion{} // a reader that is gone takes its card along
	for _, s := range states {
		if s.EventState&(scard.StateUnknown|scard.StateIgnore) != 0 {
			continue
		}
		r := Reader{Name: s.Reader}
		switch {
		case s.EventState&scard.StateMute != 0:
			r.Presence = Mute
		case s.EventState&scard.StatePresent != 0 && len(s.Atr) == 0:
			r.Presence = Mute
		case s.EventState&scard.StatePresent != 0:
			r.Presence, r.ATR = Present, slices.Clone(s.Atr)
		}
		if r.Presence != Empty {
			r.Insertion = w.number(before, r.Name, uint16(s.EventState>>16), string(s.Atr))
		}
		readers = append(readers, r)
	}
	return readers
}

// number is the same for a card as long as it stays in its reader.
func (w *Watcher) number(before map[string]insertion, reader string, events uint16, atr string) uint64 {
	known, ok := before[reader]
	if !ok || known.events != events || known.atr != atr {
		w.count++
		known = insertion{events, atr, w.count}
	}
	w.inserted[reader] = known
	return known.number
}
