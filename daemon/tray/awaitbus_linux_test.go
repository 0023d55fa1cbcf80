// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// lateBus has the tray look for its session bus where there is none yet; come puts the bus there.
func (s *seat) lateBus() (socket string, come func()) {
	s.t.Helper()
	address, _, _ := strings.Cut(valueOf(s.env, "DBUS_SESSION_BUS_ADDRESS"), ",")
	bus, found := strings.CutPrefix(address, "unix:path=")
	if !found {
		s.t.Fatalf("the bus is at %s", address)
	}
	socket = filepath.Join(s.dir, "late")
	s.env = append(s.env, "DBUS_SESSION_BUS_ADDRESS=unix:path="+socket)
	return socket, func() { check(s.t, os.Symlink(bus, socket)) }
}

// listenAt accepts connections for a bus, and does serve with them, until it is closed.
func listenAt(t *testing.T, socket string, serve func(net.Conn)) net.Listener {
	t.Helper()
	l, err := net.Listen("unix", socket)
	check(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
		}
	}()
	return l
}

func (s *seat) untilItWaits(p *program) {
	s.t.Helper()
	s.until("it waits for the bus", func() bool { return strings.Contains(p.stderr.String(), "the session bus does not answer yet") })
}

func TestTheIconComesWhenTheSessionBusIsLate(t *testing.T) {
	for name, hangsUp := range map[string]bool{"no socket": false, "one that hangs up": true} {
		t.Run(name, func(t *testing.T) {
			s := newSeat(t)
			s.panel(false)
			socket, come := s.lateBus()
			var l net.Listener
			if hangsUp {
				l = listenAt(t, socket, func(conn net.Conn) { _ = conn.Close() })
			}
			p := s.tray()
			s.untilItWaits(p)
			if l != nil {
				check(t, l.Close()) // and the socket goes
			}
			come()
			s.item().untilIcon(iconWaiting)
			if said := p.stderr.String(); strings.Count(said, "session bus") != 1 {
				t.Errorf("it said:\n%s", said)
			}
		})
	}
}

func TestATrayThatWaitsForTheBusCanBeEnded(t *testing.T) {
	for name, waits := range map[string]func(*seat, *program, string){
		"no socket": func(s *seat, p *program, _ string) { s.untilItWaits(p) },
		"one that never answers": func(s *seat, _ *program, socket string) {
			came := make(chan struct{}, 10)
			listenAt(s.t, socket, func(conn net.Conn) {
				s.t.Cleanup(func() { _ = conn.Close() })
				came <- struct{}{}
			})
			<-came
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSeat(t)
			socket, _ := s.lateBus()
			p := s.tray()
			waits(s, p, socket)
			check(t, p.Process.Signal(syscall.SIGTERM))
			s.untilEnd(p)
			if code := p.ProcessState.ExitCode(); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}
