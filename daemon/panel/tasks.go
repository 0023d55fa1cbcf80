// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// The tasks: what takes longer than a page may.
const (
	pinTask    = "pin"    // the citizen is at the windows that ask for the codes
	doctorTask = "doctor" // the checks run
	signTask   = "sign"   // documents are being signed
	verifyTask = "verify" // a signed document is looked at
)

// taskLimit ends a task whose end nobody has told.
const taskLimit = 20 * time.Minute

// task is one that runs or has ended.
type task struct {
	What    string // which one: a control method
	Running bool
	Ended   time.Time
	Err     error
	Result  any
}

// tasks run beside the pages, one of each name at a time; pages show how far they are.
type tasks struct {
	ctx context.Context

	mu       sync.Mutex
	all      map[string]task
	revision uint64
	changed  chan struct{} // closed at the next change
}

func newTasks() *tasks {
	return &tasks{ctx: context.Background(), all: map[string]task{}, changed: make(chan struct{})}
}

// errRunning: the task of this name has not ended.
var errRunning = errors.New("still running")

// start runs do as the task called name. What is given behind it is done before, if the task is started at all.
func (t *tasks) start(name, what string, do func(context.Context) (any, error), before ...func()) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all[name].Running {
		return errRunning
	}
	for _, prepare := range before {
		prepare()
	}
	t.all[name] = task{What: what, Running: true}
	t.tell()
	go func() {
		ctx, cancel := context.WithTimeout(t.ctx, taskLimit)
		defer cancel()
		result, err := do(ctx)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.all[name] = task{What: what, Ended: time.Now(), Err: err, Result: result}
		t.tell()
	}()
	return nil
}

// news tells that a task is further than it was.
func (t *tasks) news() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tell()
}

// settle waits until a task has ended.
func (t *tasks) settle(name string) {
	for {
		_, changed := t.now()
		if found, _ := t.get(name); !found.Running {
			return
		}
		<-changed
	}
}

// forget takes away a task that has ended.
func (t *tasks) forget(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.all[name].Running {
		delete(t.all, name)
		t.tell()
	}
}

// tell wakes everybody who waits. The lock is held.
func (t *tasks) tell() {
	t.revision++
	close(t.changed)
	t.changed = make(chan struct{})
}

// get gives a task; ok is false for one that was never started.
func (t *tasks) get(name string) (found task, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok = t.all[name]
	return found, ok
}

// now gives the revision, and a channel that is closed at the next.
func (t *tasks) now() (uint64, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.revision, t.changed
}
