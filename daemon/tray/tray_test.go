// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/internal/leaktest"
	"github.com/ponte-cns/ponte/protocol"
)

// fakeShell is a desktop without a screen.
type fakeShell struct {
	mu      sync.Mutex
	now     menu
	clicked chan entry
	ended   chan struct{}
}

func (s *fakeShell) run(ready func())     { ready(); <-s.ended }
func (s *fakeShell) clicks() <-chan entry { return s.clicked }
func (s *fakeShell) quit()                { close(s.ended) }

func (s *fakeShell) show(m menu) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = m
}

func (s *fakeShell) menu() menu {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// fakeNotifier keeps the notices.
type fakeNotifier struct {
	mu     sync.Mutex
	told   []notice
	isLock bool
	asked  int // whether the screen is locked
	err    error
	locks  chan struct{} // nil: nobody tells
}

func (n *fakeNotifier) watchLock(ctx context.Context, locked func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.locks:
			locked()
		}
	}
}

func (n *fakeNotifier) notify(what notice) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, what)
	return n.err
}

func (n *fakeNotifier) locked() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	return n.isLock
}

func (n *fakeNotifier) lock() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.isLock = true
}

func (n *fakeNotifier) timesAsked() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked
}

func (n *fakeNotifier) notices() []notice {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]notice(nil), n.told...)
}

// scene is a tray between a fake agent and a fake desktop.
type scene struct {
	t        *testing.T
	shell    *fakeShell
	notifier *fakeNotifier
	tray     *tray
	ended    chan error
}

// play runs a tray. The agent tells one state and waits; answer is for everything else that it is asked.
func play(t *testing.T, now control.Info, answer func(ctx context.Context, method string, params any) error) *scene {
	t.Helper()
	ignored := goleak.IgnoreCurrent()
	c := &scene{t, &fakeShell{clicked: make(chan entry), ended: make(chan struct{})}, &fakeNotifier{locks: make(chan struct{})}, nil, make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	call := func(ctx context.Context, method string, params, result any) error {
		switch method {
		case control.AgentInfo:
			*result.(*control.Info) = now
			return nil
		case control.AgentWait:
			<-ctx.Done()
			return ctx.Err()
		case control.CardInfo:
			return nil
		}
		return answer(ctx, method, params)
	}
	tr := &tray{
		agent: &agent{call, func(context.Context) error { return nil }}, shell: c.shell, notify: c.notifier, words: words.For("it"),
		log: quiet(), quit: cancel,
	}
	c.tray = tr
	go func() { c.ended <- tr.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-c.ended; err != nil {
			t.Error(err)
		}
		if err := leaktest.Find(ignored); err != nil {
			t.Error(err)
		}
	})
	return c
}

func (c *scene) until(what string, is func() bool) {
	c.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("never: %s", what)
		}
	}
}

func TestARefusalOfTheAgentIsToldInWordsAndACancelIsNot(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want protocol.Code // "" for nothing
	}{
		{"another window is open", protocol.Fail(protocol.BridgeBusy, "a dialog is open"), protocol.BridgeBusy},
		{"no agent comes", ipc.ErrAbsent, protocol.BridgeUnreachable},
		{"the connection breaks", errors.New("waiting for the agent: EOF"), protocol.Internal},
		{"the citizen cancels", protocol.Fail(protocol.UserCancelled, ""), ""},
		{"the citizen goes away", protocol.Fail(protocol.UserTimeout, ""), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := make(chan string, 8)
			s := play(t, of(protocol.StateReady, "", "de").info, func(_ context.Context, method string, _ any) error {
				asked <- method
				if method == control.PINChange {
					return c.err
				}
				return protocol.Fail(protocol.CardRemoved, "")
			})
			s.until("German", func() bool { return s.shell.menu().entries[entryLanguage].label == "Sprache" })
			s.shell.clicked <- entryChangePIN
			<-asked
			s.until("the first has ended", func() bool { _, at := s.tray.open.Load(entryChangePIN); return !at })
			s.shell.clicked <- entryUnblockPIN // what is told of it comes after what is told of the first
			s.until("the second is told", func() bool {
				return len(s.notifier.notices()) > 0 && last(s.notifier.notices()).body == words.For("de").Hint(protocol.CardRemoved)
			})
			told := s.notifier.notices()[:len(s.notifier.notices())-1]
			if c.want == "" {
				if len(told) > 0 {
					t.Errorf("told: %v", told)
				}
				return
			}
			if len(told) != 1 || told[0].body != words.For("de").Hint(c.want) || told[0].title != "Ponte" {
				t.Errorf("told: %v", told)
			}
		})
	}
}

