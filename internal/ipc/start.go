// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Starter reaches the agent, and starts it when none runs. It is for programs that are installed beside the agent's.
type Starter struct {
	ended chan struct{} // closed when the agent that was started has ended; nil before
}

// Dial connects with a socket of the agent as the function Dial does, and gives an agent that it has started the time that
// ctx leaves. It gives ErrAbsent when none came.
func (s *Starter) Dial(ctx context.Context, name string) (net.Conn, error) {
	conn, err := Dial(ctx, name)
	if !errors.Is(err, ErrAbsent) {
		return conn, err
	}
	if err := s.start(); err != nil {
		return nil, err
	}
	for wait := 2 * time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		select {
		case <-ctx.Done():
			return nil, ErrAbsent
		case <-time.After(wait):
		}
		if conn, err := Dial(ctx, name); !errors.Is(err, ErrAbsent) {
			return conn, err
		}
	}
}

// start starts `ponte run` in a session of its own: it outlives this program and whoever started it. The program is the one
// installed beside this one, and no other: neither a search path nor a variable can name another. One that was started
// before and is slow to open its socket is given time.
func (s *Starter) start() error {
	if s.ended != nil {
		select {
		case <-s.ended:
		default:
			return nil
		}
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding ponte: %w", err)
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return fmt.Errorf("finding ponte: %w", err)
	}
	cmd := exec.Command(filepath.Join(filepath.Dir(self), agentName), "run")
	cmd.Dir = filepath.Dir(self)
	if err := detached(cmd); err != nil {
		return fmt.Errorf("starting the agent: %w", err)
	}
	ended := make(chan struct{})
	s.ended = ended
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	return nil
}
