// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// shell is the desktop's side: an icon with a menu.
type shell interface {
	// run shows the icon. It calls ready once a menu can be shown, and returns when quit was called. It belongs to the
	// main thread.
	run(ready func())
	show(menu)
	clicks() <-chan entry
	quit()
}

// notifier is the desktop's side of notifications. Its methods may take a while.
type notifier interface {
	notify(notice) error
	locked() bool // the screen
	// watchLock calls back each time the screen is locked, until ctx ends or the desktop tells no more.
	watchLock(ctx context.Context, locked func())
}

// tray joins the agent, the shell and the notifications.
type tray struct {
	agent  *agent
	shell  shell
	notify notifier
	words  *words.Words // until the agent has told the citizen's language
	log    *slog.Logger
	quit   context.CancelFunc // ends ctx of run

	failures chan notice
	wake     chan struct{}
	open     sync.Map // entries that are at work
}

// run shows the tray until ctx ends.
func (t *tray) run(ctx context.Context) error {
	t.failures, t.wake = make(chan notice, 8), make(chan struct{}, 1)
	states, news := make(chan state), make(chan state, 16)
	f := follower{
		agent: t.agent, wake: t.wake, pause: sleep, since: time.Since, log: t.log.Info,
		tell: func(s state) {
			select {
			case states <- s:
			case <-ctx.Done():
			}
		},
	}
	var running sync.WaitGroup
	w := t.words
	t.shell.run(func() {
		running.Go(func() { f.run(ctx) })
		running.Go(func() { t.announce(ctx, news, w) })
		running.Go(func() { t.notify.watchLock(ctx, func() { t.lock(ctx) }) })
		running.Go(func() { t.serve(ctx, states, news); t.shell.quit() })
	})
	t.quit()
	running.Wait()
	return nil
}

// serve shows each state and carries out what is chosen.
func (t *tray) serve(ctx context.Context, states <-chan state, news chan<- state) {
	now := state{life: starting}
	for {
		t.shell.show(compose(now, t.speak(now)))
		select {
		case <-ctx.Done():
			return
		case now = <-states:
			select {
			case news <- now:
			default: // the desktop is slow with its notifications: what is past is no news
			}
		case e := <-t.shell.clicks():
			if e == entryQuit {
				t.quit()
				return
			}
			t.choose(ctx, e, now)
		}
	}
}

// speak gives the words of the language in which the agent speaks, and remembers it for when there is no agent.
func (t *tray) speak(s state) *words.Words {
	if s.life == running {
		t.words = words.For(s.info.Language)
	}
	return t.words
}

// choose starts what an entry is for. Until that has ended, the same entry does nothing: who clicks twice wants it once.
func (t *tray) choose(ctx context.Context, e entry, now state) {
	method, params := request(e)
	if method == "" {
		return
	}
	if _, at := t.open.LoadOrStore(e, true); at {
		return
	}
	w := t.words
	go func() {
		defer t.open.Delete(e)
		err := t.agent.ask(ctx, method, params, nil)
		if now.life == absent {
			select {
			case t.wake <- struct{}{}: // an agent has just been started
			default:
			}
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		t.log.Warn("the agent did not do it", "method", method, "err", err)
		if code := codeOf(err); code != protocol.UserCancelled && code != protocol.UserTimeout {
			select {
			case t.failures <- notice{"Ponte", w.Hint(code), false}:
			default:
			}
		}
	}()
}

// lock tells the agent that the screen is locked. No agent is started for it: one that does not run keeps no card unlocked.
func (t *tray) lock(ctx context.Context) {
	if err := t.agent.quickly(ctx, control.ScreenLocked, struct{}{}, nil); err != nil && !errors.Is(err, ipc.ErrAbsent) {
		t.log.Warn("the agent does not know that the screen is locked", "err", err)
	}
}

// request is what the agent is asked for an entry.
func request(e entry) (method string, params any) {
	switch e {
	case entryOpen:
		return control.PanelOpen, control.PanelParams{Show: true}
	case entryActivity:
		return control.PanelOpen, control.PanelParams{Page: "activity", Show: true}
	case entryDoctor:
		return control.PanelOpen, control.PanelParams{Page: "diagnosis", Show: true}
	case entryChangePIN:
		return control.PINChange, control.PINParams{}
	case entryUnblockPIN:
		return control.PINUnblock, control.PINParams{}
	}
	if l, ok := languages[e]; ok {
		return control.SettingsSet, control.SettingParams{Key: "language", Value: l.code}
	}
	return "", nil
}

// codeOf is the code of an error, for the hint that belongs to it.
func codeOf(err error) protocol.Code {
	var e *protocol.Error
	switch {
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, ipc.ErrAbsent):
		return protocol.BridgeUnreachable
	}
	return protocol.Internal
}

// announce sends the notifications, until ctx ends.
func (t *tray) announce(ctx context.Context, news <-chan state, w *words.Words) {
	h, budget := herald{now: time.Now}, throttle{now: time.Now}
	for {
		var notices []notice
		select {
		case <-ctx.Done():
			return
		case s := <-news:
			if s.life == running {
				w = words.For(s.info.Language)
			}
			notices = h.tell(s, w, t.notify.locked)
		case n := <-t.failures:
			if !t.notify.locked() {
				notices = []notice{n}
			}
		}
		for _, n := range notices {
			if !budget.allow() {
				break
			}
			if err := t.notify.notify(n); err != nil {
				t.log.Warn("no notification", "err", err)
			}
		}
	}
}
