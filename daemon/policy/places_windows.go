// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"os"
	"path/filepath"
)

// managedFile is empty: any user may create a folder in ProgramData, so the policy belongs in the registry, which is not
// read yet.
const managedFile = ""

func stateDir() (string, error) {
	dir, err := os.UserCacheDir() // LocalAppData: it must not roam
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "Ponte", "State"), nil
}
