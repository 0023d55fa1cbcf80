// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/ponte-cns/ponte/daemon/activity"
	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/doctor"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// doctorRun answers doctor.run: what the control page shows, and the same as `ponte doctor --json`.
func (a *agent) doctorRun(ctx context.Context, req protocol.Request) (any, error) {
	if err := req.Bind(&struct{}{}); err != nil {
		return nil, err
	}
	return a.doctor().Run(ctx, nil), nil
}

// doctorFix answers doctor.fix.
func (a *agent) doctorFix(ctx context.Context, req protocol.Request) (any, error) {
	var p control.FixParams
	if err := req.Bind(&p); err != nil {
		return nil, err
	}
	err := a.doctor().Fix(ctx, p.ID)
	if errors.Is(err, doctor.ErrNotFixable) {
		return nil, protocol.Fail(protocol.InvalidArgument, err.Error())
	}
	return struct{}{}, err
}

// doctor looks at this computer from within the agent, which knows that it runs.
func (a *agent) doctor() *doctor.Machine {
	m := newDoctor(a.words())
	m.Agent = func(context.Context) (doctor.Agent, error) {
		return doctor.Agent{Version: version, PID: os.Getpid()}, nil
	}
	return m
}

// newDoctor looks at this computer, also where no agent runs or can run: it needs no settings, no home and no service.
func newDoctor(w *words.Words) *doctor.Machine {
	m := doctor.Local(version, w)
	m.Agent = askAgent
	m.Readers = examineReaders
	m.LastLogin = func() (protocol.Code, bool) { return lastLogin(m.Places.State) }
	m.StartAgent = restartAgent
	return m
}

// askAgent asks the running agent for its version, and the system for its process.
func askAgent(ctx context.Context) (doctor.Agent, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var info control.Info
	if err := control.Call(ctx, control.AgentInfo, nil, &info); err != nil {
		return doctor.Agent{}, err
	}
	a := doctor.Agent{Version: info.Version}
	if conn, err := ipc.Dial(ctx, ipc.Control); err == nil {
		if peer, err := ipc.PeerOf(conn); err == nil {
			a.PID = peer.PID
		}
		_ = conn.Close()
	}
	return a, nil
}

// restartAgent starts the installed agent, in the place of one that runs.
func restartAgent(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err := control.Call(ctx, control.AgentStop, nil, nil)
	for err == nil { // until it has gone
		if err = control.Call(ctx, control.AgentInfo, nil, nil); err == nil {
			select {
			case <-ctx.Done():
				err = ctx.Err()
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("stopping the agent that runs: %w", ctx.Err())
	}
	return control.Start(ctx)
}

// maxLooked bounds how many readers are looked into.
const maxLooked = 16

// examineReaders looks at readers and cards by itself, whatever the agent does meanwhile. No PIN is sent.
func examineReaders(ctx context.Context) ([]doctor.Reader, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	readers := card.New(transact, func() {})
	seen := make(chan snapshot, 1)
	w, err := newWatcher(func(list []pcsc.Reader, err error) {
		readers.Update(list, err)
		select {
		case seen <- snapshot{list, err}:
		default:
		}
	})
	if err != nil {
		return nil, err
	}
	go w.Run(ctx)
	var first snapshot
	select {
	case first = <-seen:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: no answer yet", doctor.ErrService)
	}
	switch {
	case pcsc.ReasonOf(first.err) == pcsc.Denied:
		return nil, fmt.Errorf("%w: %w", doctor.ErrDenied, first.err)
	case first.err != nil:
		return nil, fmt.Errorf("%w: %w", doctor.ErrService, first.err)
	}
	slots, err := readers.Slots(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", doctor.ErrService, err)
	}
	var all []doctor.Reader
	for i, r := range first.readers[:min(len(first.readers), maxLooked)] {
		looked := doctor.Reader{Name: r.Name, ATR: r.ATR, State: protocol.StateNoCard, MaxAPDU: doctor.Unknown, TriesLeft: doctor.Unknown}
		if i < len(slots) && slots[i].Reader == r.Name {
			looked.State, looked.Family = slots[i].State, slots[i].Family
			lookInto(ctx, readers, slots[i], &looked)
		}
		looked.MaxAPDU = capacity(ctx, r)
		all = append(all, looked)
	}
	return all, nil
}

// snapshot is one report of a watcher.
type snapshot struct {
	readers []pcsc.Reader
	err     error
}

func lookInto(ctx context.Context, readers *card.Readers, slot card.Slot, r *doctor.Reader) {
	if slot.State != protocol.StateReady {
		return
	}
	view, err := readers.Look(ctx, slot)
	if err != nil {
		r.Problem = protocol.Internal
		var e *protocol.Error
		if errors.As(err, &e) {
			r.Problem = e.Code
		}
		return
	}
	r.Problem, r.Certificate, r.TriesLeft = view.Problem, view.Certificate, view.TriesLeft
	if view.Family != "" {
		r.Family = view.Family
	}
}

// capacity asks the reader how long a command may be. PC/SC cannot be interrupted: a reader that hangs is left behind.
func capacity(ctx context.Context, r pcsc.Reader) int {
	answer := make(chan int, 1)
	go func() {
		n, err := pcsc.MaxAPDU(r.Name, r.Presence == pcsc.Present)
		if err != nil {
			n = doctor.Unknown
		}
		answer <- n
	}()
	select {
	case n := <-answer:
		return n
	case <-ctx.Done():
	case <-time.After(2 * time.Second):
	}
	return doctor.Unknown
}

// lastLogin is how the newest login of the activity log ended.
func lastLogin(state string) (outcome protocol.Code, ok bool) {
	entries, err := (&activity.Log{Dir: state, Err: slog.New(slog.DiscardHandler)}).List()
	if err != nil {
		return "", false
	}
	for i := len(entries) - 1; i >= 0; i-- {
		if e := entries[i]; e.Operation == protocol.MethodLogin && (e.Outcome == "" || e.Outcome == protocol.ReaderLimited) {
			return e.Outcome, true
		}
	}
	return "", false
}
