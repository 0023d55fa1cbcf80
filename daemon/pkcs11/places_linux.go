// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import "runtime"

// libraries are the folders of libraries: Debian's, that of other distributions, the common one.
var libraries = []string{
	"/usr/lib/" + map[string]string{"amd64": "x86_64", "arm64": "aarch64", "386": "i386", "riscv64": "riscv64"}[runtime.GOARCH] + "-linux-gnu",
	"/usr/lib64", "/usr/lib",
}

func filesOf(name string) []string {
	return expand(makers[name].linux, map[string][]string{"lib": libraries})
}

// kitFolders are where p11-kit finds what is installed for the whole computer: the user's own configuration may name
// anything, and is not read.
var kitFolders = []string{"/usr/share/p11-kit/modules", "/etc/pkcs11/modules"}

// kitModules are where p11-kit looks for a module without a path.
func kitModules(name string) []string {
	return expand([]string{"<lib>/pkcs11/" + name}, map[string][]string{"lib": libraries})
}
