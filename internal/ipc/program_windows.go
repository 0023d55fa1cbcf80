// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"fmt"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// KnowsPrograms says that ProgramOf works on this system.
const KnowsPrograms = true

// maxImageName is the longest path that Windows has, in UTF-16 units.
const maxImageName = 1 << 15

// programOf asks for the file that a process runs, and when it began. The process is held meanwhile: its number is not
// given to another one.
func programOf(pid int) (Program, error) {
	h, err := openProcess(pid)
	if err != nil {
		return Program{}, err
	}
	defer func() { _ = windows.CloseHandle(h) }()
	name := make([]uint16, maxImageName)
	n := uint32(len(name))
	if err := windows.QueryFullProcessImageName(h, 0, &name[0], &n); err != nil {
		return Program{}, fmt.Errorf("asking for the program of process %d: %w", pid, err)
	}
	path := windows.UTF16ToString(name[:min(n, maxImageName)])
	if !filepath.IsAbs(path) {
		return Program{}, fmt.Errorf("%q is no path", path)
	}
	start, err := startOf(h)
	if err != nil {
		return Program{}, err
	}
	return Program{PID: pid, Start: start, Path: path}, nil
}

func openProcess(pid int) (windows.Handle, error) {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return 0, fmt.Errorf("opening process %d: %w", pid, err)
	}
	return h, nil
}

// startOf says when a process began, as a FILETIME: in units of 100 ns since 1601.
func startOf(process windows.Handle) (uint64, error) {
	var start, end, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(process, &start, &end, &kernel, &user); err != nil {
		return 0, fmt.Errorf("asking when a process began: %w", err)
	}
	return uint64(start.HighDateTime)<<32 | uint64(start.LowDateTime), nil
}
