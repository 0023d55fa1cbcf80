// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// showInBrowser opens an address in the citizen's browser. The address reaches osascript on its standard input and the
// browser as an event: it is in no command line that other users could read.
func showInBrowser(ctx context.Context, url string) error {
	cmd := exec.CommandContext(ctx, "/usr/bin/osascript", "-")
	cmd.Stdin = strings.NewReader(fmt.Sprintf("open location %q\n", url)) // the characters of our addresses need no escape
	return cmd.Run()
}

// withoutWindow is for Windows.
func withoutWindow(*exec.Cmd) {}
