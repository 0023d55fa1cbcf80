// SPDX-License-Identifier: EUPL-1.2

//go:build !windows

package main

import "github.com/spf13/cobra"

// forInstaller: the packages need no help from the programs here.
func forInstaller() []*cobra.Command { return nil }
