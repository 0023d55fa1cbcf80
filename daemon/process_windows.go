// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/windows"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
)

// checkAccount refuses to run as SYSTEM: no dialog of session 0 reaches a human.
func checkAccount(w *words.Words, _ io.Writer) error {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return fmt.Errorf("asking who we are: %w", err)
	}
	if user.User.Sid.IsWellKnown(windows.WinLocalSystemSid) {
		return cli.Tell(w.T(words.FailureAsSystem, nil), errors.New("the agent does not run as SYSTEM"))
	}
	return nil
}

// keepMemoryPrivate has nothing to do: Windows writes no core files of a user's programs by default.
func keepMemoryPrivate() {}
