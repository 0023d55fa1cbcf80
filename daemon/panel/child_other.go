// SPDX-License-Identifier: EUPL-1.2

//go:build !windows

package main

import "os/exec"

// withoutWindow has nothing to do: only Windows opens a console for a child.
func withoutWindow(*exec.Cmd) {}
