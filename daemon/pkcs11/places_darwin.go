// SPDX-License-Identifier: EUPL-1.2

package pkcs11

func filesOf(name string) []string { return makers[name].darwin }

// kitFolders: p11-kit comes with package managers only, whose folders belong to a user.
var kitFolders []string

func kitModules(string) []string { return nil }
