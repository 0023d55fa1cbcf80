// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// KnowsPrograms says that ProgramOf works on this system.
const KnowsPrograms = true

// programOf reads /proc (proc_pid_exe(5), proc_pid_stat(5)). A browser that was updated while it runs has "(deleted)" after
// its path.
func programOf(pid int) (Program, error) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	path, err := os.Readlink(filepath.Join(dir, "exe"))
	if err != nil {
		return Program{}, err
	}
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return Program{}, err
	}
	start, err := startOf(stat)
	if err != nil {
		return Program{}, err
	}
	path = strings.TrimSuffix(path, " (deleted)")
	if !filepath.IsAbs(path) {
		return Program{}, fmt.Errorf("%q is no path", path)
	}
	return Program{PID: pid, Start: start, Path: path}, nil
}

// startOf finds the start time, field 22. Field 2 is the name that the program gives itself, in brackets, and may hold
// spaces and brackets.
func startOf(stat []byte) (uint64, error) {
	const field, afterName = 22, 3
	_, rest, ok := bytes.Cut(stat[max(0, bytes.LastIndexByte(stat, ')')):], []byte(" "))
	fields := strings.Fields(string(rest))
	if !ok || len(fields) <= field-afterName {
		return 0, errors.New("a line of /proc that is too short")
	}
	return strconv.ParseUint(fields[field-afterName], 10, 64)
}
