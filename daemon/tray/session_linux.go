// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"strings"
)

// hasDesktop says whether there is one to show an icon on.
func hasDesktop() bool { return display() != "" }

func display() string {
	if d := os.Getenv("WAYLAND_DISPLAY"); d != "" {
		return d
	}
	return os.Getenv("DISPLAY")
}

// sessionName names the socket on which the trays of one desktop session meet. A user may have several desktops at once.
func sessionName() string { return "tray" + nameOf(display()) }

const maxDisplay = 24 // characters of a display's name; the path of a socket is short

// nameOf makes a file name of a display's: ":0" and ":0.0" are the same one.
func nameOf(display string) string {
	display = strings.TrimSuffix(display, ".0")
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			return r
		}
		return '-'
	}, display)
	return name[:min(len(name), maxDisplay)]
}
