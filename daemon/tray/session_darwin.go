// SPDX-License-Identifier: EUPL-1.2

package main

// hasDesktop: launchd starts this program in the Aqua session only.
func hasDesktop() bool { return true }

// sessionName names the socket on which the trays of a user meet: macOS gives a user one desktop.
func sessionName() string { return "tray" }
