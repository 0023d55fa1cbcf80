// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// attributes put a worker in a process group of its own, which is killed as a whole.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// confine has nothing to do: the worker bounds itself.
func confine(*os.Process) {}

// awaitEnd waits until the worker has ended, and leaves it to be reaped: a process that has ended is in no state to be given
// a group. waitid(2) of macOS cannot do it, since it also returns for one that is stopped.
func awaitEnd(p *os.Process) {
	kq, err := unix.Kqueue()
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(kq) }()
	change := []unix.Kevent_t{{}}
	unix.SetKevent(&change[0], p.Pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	change[0].Fflags = unix.NOTE_EXIT
	events := make([]unix.Kevent_t, 1)
	for {
		switch n, err := unix.Kevent(kq, change, events, nil); {
		case n > 0, err == unix.ESRCH:
			return
		case err != nil && err != unix.EINTR:
			time.Sleep(time.Second)
		}
	}
}
