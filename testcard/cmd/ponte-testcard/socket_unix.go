// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package main

import (
	"net"
	"syscall"
)

// listenPrivate makes a socket with mode 0600 from its first moment.
func listenPrivate(path string) (net.Listener, error) {
	old := syscall.Umask(0o177)
	defer syscall.Umask(old)
	return net.Listen("unix", path)
}
