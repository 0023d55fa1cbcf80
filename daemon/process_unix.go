// SPDX-License-Identifier: EUPL-1.2

//go:build !windows

package main

import (
	"fmt"
	"io"
	"os"

	"github.com/ponte-cns/ponte/daemon/words"
)

// checkAccount warns when the agent runs as root: containers and tests do, a citizen should not.
func checkAccount(w *words.Words, stderr io.Writer) error {
	if os.Geteuid() == 0 {
		_, err := fmt.Fprintln(stderr, w.T(words.DialogAsRoot, nil))
		return err
	}
	return nil
}
