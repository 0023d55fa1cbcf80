// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// withoutWindow keeps Windows from opening a console for the child.
func withoutWindow(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
}
