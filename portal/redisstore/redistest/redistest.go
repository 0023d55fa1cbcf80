// SPDX-License-Identifier: BSD-3-Clause

// Package redistest starts a real redis-server for tests and measurements, on a port of loopback that nobody uses, and
// stops it. It keeps nothing on disk, and is no way to run Redis for a portal.
package redistest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// patience is how long a server may take to be ready: generous, since machines that test are busy.
const patience = time.Minute

// Server is a redis-server that may be stopped and started again at the same address, with nothing in it.
type Server struct {
	Address string // host:port
	cmd     *exec.Cmd
	log     *bytes.Buffer
	ended   chan struct{}
}

// Start finds a port and waits until the server answers there.
func Start() (*Server, error) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		return nil, errors.New("redis-server is missing: tools/setup.sh installs it (apt install redis-server)")
	}
	var err error
	for range 5 { // somebody may take the port before the server does
		var l net.Listener
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
		s := &Server{Address: l.Addr().String()}
		l.Close()
		if err = s.Run(); err == nil {
			return s, nil
		}
	}
	return nil, err
}

// Run starts a server that was stopped.
func (s *Server) Run() error {
	_, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return err
	}
	s.log, s.ended = &bytes.Buffer{}, make(chan struct{})
	s.cmd = exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--daemonize", "no")
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("starting redis-server: %w", err)
	}
	go func() {
		s.cmd.Wait()
		close(s.ended)
	}()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		select {
		case <-s.ended:
			return fmt.Errorf("redis-server ended on port %s: %s", port, lastLine(s.log.String()))
		default:
		}
		if s.answers() {
			return nil
		}
	}
	s.Kill()
	return fmt.Errorf("redis-server does not answer on %s", s.Address)
}

// answers asks who is there, so that it takes no other server on the port for this one.
func (s *Server) answers() bool {
	c, err := net.DialTimeout("tcp", s.Address, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprint(c, "INFO server\r\n")
	b := make([]byte, 8<<10)
	for n := 0; n < len(b); {
		k, err := c.Read(b[n:])
		n += k
		if strings.Contains(string(b[:n]), "process_id:"+strconv.Itoa(s.cmd.Process.Pid)+"\r\n") {
			return true
		}
		if err != nil {
			return false
		}
	}
	return false
}

// Kill ends the server at once, as a crash does, and waits until it is gone.
func (s *Server) Kill() {
	s.cmd.Process.Kill()
	<-s.ended
}

// Running says whether the server has not ended.
func (s *Server) Running() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
