// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// process is a dialog program that runs, alone in its process group.
type process struct {
	cmd *exec.Cmd
	in  *os.File // its standard input
	out *os.File // its standard output

	mu     sync.Mutex
	killed bool
	reaped bool // its id may belong to somebody else
}

// runProcess starts a program, lets talk speak with it and gives its exit code, -1 when it was killed. When talk returns,
// the program and its whole group are killed, unless talk waited for their end. When ctx ends they are killed at once.
// On Linux the kernel kills the program when the agent dies.
func runProcess(ctx context.Context, path string, args, env []string, talk func(*process) error) (int, error) {
	if err := ctx.Err(); err != nil {
		return -1, err
	}
	// On Linux, Pdeathsig counts the end of the thread that started the program as the end of the agent (prctl(2)).
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p, err := startProcess(path, args, env)
	if err != nil {
		return -1, err
	}
	stop := context.AfterFunc(ctx, p.kill)
	err = talk(p)
	stop()
	p.end()
	if ctx.Err() != nil {
		return -1, ctx.Err()
	}
	return p.cmd.ProcessState.ExitCode(), err
}

func startProcess(path string, args, env []string) (*process, error) {
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, childIn.Close(), in.Close())
	}
	cmd := exec.Command(path, args...)
	cmd.Env, cmd.Stdin, cmd.Stdout = env, childIn, childOut // standard error goes nowhere: it could hold anything
	cmd.Dir = "/"
	cmd.SysProcAttr = processAttributes()
	err = cmd.Start()
	_, _ = childIn.Close(), childOut.Close()
	if err != nil {
		_, _ = in.Close(), out.Close()
		return nil, fmt.Errorf("starting a dialog program: %w", err)
	}
	return &process{cmd: cmd, in: in, out: out}, nil
}

// kill ends the program and its group, and everything that waits for them.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed = true
	if !p.reaped {
		_ = unix.Kill(-p.cmd.Process.Pid, unix.SIGKILL)
	}
	past := time.Unix(1, 0)
	_, _ = p.in.SetDeadline(past), p.out.SetDeadline(past)
}

// limit gives the program d to answer; 0 lifts the limit.
func (p *process) limit(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		return
	}
	var at time.Time
	if d > 0 {
		at = time.Now().Add(d)
	}
	_, _ = p.in.SetDeadline(at), p.out.SetDeadline(at)
}

// output gives data what the program writes, up to a ceiling, and waits for its end. data must not keep it.
func (p *process) output(most int, data func([]byte)) error {
	var buf [64]byte
	defer clear(buf[:])
	for total := 0; ; {
		n, err := p.out.Read(buf[:])
		if total += n; total > most {
			return errors.New("a dialog program writes without end")
		}
		data(buf[:n])
		if errors.Is(err, io.EOF) {
			return p.await()
		}
		if err != nil {
			return fmt.Errorf("reading from a dialog program: %w", err)
		}
	}
}

// end kills what is left of the group and reaps the program. It is killed before it is reaped, so the group is still ours.
func (p *process) end() {
	p.kill()
	_ = p.await()
	p.mu.Lock()
	p.reaped = true
	p.mu.Unlock()
	_ = p.cmd.Wait()
	_, _ = p.in.Close(), p.out.Close()
}

// locales are those under which the programs' own words are found, where they are installed.
var locales = map[string]string{"it": "it_IT.UTF-8", "en": "en_US.UTF-8", "de": "de_DE.UTF-8"}

// forDialog picks what a dialog needs and adds its language. The locale is one that is always installed: with one that is
// not, setlocale(3) falls back to ASCII and zenity refuses our texts (measured with zenity 3.44).
func (e environment) forDialog(lang string) []string {
	out := make([]string, 0, len(passed)+2)
	for _, kv := range e {
		name, _, _ := strings.Cut(kv, "=")
		if slices.Contains(passed, name) {
			out = append(out, kv)
		}
	}
	return append(out, "LC_ALL="+alwaysInstalled, "LANGUAGE="+lang)
}
