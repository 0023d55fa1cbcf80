// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"strconv"

	"golang.org/x/sys/windows"
)

// hasDesktop: who starts this program has one.
func hasDesktop() bool { return true }

// sessionName names the pipe on which the trays of one desktop session meet. A user may have several sessions at once.
func sessionName() string {
	var session uint32
	if err := windows.ProcessIdToSessionId(windows.GetCurrentProcessId(), &session); err != nil {
		return "tray"
	}
	return "tray-" + strconv.FormatUint(uint64(session), 10)
}
