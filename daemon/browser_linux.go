// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// browserPatience is how long xdg-open may take to say that it cannot. It may also run as long as the browser does.
const browserPatience = 3 * time.Second

// showInBrowser opens an address in the citizen's browser. Every user of this computer can read the address in the command
// line of xdg-open and of the browser (proc_pid_cmdline(5)); that is why the panel lets in connections of our own user only.
func showInBrowser(ctx context.Context, url string) error {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return errors.New("there is no screen")
	}
	cmd := exec.Command("xdg-open", url)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // the browser stays when we end
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("opening the browser: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(browserPatience):
		return nil
	}
}

// withoutWindow is for Windows.
func withoutWindow(*exec.Cmd) {}
