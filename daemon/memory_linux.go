// SPDX-License-Identifier: EUPL-1.2

package main

import "golang.org/x/sys/unix"

// keepMemoryPrivate keeps a PIN out of core files, and other processes of the user out of our memory (prctl(2),
// PR_SET_DUMPABLE). Failures change nothing else, so they are passed over.
func keepMemoryPrivate() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}
