// SPDX-License-Identifier: EUPL-1.2

package pkcs11_test

import (
	"context"
	"crypto"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/pkcs11"
	"github.com/ponte-cns/ponte/daemon/pkcs11/hsmtest"
	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

// compiled is eviltest/evil.c, built once.
var compiled = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "evil-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "evil.so")
	if said, err := exec.Command("gcc", "-shared", "-fPIC", "-O0", "-w", "-o", out, filepath.Join("eviltest", "evil.c")).CombinedOutput(); err != nil {
		return nil, errors.New(string(said))
	}
	return os.ReadFile(out)
})

// evil puts the module into a folder that tests trust. deeds is what it does.
func evil(t *testing.T, deeds string) *pkcs11.Module {
	t.Helper()
	m, _ := evilAt(t, deeds)
	return m
}

func evilAt(t *testing.T, deeds string) (*pkcs11.Module, *pkcs11.Host) {
	t.Helper()
	text, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "evil.so")
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EVIL", deeds)
	h := host(t, dir)
	return h.Module(path), h
}

// each function that a login calls, as a request to the worker.
var requests = map[string]func(context.Context, *pkcs11.Module) error{
	"init":  func(ctx context.Context, m *pkcs11.Module) error { _, err := m.Slots(ctx); return err },
	"slots": func(ctx context.Context, m *pkcs11.Module) error { _, err := m.Slots(ctx); return err },
	"find": func(ctx context.Context, m *pkcs11.Module) error {
		_, err := pkcs11.Token{Module: m}.Certificates(ctx)
		return err
	},
	"value": func(ctx context.Context, m *pkcs11.Module) error {
		_, err := pkcs11.Token{Module: m}.Certificates(ctx)
		return err
	},
	"login": func(ctx context.Context, m *pkcs11.Module) error {
		return pkcs11.Token{Module: m}.Login(ctx, digits(hsmtest.PIN))
	},
	"sign": func(ctx context.Context, m *pkcs11.Module) error {
		token := pkcs11.Token{Module: m}
		if err := token.Login(ctx, digits(hsmtest.PIN)); err != nil {
			return err
		}
		_, err := token.Sign(ctx, []byte{1}, wire.PKCS1, crypto.SHA256, make([]byte, 51))
		return err
	},
}

func TestAModuleThatCrashesSpoilsOneRequestAndTheNextOneWorks(t *testing.T) {
	for _, function := range []string{"init", "slots", "find", "value", "login", "sign"} {
		for _, what := range []string{"segv", "abort", "exit", "close", "memory"} {
			t.Run(function+" "+what, func(t *testing.T) {
				m := evil(t, function+":"+what)
				t.Setenv("EVIL_ONCE", filepath.Join(t.TempDir(), "done"))
				if err := requests[function](t.Context(), m); !errors.Is(err, pkcs11.ErrModule) {
					t.Errorf("%v", err)
				}
				if err := requests[function](t.Context(), m); err != nil {
					t.Errorf("the next one: %v", err)
				}
			})
		}
	}
}

func TestAModuleThatHangsIsEndedAndTheNextRequestWorks(t *testing.T) {
	for _, deed := range []string{"init:hang", "slots:hang", "sign:hang", "slots:stop"} {
		t.Run(deed, func(t *testing.T) {
			m, h := evilAt(t, deed)
			once := filepath.Join(t.TempDir(), "done")
			t.Setenv("EVIL_ONCE", once)
			function, _, _ := strings.Cut(deed, ":")
			h.Silence = time.Second
			for hangs := false; !hangs; { // on a slow machine it is ended before it comes to hang
				if err := requests[function](t.Context(), m); !errors.Is(err, pkcs11.ErrModule) || !strings.Contains(err.Error(), "did not answer") {
					t.Fatal(err)
				}
				_, err := os.Stat(once)
				hangs = err == nil
			}
			h.Silence = patience
			if err := requests[function](t.Context(), m); err != nil {
				t.Errorf("the next one: %v", err)
			}
		})
	}
}

func TestWhoGivesUpDoesNotWaitForAModuleThatHangs(t *testing.T) {
	m, h := evilAt(t, "slots:hang")
	h.Silence = 2 * time.Second // for the end of the test
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the citizen has gone")
	time.AfterFunc(50*time.Millisecond, func() { cancel(gone) })
	if _, err := m.Slots(ctx); !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
}

