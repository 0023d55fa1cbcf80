// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ponte-cns/ponte/internal/ipc"
)

// startTimeout leaves time to answer within the 2 s of PROTOCOL.md.
const startTimeout = 1500 * time.Millisecond

// starter starts the agent, one at a time.
type starter struct {
	ended chan struct{} // closed when the agent that was started has ended; nil before
}

// connect reaches the agent, starting it when none runs.
func (s *starter) connect() (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	conn, err := ipc.Dial(ctx, ipc.Portal)
	if !errors.Is(err, ipc.ErrAbsent) {
		return conn, err
	}
	if err := s.start(); err != nil {
		return nil, err
	}
	for wait := 2 * time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		select {
		case <-ctx.Done():
			return nil, ipc.ErrAbsent
		case <-time.After(wait):
		}
		if conn, err := ipc.Dial(ctx, ipc.Portal); !errors.Is(err, ipc.ErrAbsent) {
			return conn, err
		}
	}
}

// start starts `ponte run` in a session of its own: it outlives this program and the browser. The program is the one
// installed beside this one, and no other: neither a search path nor a variable can name another. One that was started
// before and is slow to open its socket is given time.
func (s *starter) start() error {
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
