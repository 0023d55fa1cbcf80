// SPDX-License-Identifier: EUPL-1.2

package pcsc

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// host is where pcsc-lite has its things.
type host struct {
	socket   string   // of pcscd
	programs []string // where distributions put pcscd
}

func thisHost() host {
	return host{
		socket:   cmp.Or(os.Getenv("PCSCLITE_CSOCK_NAME"), "/run/pcscd/pcscd.comm"), // as libpcsclite does
		programs: []string{"/usr/sbin/pcscd", "/usr/local/sbin/pcscd", "/sbin/pcscd", "/usr/bin/pcscd", "/run/current-system/sw/bin/pcscd"},
	}
}

// noService tells why there is nobody at the other end of the socket: the library answers NO_SERVICE to all of it.
func noService() Reason { return thisHost().reason() }

func (h host) reason() Reason {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", h.socket)
	switch {
	case err == nil: // it came back meanwhile, or hangs up on us
		_ = conn.Close()
		return NotKnown
	case errors.Is(err, fs.ErrPermission):
		return Denied
	case h.installed():
		return Stopped
	}
	return Absent
}

func (h host) installed() bool {
	if _, err := os.Stat(filepath.Clean(h.socket)); err == nil {
		return true
	}
	for _, program := range h.programs {
		if info, err := os.Stat(program); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}
