// SPDX-License-Identifier: EUPL-1.2

// Package sessions keeps programs running in every desktop session of a Windows computer: it starts them when somebody
// logs in, again when they crash, and ends them at log-off. It listens to nobody but the system: no socket, no pipe, no
// file, no argument of a user says what it starts. It shows nothing and touches no card.
package sessions

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Session is one desktop session with somebody logged in.
type Session struct {
	ID   uint32 // as Windows numbers them; used again after a log-off
	User string // security identifier, so that the next user of the same number is another session
}

// Program is one that is kept running.
type Program struct {
	Name  string // file name, in the folder of the service's own program
	Args  []string
	After time.Duration // how long the ones before it in the list get to start
}

// System is what is asked of Windows.
type System interface {
	// Sessions are those of now.
	Sessions() ([]Session, error)
	// Open makes the place in which the programs of a session run.
	Open(Session) (Place, error)
}

// Place holds the programs of one session, with all that they start.
type Place interface {
	Start(Program) (Process, error)
	// Close ends everything in it.
	Close() error
}

// Process is a program that was started.
type Process interface {
	// Wait gives the exit code when it has ended.
	Wait() (uint32, error)
}

// Waiting times.
const (
	firstPause = time.Second      // after a program has crashed for the first time
	longPause  = 5 * time.Minute  // at the most
	steady     = time.Minute      // a program that has run so long did not crash at its start
	secondLook = 10 * time.Second // a notification comes while Windows is still changing: look again
)

// Keeper keeps programs running in the sessions of a system.
type Keeper struct {
	System   System
	Programs []Program
	Log      *slog.Logger
}

// kept is a session whose programs are being kept running.
type kept struct {
	stop func()
	done chan struct{}
}

// Run keeps the programs running until ctx ends; then none of them is left. It looks at the sessions when changed tells
// of something or a program has ended, and once more a little later; with nothing to do it never wakes up.
func (k *Keeper) Run(ctx context.Context, changed <-chan struct{}) {
	all := map[Session]*kept{}
	defer func() {
		for _, s := range all {
			s.stop()
		}
		for _, s := range all {
			<-s.done
		}
	}()
	ended := make(chan struct{}, 1)
	for {
		k.look(ctx, all, ended)
		again := time.NewTimer(secondLook)
		for settled := false; !settled; {
			select {
			case <-ctx.Done():
				again.Stop()
				return
			case <-changed:
				settled = true
			case <-ended:
				settled = true
			case <-again.C:
				k.look(ctx, all, ended)
			}
		}
		again.Stop()
	}
}

// look starts what is new and stops what is gone.
func (k *Keeper) look(ctx context.Context, all map[Session]*kept, ended chan<- struct{}) {
	now, err := k.System.Sessions()
	if err != nil {
		k.Log.Error("the sessions cannot be listed", "err", err)
		return
	}
	for s, running := range all {
		if !slices.Contains(now, s) {
			k.Log.Info("session ended", "session", s.ID)
			running.stop()
			<-running.done
			delete(all, s)
		}
	}
	for _, s := range now {
		if all[s] == nil {
			k.Log.Info("session began", "session", s.ID)
			all[s] = k.keep(ctx, s, ended)
		}
	}
}

// keep runs the programs in a session until it is stopped.
func (k *Keeper) keep(ctx context.Context, s Session, ended chan<- struct{}) *kept {
	ctx, stop := context.WithCancel(ctx)
	running := &kept{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(running.done)
		place := k.open(ctx, s)
		if place == nil {
			return
		}
		var programs sync.WaitGroup
		var elapsed time.Duration
		for _, p := range k.Programs {
			elapsed += p.After
			after := elapsed
			programs.Go(func() {
				if sleep(ctx, after) {
					k.keepProgram(ctx, s, place, p, ended)
				}
			})
		}
		<-ctx.Done()
		if err := place.Close(); err != nil {
			k.Log.Error("the programs of a session cannot be ended", "session", s.ID, "err", err)
		}
		programs.Wait()
	}()
	return running
}

// open makes the place of a session; nil when the session ended before.
func (k *Keeper) open(ctx context.Context, s Session) Place {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		place, err := k.System.Open(s)
		if err == nil {
			return place
		}
		k.Log.Error("no place for the programs of a session", "session", s.ID, "err", err, "again", pause)
		if !sleep(ctx, pause) {
			return nil
		}
	}
}

// keepProgram starts a program again each time that it fails. One that ends well was ended by its user: it comes back at
// the next log-in.
func (k *Keeper) keepProgram(ctx context.Context, s Session, place Place, p Program, ended chan<- struct{}) {
	pause := firstPause
	for {
		began := time.Now()
		code, err := runOnce(place, p)
		if ctx.Err() != nil {
			return
		}
		if err == nil && code == 0 {
			k.Log.Info("program ended by its user", "program", p.Name, "session", s.ID)
			return
		}
		if time.Since(began) >= steady {
			pause = firstPause
		}
		k.Log.Warn("program failed", "program", p.Name, "session", s.ID, "code", code, "err", err, "again", pause)
		select {
		case ended <- struct{}{}: // it may be the log-off
		default:
		}
		if !sleep(ctx, pause) {
			return
		}
		pause = min(2*pause, longPause)
	}
}

func runOnce(place Place, p Program) (uint32, error) {
	process, err := place.Start(p)
	if err != nil {
		return 0, err
	}
	return process.Wait()
}

// sleep says that ctx has not ended meanwhile.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
