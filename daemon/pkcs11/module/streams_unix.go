// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package module

import (
	"os"

	"golang.org/x/sys/unix"
)

// apart is the first number for the pipe to the agent: modules take low ones for granted.
const apart = 200

// takeStreams moves the pipe away from standard input and output, where a module may read and write.
func takeStreams() (in, out *os.File, err error) {
	moved := [2]int{}
	for i := range moved {
		if moved[i], err = unix.FcntlInt(uintptr(i), unix.F_DUPFD_CLOEXEC, apart); err != nil {
			return nil, nil, os.NewSyscallError("fcntl", err)
		}
	}
	nowhere, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	for i := range 3 {
		if err := replace(int(nowhere.Fd()), i); err != nil {
			return nil, nil, os.NewSyscallError("dup", err)
		}
	}
	return os.NewFile(uintptr(moved[0]), "requests"), os.NewFile(uintptr(moved[1]), "answers"), nil
}
