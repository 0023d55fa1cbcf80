// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"embed"
	"strings"

	"github.com/getlantern/systray"
)

//go:embed icons/*.ico
var icons embed.FS

// setIcon shows one of the pictures in the size that the system wants.
func setIcon(i icon) {
	if b, err := icons.ReadFile("icons/" + string(i) + ".ico"); err == nil {
		systray.SetIcon(b)
	}
}

// label keeps an ampersand from marking the letter after it as a shortcut (MENUITEMINFO).
func label(s string) string { return strings.ReplaceAll(s, "&", "&&") }
