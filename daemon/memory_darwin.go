// SPDX-License-Identifier: EUPL-1.2

package main

import "golang.org/x/sys/unix"

// keepMemoryPrivate keeps a PIN out of core files.
func keepMemoryPrivate() { _ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) }
