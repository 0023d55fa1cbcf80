// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// inOwnSession says that this process leads its own session and process group.
func inOwnSession() bool {
	sid, err := unix.Getsid(0)
	return err == nil && sid == os.Getpid() && unix.Getpgrp() == os.Getpid()
}
