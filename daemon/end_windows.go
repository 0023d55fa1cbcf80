// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unsafe"

	"github.com/spf13/cobra"
	"golang.org/x/sys/windows"

	"github.com/ponte-cns/ponte/daemon/cli"
)

// forInstaller are the commands that only the installer uses.
func forInstaller() []*cobra.Command { return []*cobra.Command{endPrograms(), loopbackPolicies()} }

// endPrograms is for the installer: before it replaces or removes the programs it ends those that run, of every user. A
// card that one of them is using is given back by the system.
func endPrograms() *cobra.Command {
	return &cobra.Command{
		Use: "end-programs", Hidden: true, Args: cli.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			self, err := sibling("ponte")
			if err != nil {
				return err
			}
			return endProgramsOf(filepath.Dir(self))
		},
	}
}

// endProgramsOf ends the programs of a folder, but for this one.
func endProgramsOf(folder string) error {
	all, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return fmt.Errorf("listing processes: %w", err)
	}
	defer func() { _ = windows.CloseHandle(all) }()
	entry := windows.ProcessEntry32{}
	entry.Size = uint32(unsafe.Sizeof(entry))
	var errs []error
	for err = windows.Process32First(all, &entry); err == nil; err = windows.Process32Next(all, &entry) {
		if entry.ProcessID != windows.GetCurrentProcessId() {
			errs = append(errs, endOf(entry.ProcessID, folder))
		}
	}
	if !errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		errs = append(errs, fmt.Errorf("listing processes: %w", err))
	}
	return errors.Join(errs...)
}

// endOf ends one process if its program is in the folder, and waits until it is gone. One that cannot be asked is the
// system's.
func endOf(id uint32, folder string) error {
	const rights = windows.PROCESS_QUERY_LIMITED_INFORMATION | windows.PROCESS_TERMINATE | windows.SYNCHRONIZE
	process, err := windows.OpenProcess(rights, false, id)
	if err != nil {
		return nil
	}
	defer func() { _ = windows.CloseHandle(process) }()
	path := make([]uint16, windows.MAX_LONG_PATH)
	n := uint32(len(path))
	if err := windows.QueryFullProcessImageName(process, 0, &path[0], &n); err != nil {
		return nil
	}
	program := windows.UTF16ToString(path[:n])
	if !strings.EqualFold(filepath.Dir(program), folder) {
		return nil
	}
	if err := windows.TerminateProcess(process, 1); err != nil {
		return fmt.Errorf("ending %s: %w", program, err)
	}
	const patience = 10_000 // milliseconds
	if event, err := windows.WaitForSingleObject(process, patience); err != nil || event != windows.WAIT_OBJECT_0 {
		return fmt.Errorf("%s does not end: %w", program, err)
	}
	return nil
}
