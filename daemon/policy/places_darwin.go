// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	managedFile = "/Library/Application Support/Ponte/policy.toml"
	// managedPreferences is what a profile of device management sets for io.github.ponte-cns.ponte. Only root can write
	// there.
	managedPreferences = "/Library/Managed Preferences/io.github.ponte-cns.ponte.plist"
)

// managedPlace is the managed preferences where there are any when the agent starts, else the file.
func managedPlace() string {
	if _, err := os.Stat(managedPreferences); err == nil {
		return managedPreferences
	}
	return managedFile
}

// renderer reads the managed preferences, which are binary, with macOS's own program.
func renderer(managed string) func() ([]byte, error) {
	if managed != managedPreferences {
		return nil
	}
	var seen fs.FileInfo
	var last []byte
	return func() ([]byte, error) {
		info, err := os.Stat(managed)
		if errors.Is(err, fs.ErrNotExist) {
			seen = nil
			return nil, nil // the profile was taken away
		}
		if err == nil && seen != nil && sameFile(info, seen) {
			return last, nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, "/usr/bin/plutil", "-convert", "xml1", "-o", "-", managed)
		var out, said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &said
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("plutil: %w: %.200s", err, said.String())
		}
		if last, err = fromPreferences(out.Bytes()); err == nil {
			seen = info
		}
		return last, err
	}
}

func stateDir() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "Library", "Application Support", "Ponte", "State"), nil
}
