// SPDX-License-Identifier: EUPL-1.2

package documents

import "syscall"

// processAttributes put the program in a process group of its own, which dies with the agent.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
