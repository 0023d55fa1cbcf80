// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"os/exec"
	"syscall"
)

const agentName = "ponte.exe"

// Process creation flags (winbase.h).
const (
	detachedProcess        = 0x00000008
	createBreakawayFromJob = 0x01000000
)

// detached starts cmd outside the browser's console, process group and job: Firefox ends every process of a native
// messaging host's job with it. A job that lets nobody out is tried from within.
func detached(cmd *exec.Cmd) error {
	again := *cmd
	const flags = syscall.CREATE_NEW_PROCESS_GROUP | detachedProcess
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: flags | createBreakawayFromJob}
	err := cmd.Start()
	if err == nil {
		return nil
	}
	*cmd = again
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: flags}
	return cmd.Start()
}
