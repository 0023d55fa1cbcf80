// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/windows"
)

// checkAccount refuses to run as SYSTEM: no dialog of session 0 reaches a human.
func checkAccount(io.Writer) error {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return fmt.Errorf("asking who we are: %w", err)
	}
	if user.User.Sid.IsWellKnown(windows.WinLocalSystemSid) {
		return errors.New("the agent does not run as SYSTEM: start it in the session of the user")
	}
	return nil
}

// keepMemoryPrivate has nothing to do: Windows writes no core files of a user's programs by default.
func keepMemoryPrivate() {}
