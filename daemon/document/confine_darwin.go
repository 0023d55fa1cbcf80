// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// confineProcess forbids core files and any byte in a file. macOS keeps no ceiling of memory for a process.
func confineProcess() error {
	for _, what := range []int{unix.RLIMIT_CORE, unix.RLIMIT_FSIZE} {
		if err := unix.Setrlimit(what, &unix.Rlimit{}); err != nil {
			return fmt.Errorf("limit %d: %w", what, err)
		}
	}
	return nil
}
