// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// unmapProgram lets the kernel forget which pages of our own program file were used: a resting agent needs few of them,
// and takes those back from the page cache when it wakes (madvise(2), MADV_DONTNEED on private read-only mappings of a
// file loses nothing). Without it code that only `ponte trust` or `ponte verify` run counts as the agent's memory.
// How much that is depends on the kernel: one page that is used may bring its neighbours back. Failures change nothing, so
// they are passed over. It returns how many bytes the kernel was told of.
func unmapProgram() (bytes uintptr) {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return 0
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return 0
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		if from, to, ok := readOnlyMapping(lines.Text(), self); ok {
			if _, _, errno := unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED); errno == 0 {
				bytes += to - from
			}
		}
	}
	return bytes
}

// readOnlyMapping reads a line of /proc/self/maps (proc(5)); ok for a private mapping of file that cannot be written to.
func readOnlyMapping(line, file string) (from, to uintptr, ok bool) {
	fields := strings.Fields(line)
	if len(fields) != 6 || fields[5] != file || (fields[1] != "r--p" && fields[1] != "r-xp") {
		return 0, 0, false
	}
	n, err := fmt.Sscanf(fields[0], "%x-%x", &from, &to)
	return from, to, err == nil && n == 2 && from < to
}
