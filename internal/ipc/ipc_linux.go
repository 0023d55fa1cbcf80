// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Dir is where the sockets are: $XDG_RUNTIME_DIR/ponte, or /tmp/ponte-<uid> where the session has no such directory.
func Dir() (string, error) {
	return socketDir(os.Getenv("XDG_RUNTIME_DIR"), "/tmp", os.Getuid()), nil
}

func socketDir(runtime, tmp string, uid int) string {
	if filepath.IsAbs(runtime) {
		if info, err := os.Stat(runtime); err == nil && info.IsDir() {
			return filepath.Join(runtime, "ponte")
		}
	}
	return filepath.Join(tmp, "ponte-"+strconv.Itoa(uid))
}

// PeerOf asks the kernel who is at the other end (SO_PEERCRED, unix(7)): for a server who connected, for a client who
// listens.
func PeerOf(conn net.Conn) (Peer, error) {
	var p Peer
	err := onSocket(conn, func(fd int) error {
		c, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED)
		if err == nil {
			p = Peer{UID: strconv.FormatUint(uint64(c.Uid), 10), PID: int(c.Pid)}
		}
		return err
	})
	return p, err
}