func last(n []notice) notice { return n[len(n)-1] }

func TestEachEntryAsksTheAgentForWhatItSays(t *testing.T) {
	type asked struct {
		method string
		params any
	}
	asks := make(chan asked, 1)
	s := play(t, of(protocol.StateReady, "", "it").info, func(_ context.Context, method string, params any) error {
		asks <- asked{method, params}
		return nil
	})
	for e, want := range map[entry]asked{
		entryOpen:       {"panel.open", control.PanelParams{Show: true}},
		entryActivity:   {"panel.open", control.PanelParams{Page: "activity", Show: true}},
		entryDoctor:     {"panel.open", control.PanelParams{Page: "diagnosis", Show: true}},
		entryChangePIN:  {"pin.change", control.PINParams{}},
		entryUnblockPIN: {"pin.unblock", control.PINParams{}},
		entryEnglish:    {"settings.set", control.SettingParams{Key: "language", Value: "en"}},
		entryGerman:     {"settings.set", control.SettingParams{Key: "language", Value: "de"}},
	} {
		s.shell.clicked <- e
		if got := <-asks; !reflect.DeepEqual(got, want) {
			t.Errorf("entry %d asks %v, want %v", e, got, want)
		}
	}
	s.shell.clicked <- entryLanguage // the head of a submenu: some desktops report it
	s.shell.clicked <- entryOpen
	if got := <-asks; got.method != "panel.open" {
		t.Errorf("the head of the languages asks %v", got)
	}
}

func TestClickingTwiceAsksOnceWhileTheDialogIsOpen(t *testing.T) {
	asks, answer := make(chan string, 8), make(chan struct{})
	s := play(t, of(protocol.StateReady, "", "it").info, func(_ context.Context, method string, _ any) error {
		asks <- method
		if method == control.PINChange {
			<-answer
		}
		return nil
	})
	s.shell.clicked <- entryChangePIN
	s.shell.clicked <- entryChangePIN
	s.shell.clicked <- entryChangePIN
	s.shell.clicked <- entryOpen // the menu works meanwhile
	got := <-asks + " " + <-asks
	close(answer)
	if len(asks) > 0 || !strings.Contains(got, "pin.change") || !strings.Contains(got, "panel.open") {
		t.Errorf("asked %s and %d more", got, len(asks))
	}
	s.until("the entry works again", func() bool {
		s.shell.clicked <- entryChangePIN
		return len(asks) > 0
	})
}

func TestQuitEndsTheTrayAlsoWhileADialogIsOpen(t *testing.T) {
	asks := make(chan struct{})
	s := play(t, of(protocol.StateReady, "", "it").info, func(ctx context.Context, _ string, _ any) error {
		close(asks)
		<-ctx.Done()
		return ctx.Err()
	})
	s.shell.clicked <- entryChangePIN
	<-asks
	s.shell.clicked <- entryQuit
	s.ended <- <-s.ended
	if told := s.notifier.notices(); len(told) > 0 {
		t.Errorf("told: %v", told)
	}
}

func TestAFailureIsNotToldOnALockedScreen(t *testing.T) {
	s := play(t, of(protocol.StateReady, "", "it").info, func(context.Context, string, any) error {
		return protocol.Fail(protocol.BridgeBusy, "")
	})
	s.notifier.lock()
	s.shell.clicked <- entryOpen
	s.until("somebody asks whether the screen is locked", func() bool { return s.notifier.timesAsked() > 0 })
	s.shell.clicked <- entryQuit
	s.ended <- <-s.ended
	if told := s.notifier.notices(); len(told) > 0 {
		t.Errorf("told: %v", told)
	}
}

func TestTheMenuSpeaksTheLanguageOfTheAgent(t *testing.T) {
	s := play(t, of(protocol.StateNoCard, "", "de").info, nil)
	s.until("German", func() bool { return s.shell.menu().entries[entryLanguage].label == "Sprache" })
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func TestEachLockOfTheScreenIsToldToTheAgentAlsoAfterARefusal(t *testing.T) {
	asked := make(chan string, 8)
	s := play(t, of(protocol.StateReady, "", "it").info, func(_ context.Context, method string, _ any) error {
		asked <- method
		return ipc.ErrAbsent
	})
	for range 2 {
		s.notifier.locks <- struct{}{}
		if got := <-asked; got != control.ScreenLocked {
			t.Errorf("asked: %s", got)
		}
	}
}
