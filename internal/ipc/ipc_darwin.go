// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Dir is where the sockets are: ~/Library/Application Support/Ponte.
func Dir() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(home) {
		return "", errors.New("the home directory is not an absolute path")
	}
	return filepath.Join(home, "Library", "Application Support", "Ponte"), nil
}

// PeerOf asks the kernel who is at the other end (LOCAL_PEERCRED and LOCAL_PEERPID, unix(4)).
func PeerOf(conn net.Conn) (Peer, error) {
	var p Peer
	err := onSocket(conn, func(fd int) error {
		c, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
		if err != nil {
			return err
		}
		pid, err := unix.GetsockoptInt(fd, unix.SOL_LOCAL, unix.LOCAL_PEERPID)
		if err != nil {
			pid = 0
		}
		p = Peer{UID: strconv.FormatUint(uint64(c.Uid), 10), PID: pid}
		return nil
	})
	return p, err
}
