// SPDX-License-Identifier: EUPL-1.2

//go:build !windows

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
)

func language() string { return cli.Language() }

// addRun: only on Windows a program of ours is the service.
func addRun(*cobra.Command) {}

// check refuses a path that the description of a unit could not say: it has marks of its own.
func (u unit) check() error {
	path := u.config.Executable
	if i := strings.IndexFunc(path, func(r rune) bool { return r < ' ' || strings.ContainsRune("%\"'\\$;{}<>&", r) }); i >= 0 {
		return fmt.Errorf("%s: a folder with %q in its name cannot be used here", path, path[i])
	}
	return nil
}

// inHome is a path below the user's home directory.
func inHome(elements ...string) (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding the home directory: %w", err)
	}
	return filepath.Join(append([]string{home}, elements...)...), nil
}
