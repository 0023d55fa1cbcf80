// SPDX-License-Identifier: EUPL-1.2

//go:build !cgo && !windows

package main

// Without cgo there is no tray on this system. Released programs are built with cgo; this file lets the rest be checked
// for systems whose C headers are not at hand.

// newShell gives a shell that shows nothing and ends at once.
func newShell() shell { return nowhere{} }

type nowhere struct{}

func (nowhere) run(func())           {}
func (nowhere) show(menu)            {}
func (nowhere) clicks() <-chan entry { return nil }
func (nowhere) quit()                {}
