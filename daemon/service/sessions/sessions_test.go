// SPDX-License-Identifier: EUPL-1.2

package sessions

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// computer stands for Windows: sessions come and go as the test says, programs end when it says so.
type computer struct {
	mu       sync.Mutex
	sessions []Session
	broken   error // of Sessions and Open
	starts   []string
	alive    map[string]*program // "agent.exe@1"
	fails    map[string]bool     // programs that crash as soon as they are started
	changed  chan struct{}
	log      bytes.Buffer
}

type program struct {
	ended chan struct{}
	code  uint32
}

func (p *program) Wait() (uint32, error) { <-p.ended; return p.code, nil }

type desk struct {
	c      *computer
	s      Session
	closed bool
}

func (c *computer) Sessions() ([]Session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sessions), c.broken
}

func (c *computer) Open(s Session) (Place, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		return nil, c.broken
	}
	return &desk{c: c, s: s}, nil
}

func (d *desk) Start(p Program) (Process, error) {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	if d.closed || !slices.Contains(d.c.sessions, d.s) {
		return nil, errors.New("nobody is logged in")
	}
	name := fmt.Sprintf("%s@%d", strings.Join(append([]string{p.Name}, p.Args...), " "), d.s.ID)
	d.c.starts = append(d.c.starts, name)
	started := &program{ended: make(chan struct{})}
	if d.c.fails[p.Name] {
		started.code = 2
		close(started.ended)
		return started, nil
	}
	d.c.alive[name] = started
	return started, nil
}

func (d *desk) Close() error {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	d.closed = true
	for name, p := range d.c.alive {
		if strings.HasSuffix(name, fmt.Sprintf("@%d", d.s.ID)) {
			p.code = 1
			close(p.ended)
			delete(d.c.alive, name)
		}
	}
	return nil
}

// log in and log off, with or without the notification that Windows sends.
func (c *computer) set(tell bool, sessions ...Session) {
	c.mu.Lock()
	c.sessions = sessions
	c.mu.Unlock()
	if tell {
		c.changed <- struct{}{}
	}
	synctest.Wait()
}

// end ends a program with a code.
func (c *computer) end(t *testing.T, name string, code uint32) {
	t.Helper()
	c.mu.Lock()
	p := c.alive[name]
	delete(c.alive, name)
	c.mu.Unlock()
	if p == nil {
		t.Fatalf("%s does not run", name)
	}
	p.code = code
	close(p.ended)
	synctest.Wait()
}

// crash makes a program fail each time that it is started, or no longer.
func (c *computer) crash(name string, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fails[name] = on
}

func (c *computer) running() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := []string{}
	for name := range c.alive {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (c *computer) started() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.starts)
}

func (c *computer) wantRunning(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	if got := c.running(); !slices.Equal(got, want) {
		t.Errorf("running: %v, want %v", got, want)
	}
}

var (
	anna  = Session{1, "S-1-5-21-1"}
	bruno = Session{2, "S-1-5-21-2"}
)

// keeping runs a Keeper in a bubble where time passes at once, and stops it at the end: nothing may be left then.
func keeping(t *testing.T, programs []Program, test func(t *testing.T, c *computer, stop func())) {
	synctest.Test(t, func(t *testing.T) {
		c := &computer{alive: map[string]*program{}, fails: map[string]bool{}, changed: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			(&Keeper{System: c, Programs: programs, Log: slog.New(slog.NewTextHandler(&c.log, nil))}).Run(ctx, c.changed)
		}()
		stop := func() { cancel(); <-done }
		defer stop()
		synctest.Wait()
		test(t, c, stop)
		stop()
		if left := c.running(); len(left) > 0 {
			t.Errorf("left running: %v", left)
		}
	})
}

var both = []Program{{Name: "agent.exe", Args: []string{"run"}}, {Name: "tray.exe", After: 3 * time.Second}}

func TestNothingIsStartedWhereNobodyIsLoggedIn(t *testing.T) {
	keeping(t, both, func(t *testing.T, c *computer, _ func()) {
		time.Sleep(time.Hour)
		if c.started() > 0 {
			t.Errorf("started: %v", c.starts)
		}
	})
}

func TestProgramsRunInEachSessionAndEndAtItsLogOff(t *testing.T) {
	keeping(t, both, func(t *testing.T, c *computer, _ func()) {
		c.set(true, anna)
		c.wantRunning(t, "agent.exe run@1")
		time.Sleep(4 * time.Second)
		c.wantRunning(t, "agent.exe run@1", "tray.exe@1")
		c.set(true, anna, bruno)
		time.Sleep(4 * time.Second)
		c.wantRunning(t, "agent.exe run@1", "agent.exe run@2", "tray.exe@1", "tray.exe@2")
		c.set(true, bruno)
		c.wantRunning(t, "agent.exe run@2", "tray.exe@2")
	})
}

func TestTheNextUserOfASessionNumberGetsProgramsOfTheirOwn(t *testing.T) {
	keeping(t, both[:1], func(t *testing.T, c *computer, _ func()) {
		c.set(true, anna)
		c.wantRunning(t, "agent.exe run@1")
		c.set(true, Session{1, bruno.User})
		c.wantRunning(t, "agent.exe run@1")
		if c.started() != 2 {
			t.Errorf("%v: the one of the user before must not go on", c.starts)
		}
	})
}

