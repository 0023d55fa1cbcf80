// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// CheckTCPPeer gives an error unless the client at remote, connected to us at local, is a process of our own user: every
// user of a machine can reach its loopback. It is ErrForeign for a client of another user.
func CheckTCPPeer(local, remote netip.AddrPort) error {
	uid, err := onceListed(func() (uint32, error) {
		list, err := unix.SysctlRaw("net.inet.tcp.pcblist_n")
		if err != nil {
			return 0, fmt.Errorf("reading the list of connections: %w", err)
		}
		return listedOwner(list, remote, local) // the client's end: its local address is our remote one
	})
	if err != nil {
		return err
	}
	if int(uid) != os.Getuid() {
		return fmt.Errorf("%w (%d)", ErrForeign, uid)
	}
	return nil
}
