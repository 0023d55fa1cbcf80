// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package modulefile

import (
	"os"
	"syscall"
)

// administered says that a file or folder belongs to root, and that nobody else can write it.
func (r Rules) administered(f *os.File, _ bool) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok || s.Uid != 0 && (r.User == 0 || s.Uid != uint32(r.User)) {
		return ErrOwner
	}
	if info.Mode().Perm()&0o002 != 0 || info.Mode().Perm()&0o020 != 0 && !administrators(s.Gid) {
		return ErrWritten
	}
	return nil
}

// openFile does not wait for the other end of a pipe, nor follow a link that has come since.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

func openFolder(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_DIRECTORY, 0)
}

func remote(string) bool { return false }