func TestASessionThatWindowsIsLateToListIsSeenALittleLater(t *testing.T) {
	keeping(t, both[:1], func(t *testing.T, c *computer, _ func()) {
		c.set(true)
		c.set(false, anna)
		c.wantRunning(t)
		time.Sleep(secondLook)
		c.wantRunning(t, "agent.exe run@1")
	})
}

func TestALogOffThatWasNotToldIsSeenWhenAProgramEnds(t *testing.T) {
	keeping(t, both[:1], func(t *testing.T, c *computer, _ func()) {
		c.set(true, anna)
		c.wantRunning(t, "agent.exe run@1")
		c.set(false)
		c.end(t, "agent.exe run@1", 0x40010004) // as Windows ends programs at a log-off
		time.Sleep(time.Hour)
		if c.wantRunning(t); c.started() != 1 {
			t.Errorf("started without a user: %v", c.starts)
		}
		if n := strings.Count(c.log.String(), "program failed"); n > 1 {
			t.Errorf("%d failures are logged: the session is still kept", n)
		}
	})
}

func TestAProgramThatCrashesIsStartedAgain(t *testing.T) {
	keeping(t, both[:1], func(t *testing.T, c *computer, _ func()) {
		c.set(true, anna)
		time.Sleep(2 * steady)
		c.end(t, "agent.exe run@1", 0xC0000005)
		c.wantRunning(t)
		time.Sleep(firstPause)
		c.wantRunning(t, "agent.exe run@1")
	})
}

func TestAProgramThatItsUserEndedComesBackAtTheNextLogInOnly(t *testing.T) {
	keeping(t, both[:1], func(t *testing.T, c *computer, _ func()) {
		c.set(true, anna)
		c.end(t, "agent.exe run@1", 0)
		time.Sleep(time.Hour)
		c.set(true, anna) // unlocked
		c.wantRunning(t)
		c.set(true)
		c.set(true, anna)
		c.wantRunning(t, "agent.exe run@1")
	})
}

func TestAProgramThatCrashesAtOnceIsTriedLessAndLessOften(t *testing.T) {
	keeping(t, both, func(t *testing.T, c *computer, _ func()) {
		c.crash("agent.exe", true)
		c.set(true, anna)
		time.Sleep(10 * time.Minute)
		early := c.started()
		if early < 8 || early > 14 { // 1 + 2 + 4 … 256 s, and the tray
			t.Errorf("%d starts in the first ten minutes", early)
		}
		c.wantRunning(t, "tray.exe@1")
		time.Sleep(time.Hour)
		if late := c.started() - early; late < 11 || late > 13 {
			t.Errorf("%d starts in an hour, want one each five minutes", late)
		}
		c.crash("agent.exe", false)
		time.Sleep(longPause)
		c.wantRunning(t, "agent.exe run@1", "tray.exe@1")
		time.Sleep(steady)
		before := c.started()
		c.end(t, "agent.exe run@1", 2)
		if time.Sleep(firstPause + time.Millisecond); c.started() != before+1 {
			t.Error("one that ran well for a while waits as if it had crashed at its start")
		}
	})
}

func TestACrashLoopEndsWithItsSession(t *testing.T) {
	keeping(t, both[:1], func(t *testing.T, c *computer, _ func()) {
		c.crash("agent.exe", true)
		c.set(true, anna)
		time.Sleep(time.Minute)
		c.set(true)
		n := c.started()
		if time.Sleep(time.Hour); c.started() != n {
			t.Errorf("%d starts after the log-off", c.started()-n)
		}
	})
}

func TestSessionsThatCannotBeListedKeepTheirPrograms(t *testing.T) {
	keeping(t, both[:1], func(t *testing.T, c *computer, _ func()) {
		c.set(true, anna)
		c.mu.Lock()
		c.broken = errors.New("the service of the sessions is not there")
		c.mu.Unlock()
		c.set(true, anna, bruno)
		c.wantRunning(t, "agent.exe run@1")
		c.mu.Lock()
		c.broken = nil
		c.mu.Unlock()
		time.Sleep(secondLook)
		c.wantRunning(t, "agent.exe run@1", "agent.exe run@2")
		if !strings.Contains(c.log.String(), "cannot be listed") {
			t.Error("nothing is logged")
		}
	})
}

func TestAnIdleServiceNeverWakesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counting{}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			(&Keeper{System: c, Log: slog.New(slog.DiscardHandler)}).Run(ctx, nil)
		}()
		time.Sleep(24 * time.Hour)
		cancel()
		<-done
		if c.looks != 2 {
			t.Errorf("looked %d times in a day, want twice at the start", c.looks)
		}
	})
}

type counting struct{ looks int }

func (c *counting) Sessions() ([]Session, error) { c.looks++; return nil, nil }
func (*counting) Open(Session) (Place, error)    { return nil, errors.New("none") }

func TestStoppingTheServiceLeavesNoProgram(t *testing.T) {
	keeping(t, both, func(t *testing.T, c *computer, stop func()) {
		c.crash("tray.exe", true)
		c.set(true, anna, bruno)
		time.Sleep(3500 * time.Millisecond) // one waits to be started again
		stop()
		c.wantRunning(t)
		n := c.started()
		if time.Sleep(time.Hour); c.started() != n {
			t.Error("started after the end")
		}
	})
}
