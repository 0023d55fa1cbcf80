// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"os"
	"path/filepath"
)

// managedFile is a key of the registry: any user may create a folder in ProgramData.
const managedFile = `HKLM\` + registryRoot

func managedPlace() string { return managedFile }

func stateDir() (string, error) {
	dir, err := os.UserCacheDir() // LocalAppData: it must not roam
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "Ponte", "State"), nil
}
