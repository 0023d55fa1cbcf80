// SPDX-License-Identifier: EUPL-1.2

package module

import "golang.org/x/sys/unix"

// mostMemory is what a module may write to, in bytes.
const mostMemory = 1 << 30

// confine keeps a PIN out of core files and out of other processes of the user, and bounds what a module takes of the
// computer. The process dies with the agent because its pipe ends; the kernel's own signal is asked for by the agent.
func confine() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: mostMemory, Max: mostMemory})
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}

func replace(from, to int) error { return unix.Dup3(from, to, 0) }
