// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"errors"
	"os/exec"
	"syscall"
)

// processAttributes put a dialog in a process group of its own. Nothing on macOS ends it when the agent is killed: it
// stays until it is answered, or until the time ends that it was told.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// await waits until the program has ended, and reaps it: waitid(2) of macOS also returns for a stopped process, so there
// is no way to wait and leave it.
func (p *process) await() error {
	err := p.cmd.Wait()
	p.mu.Lock()
	p.reaped = true
	p.mu.Unlock()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil // runProcess gives the code
	}
	return err
}

// passed are the variables that a dialog needs to find the person's settings.
var passed = []string{"HOME", "USER", "LOGNAME", "PATH", "TMPDIR", "__CF_USER_TEXT_ENCODING"}

// alwaysInstalled is a locale that every system has.
const alwaysInstalled = "en_US.UTF-8"
