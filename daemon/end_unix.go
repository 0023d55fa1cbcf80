// SPDX-License-Identifier: EUPL-1.2

//go:build !windows

package main

import "github.com/spf13/cobra"

// endPrograms: programs that run may be replaced here.
func endPrograms() []*cobra.Command { return nil }
