// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package doors

import (
	"errors"
	"net/netip"
)

// ownTCPPeer refuses everybody: on this system nothing yet tells whose a TCP connection is (GetExtendedTcpTable on
// Windows and proc_pidinfo on macOS do), so the WebSocket door stays shut and pages use the extension.
func ownTCPPeer(_, _ netip.AddrPort) error {
	return errors.New("this system does not tell whose a TCP connection is")
}
