// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package pkcs11

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// rootFolder is where a worker runs: it has no business with what the agent was started from.
const rootFolder = "/"

func killGroup(p *os.Process) { _ = unix.Kill(-p.Pid, unix.SIGKILL) }

func brokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
