// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
)

// CheckTCPPeer gives an error unless the client at remote, connected to us at local, is a process of our own user: every
// user of a machine can reach its loopback. It is ErrForeign for a client of another user.
func CheckTCPPeer(local, remote netip.AddrPort) error {
	for _, path := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		uid, err := tableOwner(path, remote, local) // the client's end: its local address is our remote one
		if errors.Is(err, errNoSocket) || errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
		if int(uid) != os.Getuid() {
			return fmt.Errorf("%w (%d)", ErrForeign, uid)
		}
		return nil
	}
	return errNoSocket
}

func tableOwner(path string, local, remote netip.AddrPort) (uint32, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	return socketOwner(f, local, remote)
}
