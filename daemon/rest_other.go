// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package main

// unmapProgram has nothing to do: these systems take unused pages of a program back by themselves when they need them.
func unmapProgram() (bytes uintptr) { return 0 }
