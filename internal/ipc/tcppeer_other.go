// SPDX-License-Identifier: EUPL-1.2

//go:build !linux && !windows

package ipc

import (
	"errors"
	"fmt"
	"net/netip"
)

// CheckTCPPeer cannot tell: on this system nothing yet says whose a TCP connection is. The error is errors.ErrUnsupported. The
// WebSocket door stays shut then.
func CheckTCPPeer(_, _ netip.AddrPort) error {
	return fmt.Errorf("asking whose a TCP connection is: %w", errors.ErrUnsupported)
}
