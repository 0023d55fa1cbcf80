// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import "golang.org/x/sys/windows"

// filesOf asks the system for its folders: variables of the environment could name others.
func filesOf(name string) []string {
	folders := map[string][]string{}
	if system, err := windows.GetSystemDirectory(); err == nil {
		folders["system"] = []string{system}
	}
	if programs, err := windows.KnownFolderPath(windows.FOLDERID_ProgramFiles, 0); err == nil {
		folders["programs"] = []string{programs}
	}
	return expand(makers[name].windows, folders)
}

// kitFolders: there is no p11-kit for the whole computer.
var kitFolders []string

func kitModules(string) []string { return nil }
