// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// maxFiles is more than a connection to a time stamp authority needs.
const maxFiles = 64

// confineProcess sets limits that cannot be raised again: no core file, no byte in any file, and a ceiling of memory that
// counts what can be written to (setrlimit(2), RLIMIT_DATA; the address space of a Go program is far larger). No program
// that it could start gets more rights, and no other process of the user reads its memory (prctl(2)).
func confineProcess() error {
	for _, l := range []struct {
		what  int
		limit uint64
	}{
		{unix.RLIMIT_CORE, 0}, {unix.RLIMIT_FSIZE, 0}, {unix.RLIMIT_DATA, hardMemory}, {unix.RLIMIT_NOFILE, maxFiles},
	} {
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: l.limit, Max: l.limit}); err != nil {
			return fmt.Errorf("limit %d: %w", l.what, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("dumpable: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	return nil
}
