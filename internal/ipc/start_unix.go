// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package ipc

import (
	"os/exec"
	"syscall"
)

const agentName = "ponte"

// detached starts cmd in its own session and process group, with /dev/null for its streams.
func detached(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd.Start()
}
