// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"os"
	"path/filepath"
)

const managedFile = "/Library/Application Support/Ponte/policy.toml"

func stateDir() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "Library", "Application Support", "Ponte", "State"), nil
}