func TestAbsurdCountsAndLengthsAreCutOff(t *testing.T) {
	for _, deed := range []string{"slots:million", "token:binary"} {
		slots, err := evil(t, deed).Slots(t.Context())
		if err != nil || len(slots) > wire.MaxSlots || len(slots) == 0 {
			t.Errorf("%s: %d slots, %v", deed, len(slots), err)
		}
	}
	for _, deed := range []string{"find:million", "value:gigabyte", "value:absurd", "value:zeros", "slots:absurd", "slots:more", "list:none"} {
		m := evil(t, deed)
		token := pkcs11.Token{Module: m}
		found, err := token.Certificates(t.Context())
		if len(found) > wire.MaxCertificates || err != nil && !errors.Is(err, pkcs11.ErrModule) {
			t.Errorf("%s: %d certificates, %v", deed, len(found), err)
		}
		for _, c := range found {
			if len(c.DER) > wire.MaxCertificate {
				t.Errorf("%s: a certificate of %d bytes", deed, len(c.DER))
			}
		}
	}
}

// Two processes that both go on would both answer: the second answer would be taken for that of the next request.
func TestAModuleThatReturnsTwiceIsHeardOnce(t *testing.T) {
	for _, deed := range []string{"init:twice", "slots:twice"} {
		m := evil(t, deed)
		for range 3 {
			if slots, err := m.Slots(t.Context()); err != nil || len(slots) != 1 {
				t.Errorf("%s: %v, %v", deed, slots, err)
			}
		}
	}
}

func TestAProcessThatTheModuleLeavesBehindKeepsNobodyWaiting(t *testing.T) {
	m := evil(t, "slots:leave")
	t.Setenv("EVIL_ONCE", filepath.Join(t.TempDir(), "done")) // that process holds the pipe open until this test is over
	if _, err := m.Slots(t.Context()); !errors.Is(err, pkcs11.ErrModule) || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("%v", err)
	}
}

func TestWhatAModuleWritesIsNoAnswer(t *testing.T) {
	m := evil(t, "slots:write")
	if slots, err := m.Slots(t.Context()); err != nil || len(slots) != 1 {
		t.Errorf("%v, %v", slots, err)
	}
}

func TestAWorkerThatNobodyAsksEnds(t *testing.T) {
	m, h := evilAt(t, "")
	h.Idle = 10 * time.Millisecond
	if _, err := m.Slots(t.Context()); err != nil {
		t.Fatal(err)
	}
	untilWorkers(t, m.Path(), 0)
	if _, err := m.Slots(t.Context()); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

func TestNoModuleIsLoadedForALogout(t *testing.T) {
	m := evil(t, "sign:abort")
	if err := requests["sign"](t.Context(), m); !errors.Is(err, pkcs11.ErrModule) {
		t.Fatal(err)
	}
	if err := (pkcs11.Token{Module: m}).Logout(t.Context()); err != nil {
		t.Error(err)
	}
	if running := workers(t, m.Path()); len(running) > 0 {
		t.Errorf("a worker runs: %v", running)
	}
}

// workers lists the processes of a module.
func workers(t *testing.T, path string) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(f string) bool {
		b, err := os.ReadFile(f)
		return err != nil || !strings.HasSuffix(string(b), "\x00"+path+"\x00")
	})
}

func untilWorkers(t *testing.T, path string, n int) {
	t.Helper()
	for end := time.Now().Add(patience); len(workers(t, path)) != n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never %d processes, but %v", n, workers(t, path))
		}
	}
}

// TestTheWorkerDiesWithItsAgent kills a process in the place of the agent, while the module hangs.
func TestTheWorkerDiesWithItsAgent(t *testing.T) {
	m := evil(t, "slots:hang")
	agent := exec.Command(os.Args[0], "as-agent", filepath.Dir(m.Path()), m.Path())
	in, err := agent.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := agent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = agent.Process.Kill() }()
	untilWorkers(t, m.Path(), 2) // itself, and its worker
	_ = agent.Process.Kill()
	_, _ = io.Copy(io.Discard, out)
	_ = agent.Wait()
	untilWorkers(t, m.Path(), 0)
}

// The PIN crosses the pipe as bytes, and is in no argument and no variable; afterwards the agent's copy is gone.
func TestThePINIsInNoArgumentAndNoVariable(t *testing.T) {
	m := evil(t, "")
	if err := requests["login"](t.Context(), m); err != nil {
		t.Fatal(err)
	}
	running := workers(t, m.Path())
	if len(running) != 1 {
		t.Fatalf("%v", running)
	}
	pid := filepath.Base(filepath.Dir(running[0]))
	if _, err := strconv.Atoi(pid); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cmdline", "environ"} {
		b, err := os.ReadFile("/proc/" + pid + "/" + name)
		if err != nil || strings.Contains(string(b), hsmtest.PIN) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
