// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
)

// ownPeers accepts connections of our own user only. On Linux every user can read the command line of a browser, and so
// the address with its one-time key that the browser is started with: whoever is quicker than the browser is still
// somebody else, and is hung up on. So is everybody where the system does not tell whose a connection is.
type ownPeers struct {
	net.Listener
	check func(local, remote netip.AddrPort) error
	log   *slog.Logger
}

// Accept waits for the next connection of our own user.
func (l *ownPeers) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if err := l.checkPeer(conn); err != nil {
			l.log.Warn("connection refused", "err", err)
			_ = conn.Close()
			continue
		}
		return conn, nil
	}
}

func (l *ownPeers) checkPeer(conn net.Conn) error {
	local, ok := conn.LocalAddr().(*net.TCPAddr)
	remote, ok2 := conn.RemoteAddr().(*net.TCPAddr)
	if !ok || !ok2 {
		return errors.New("not a TCP connection")
	}
	return l.check(local.AddrPort(), remote.AddrPort())
}
