// SPDX-License-Identifier: EUPL-1.2

//go:build !windows

package main

import (
	"fmt"
	"io"
	"os"
)

// checkAccount warns when the agent runs as root: containers and tests do, a citizen should not.
func checkAccount(stderr io.Writer) error {
	if os.Geteuid() == 0 {
		_, err := fmt.Fprintln(stderr, "ponte: running as root; the agent belongs to the logged-in user")
		return err
	}
	return nil
}
