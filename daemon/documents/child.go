// SPDX-License-Identifier: EUPL-1.2

package documents

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// child is a ponte-document that runs. It ends once, for one reason.
type child struct {
	in, out *os.File
	process *os.Process
	gone    chan struct{} // closed when it has ended and was reaped

	mu     sync.Mutex
	reason error // nil: it runs
}

// launch starts a program. When ctx ends, it is killed.
func launch(ctx context.Context, program string, args ...string) (*child, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, childIn.Close(), in.Close())
	}
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Dir = environment(os.Environ()), string(os.PathSeparator)
	cmd.Stdin, cmd.Stdout = childIn, childOut // standard error goes nowhere: a trace could hold a document
	cmd.SysProcAttr = processAttributes()
	c := &child{in: in, out: out, gone: make(chan struct{})}
	started := make(chan error)
	go func() {
		// On Linux, Pdeathsig counts the end of the thread that started the program as the end of the agent (prctl(2)).
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		_, _ = childIn.Close(), childOut.Close()
		c.process = cmd.Process
		started <- err
		if err == nil {
			err = cmd.Wait()
			c.end(fmt.Errorf("%w: %s", ErrLost, state(cmd, err)))
			close(c.gone)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting the program for documents: %w", errors.Join(err, in.Close(), out.Close()))
	}
	stop := context.AfterFunc(ctx, func() { c.end(ctx.Err()) })
	go func() {
		<-c.gone
		stop()
		_, _ = in.Close(), out.Close()
	}()
	return c, nil
}

func state(cmd *exec.Cmd, err error) string {
	if cmd.ProcessState != nil {
		return cmd.ProcessState.String()
	}
	return fmt.Sprint(err)
}

// end kills the program, unless it has ended, and keeps the first reason.
func (c *child) end(reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason == nil {
		c.reason = reason
	}
	_ = c.process.Kill() // it may have ended by itself
}

// why says for what reason it was ended; nil while it runs.
func (c *child) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason
}

// passed are the variables that tell the way to a time stamp authority. The program needs no others.
var passed = []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}

func environment(all []string) []string {
	out := []string{"GOTRACEBACK=none"} // the values in a trace could be those of a document
	for _, kv := range all {
		name, _, _ := strings.Cut(kv, "=")
		if slices.Contains(passed, strings.ToUpper(name)) {
			out = append(out, kv)
		}
	}
	return out
}
