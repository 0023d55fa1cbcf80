// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
)

// What settings may say of PKCS#11 modules. Whether such a file may be loaded is decided when it is: see package modulefile.
const (
	modulesKey = "modules" // a table; the citizen may set it, too
	anyCard    = "*"
	maxATR     = 33 // bytes of an answer to reset (ISO/IEC 7816-3, 8.2.1)
	maxModules = 64
)

// checkModules refuses what can be no answer to reset, and paths that depend on where a program was started.
func (s Settings) checkModules() (key string, err error) {
	if len(s.Modules) > maxModules || len(s.ModuleAllow) > maxModules {
		return modulesKey, fmt.Errorf("more than %d modules", maxModules)
	}
	for atr, path := range s.Modules {
		b, err := hex.DecodeString(atr)
		if atr != anyCard && (err != nil || len(b) < 2 || len(b) > maxATR) {
			return modulesKey, fmt.Errorf("modules: %q is neither an answer to reset in hexadecimal nor \"*\"", atr)
		}
		if !filepath.IsAbs(path) {
			return modulesKey, fmt.Errorf("modules: %q is not the whole path of a file", path)
		}
	}
	for _, path := range s.ModuleAllow {
		if !filepath.IsAbs(path) {
			return "module_allow", fmt.Errorf("module_allow: %q is not the whole path of a file", path)
		}
	}
	return "", nil
}

// moduleValues are the modules as `ponte policy show` tells them.
func moduleValues(modules map[string]string) []string {
	list := []string{}
	for _, atr := range slices.Sorted(maps.Keys(modules)) {
		list = append(list, atr+" "+modules[atr])
	}
	return list
}
