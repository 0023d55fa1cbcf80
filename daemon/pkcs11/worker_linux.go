// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes put a worker in a process group of its own, which is killed as a whole.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// confine has nothing to do: the worker bounds itself.
func confine(*os.Process) {}

// awaitEnd waits until the worker has ended, and leaves it to be reaped.
func awaitEnd(p *os.Process) {
	for {
		if err := unix.Waitid(unix.P_PID, p.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
