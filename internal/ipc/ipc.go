// SPDX-License-Identifier: EUPL-1.2

// Package ipc opens the agent's local sockets and says who is at the other end: unix sockets in a directory that only
// the user can enter, named pipes on Windows. It does not know what is said on them, and nothing here reaches the network.
package ipc

import (
	"errors"
	"fmt"
	"net"
)

// The sockets of the agent.
const (
	Portal  = "portal"  // for ponte-nativehost
	Control = "control" // for the citizen's own programs
	TLS     = "tls"     // for libponte-pkcs11 in browsers
)

// Errors of Listen, Dial and CheckPeer.
var (
	ErrRunning = errors.New("another agent of this user is running")
	ErrAbsent  = errors.New("the agent is not running")
	ErrForeign = errors.New("the other end belongs to another user")
)

// Peer is the process at the other end of a connection, as the operating system tells it.
type Peer struct {
	UID string // numeric user id; on Windows the SID
	PID int    // 0 where the system does not tell
}

// CheckPeer gives ErrForeign unless the other end of conn is a process of our own user. The error is another one when the
// system does not say whose it is, which refuses the peer just as well.
func CheckPeer(conn net.Conn) error {
	p, err := PeerOf(conn)
	if err != nil {
		return fmt.Errorf("asking whose the other end is: %w", err)
	}
	own, err := ownUID()
	if err != nil {
		return fmt.Errorf("asking who we are: %w", err)
	}
	if p.UID != own {
		return fmt.Errorf("%w (%s)", ErrForeign, p.UID)
	}
	return nil
}

// listener accepts only peers of our own user.
type listener struct {
	net.Listener
	check   func(net.Conn) error
	release func()
}

// Accept waits for the next peer of our own user. Peers of other users are hung up on.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if err := l.check(conn); err != nil {
			_ = conn.Close()
			continue
		}
		return conn, nil
	}
}

func (l *listener) Close() error {
	err := l.Listener.Close()
	l.release()
	return err
}

// checked hangs up on the other end of a new connection when it belongs to another user.
func checked(conn net.Conn) (net.Conn, error) {
	if err := CheckPeer(conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}
