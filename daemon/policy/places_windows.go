// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"os"
	"path/filepath"
)

const managedFile = `C:\ProgramData\Ponte\policy.toml`

func stateDir() (string, error) {
	dir, err := os.UserCacheDir() // LocalAppData: it must not roam
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "Ponte", "State"), nil
}
