// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"os"
	"path/filepath"
)

const managedFile = "/etc/ponte/policy.toml"

func managedPlace() string { return managedFile }

// renderer is for systems where the policy is no file.
func renderer(string) func() ([]byte, error) { return nil }

// stateDir is $XDG_STATE_HOME/ponte, or ~/.local/state/ponte (XDG Base Directory Specification 0.8).
func stateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "ponte"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state", "ponte"), nil
}
