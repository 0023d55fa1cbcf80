// SPDX-License-Identifier: EUPL-1.2

//go:build cgo

package main

import "github.com/getlantern/systray"

// setIcon shows one of the pictures. The bytes must stay where they are: C reads them later.
func setIcon(i icon) { systray.SetIcon(picture(i)) }

// label is shown as it is.
func label(s string) string { return s }
