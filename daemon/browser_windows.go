// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"
)

// showInBrowser opens an address in the citizen's browser. Other users cannot read command lines here.
func showInBrowser(ctx context.Context, url string) error {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return err
	}
	return exec.CommandContext(ctx, filepath.Join(system, "rundll32.exe"), "url.dll,FileProtocolHandler", url).Run()
}

// withoutWindow starts a program without a console of its own.
func withoutWindow(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}
