// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package doctor

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

func runnable(info fs.FileInfo) bool { return info.Mode().Perm()&0o111 != 0 }

func writable(dir string) bool { return unix.Access(dir, unix.W_OK|unix.X_OK) == nil }

func owner(info fs.FileInfo) (uid int, known bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(s.Uid), true
}

func (m *Machine) pid() string { return strconv.Itoa(os.Getpid()) }
