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
	cmd := func(flags uint32) *exec.Cmd {
		c := exec.CommandContext(ctx, filepath.Join(system, "rundll32.exe"), "url.dll,FileProtocolHandler", url)
		c.SysProcAttr = &syscall.SysProcAttr{CreationFlags: flags}
		return c
	}
	// The browser must not end with the job in which Ponte's service runs us. A job that lets nobody out is stayed in.
	if leaving := cmd(windows.CREATE_BREAKAWAY_FROM_JOB); leaving.Start() == nil {
		return leaving.Wait()
	}
	return cmd(0).Run()
}

// withoutWindow starts a program without a console of its own.
func withoutWindow(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}
