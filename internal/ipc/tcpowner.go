// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// The table of Windows names processes and not users, and it names the process that has made the socket, even when that
// has ended and its number is another program's.

// processOwner is whose a process is.
type processOwner struct {
	uid     string
	session uint32 // of the desktop it runs in
	start   uint64 // when it began, as a FILETIME
}

// tcpOwners is what the system tells of connections and processes.
type tcpOwners struct {
	find func(local, remote netip.AddrPort) (tcpConnection, error)
	// open holds a process until it is closed: its number is not given to another one meanwhile.
	open func(pid int) (owner processOwner, closeProcess func(), err error)
	own  func() (processOwner, error)
}

// tcpTries is how often a connection is looked for that is not in the table yet, and tcpPause how long it is waited before
// the second time; each pause is twice the one before.
const (
	tcpTries = 5
	tcpPause = 2 * time.Millisecond
)

// onceListed looks for a connection until the system lists it.
func onceListed[T any](find func() (T, error)) (found T, err error) {
	pause := tcpPause
	for n := 1; ; n++ {
		if found, err = find(); !errors.Is(err, errNoSocket) || n == tcpTries {
			return found, err
		}
		time.Sleep(pause)
		pause *= 2
	}
}

var errYounger = errors.New("the process that the system names is younger than its connection")

// check gives an error unless the process that has the end local of a connection with remote is one of our own user, in
// our own session.
func (s tcpOwners) check(local, remote netip.AddrPort) error {
	c, err := onceListed(func() (tcpConnection, error) { return s.find(local, remote) })
	if err != nil {
		return err
	}
	p, closeProcess, err := s.open(c.pid)
	if err != nil {
		return fmt.Errorf("asking whose process %d is: %w", c.pid, err)
	}
	defer closeProcess()
	// Between the table and the process the number may have gone to another one; from here on it cannot.
	if again, err := s.find(local, remote); err != nil || again != c {
		return errors.Join(errNoSocket, err)
	}
	if c.since != 0 && p.start > c.since {
		return fmt.Errorf("process %d: %w", c.pid, errYounger)
	}
	own, err := s.own()
	if err != nil {
		return fmt.Errorf("asking who we are: %w", err)
	}
	if p.uid != own.uid {
		return fmt.Errorf("%w (%s)", ErrForeign, p.uid)
	}
	if p.session != own.session {
		return fmt.Errorf("%w: session %d", ErrForeign, p.session)
	}
	return nil
}
