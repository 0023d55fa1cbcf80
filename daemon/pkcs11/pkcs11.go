// SPDX-License-Identifier: EUPL-1.2

// Package pkcs11 drives cards through their makers' PKCS#11 modules, each in a child process of its own: ponte-pkcs11. A
// module that crashes, hangs or lies spoils one request, and never the agent. It holds no vendor's code and no cgo, and a PIN
// no longer than it takes to hand it on; which card is behind which slot, package card decides.
package pkcs11

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

// How long the agent waits for a module.
const (
	Silence = 10 * time.Second // without an answer it is killed
	Typing  = 60 * time.Second // the same while somebody types at the reader's keys
	Idle    = time.Minute      // without a request it ends
)

// ErrModule: the module crashed, was killed, or said what makes no sense. The next request starts it anew.
var ErrModule = errors.New("the card's own software has failed")

// Error is a request that a module has carried out and refused.
type Error struct {
	Code   wire.Code
	Detail string // for developers and the log
}

func (e *Error) Error() string { return e.Detail }

// Is makes errors.Is(err, &Error{Code: wire.CodeWrong}) compare codes alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Host starts workers, one for each module that is asked.
type Host struct {
	Command []string // the program ponte-pkcs11; the module's path is added
	Log     *slog.Logger
	Silence time.Duration // 0: Silence
	Idle    time.Duration // 0: Idle

	mu      sync.Mutex
	modules map[string]*Module
	closed  bool
}

// Module gives that of a path. Nothing is started.
func (h *Host) Module(path string) *Module {
	h.mu.Lock()
	defer h.mu.Unlock()
	m, ok := h.modules[path]
	if !ok {
		m = &Module{host: h, path: path, turn: make(chan struct{}, 1)}
		if h.modules == nil {
			h.modules = map[string]*Module{}
		}
		h.modules[path] = m
	}
	return m
}

// Close ends every worker. It waits for those that are at work.
func (h *Host) Close() {
	h.mu.Lock()
	h.closed = true
	modules := h.modules
	h.mu.Unlock()
	for _, m := range modules {
		m.turn <- struct{}{}
		m.end()
		<-m.turn
	}
}

func (h *Host) isClosed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closed
}

func (h *Host) silence() time.Duration {
	if h.Silence > 0 {
		return h.Silence
	}
	return Silence
}

func (h *Host) idle() time.Duration {
	if h.Idle > 0 {
		return h.Idle
	}
	return Idle
}

// Module is a module and its worker, when it has one.
type Module struct {
	host *Host
	path string

	turn   chan struct{} // full while a request is carried out; guards what follows
	worker *worker       // nil: none runs
	number uint64
	idle   *time.Timer

	about atomic.Pointer[wire.Module] // what it said of itself when it was loaded last
}

// LocksWrongly says that the module calls the PIN of a CNS locked that is not: OpenSC takes a counter that the card did not
// tell for 0 (seen with 0.23). What it answers to a PIN is right.
func (m *Module) LocksWrongly() bool {
	about := m.about.Load()
	return about != nil && strings.Contains(about.Manufacturer+about.Description, "OpenSC")
}

// Path is that of the module's file.
func (m *Module) Path() string { return m.path }

// ask lets the module carry out one request. The answer may be that of nobody who waits any more: a call into a module cannot
// be taken back, and others wait for its end. The secrets are wiped, whatever happens.
func (m *Module) ask(ctx context.Context, req wire.Request, secrets ...[]byte) (wire.Answer, error) {
	select {
	case m.turn <- struct{}{}:
	case <-ctx.Done():
		wipe(secrets)
		return wire.Answer{}, context.Cause(ctx)
	}
	type result struct {
		answer wire.Answer
		err    error
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-m.turn }()
		defer wipe(secrets)
		var r result
		r.answer, r.err = m.exchange(req, secrets)
		done <- r
	}()
	select {
	case r := <-done:
		return r.answer, r.err
	case <-ctx.Done():
		return wire.Answer{}, context.Cause(ctx)
	}
}

func wipe(secrets [][]byte) {
	for _, s := range secrets {
		clear(s)
	}
}

// exchange is one request and its answer, with a worker that is started when none runs. m.turn is held.
func (m *Module) exchange(req wire.Request, secrets [][]byte) (wire.Answer, error) {
	if m.idle != nil {
		m.idle.Stop()
	}
	if m.worker != nil && m.worker.ended() {
		m.end()
	}
	if m.worker == nil && req.Do == wire.OpLogout {
		return wire.Answer{}, nil // whoever had logged in ended with the worker
	}
	if m.worker == nil {
		if err := m.start(); err != nil {
			return wire.Answer{}, err
		}
	}
	m.number++
	req.Number, req.Secrets = m.number, len(secrets)
	limit := m.host.silence()
	if req.PINPad {
		limit = max(limit, Typing)
	}
	answer, err := m.worker.exchange(req, secrets, limit)
	if err != nil {
		return wire.Answer{}, m.fail(string(req.Do), err)
	}
	m.rest()
	if answer.Code != "" {
		return wire.Answer{}, &Error{answer.Code, answer.Detail}
	}
	return answer, nil
}

// start runs a worker and waits until it has loaded the module.
func (m *Module) start() error {
	if m.host.isClosed() {
		return fmt.Errorf("%w: the agent ends", ErrModule)
	}
	w, err := startWorker(append(append([]string{}, m.host.Command...), m.path))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrModule, err)
	}
	m.worker = w
	hello, err := w.receive(0, m.host.silence())
	if err != nil {
		return m.fail("loading", err)
	}
	if hello.Code != "" {
		m.end()
		return &Error{hello.Code, hello.Detail}
	}
	if about := hello.Module; about != nil {
		m.about.Store(about)
		m.log(slog.LevelInfo, "a module runs", "description", about.Description, "version", about.Version, "pid", w.pid())
	}
	return nil
}

// fail ends a worker that did not answer as it should.
func (m *Module) fail(what string, err error) error {
	m.worker.kill()
	err = fmt.Errorf("%w: %s: %w", ErrModule, what, m.worker.why(err))
	m.end()
	m.log(slog.LevelError, "a module has failed", "err", err)
	return err
}

func (m *Module) log(level slog.Level, text string, args ...any) {
	if m.host.Log != nil {
		m.host.Log.Log(context.Background(), level, text, append([]any{"module", m.path}, args...)...)
	}
}

// Suspect and Trusted take down in the log what the agent has found out about an answer.
func (m *Module) Suspect(what string) { m.log(slog.LevelError, what) }

// Trusted is the opposite of Suspect.
func (m *Module) Trusted(what string) { m.log(slog.LevelInfo, what) }

// rest lets the worker end after a minute without a request.
func (m *Module) rest() {
	m.idle = time.AfterFunc(m.host.idle(), func() {
		select {
		case m.turn <- struct{}{}:
			m.end()
			<-m.turn
		default: // it is asked just now, and will rest again
		}
	})
}

// end lets the worker go, if there is one.
func (m *Module) end() {
	if m.idle != nil {
		m.idle.Stop()
	}
	if m.worker != nil {
		m.worker.close()
		m.worker = nil
	}
}

// environment is the agent's own, without what makes the system load other code or tells the module where Ponte listens.
func environment() []string {
	var kept []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "LD_") || strings.HasPrefix(name, "DYLD_") || name == "GLIBC_TUNABLES" || name == "GODEBUG" {
			continue
		}
		kept = append(kept, kv)
	}
	return kept
}
