// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Ceilings of p11-kit's configuration.
const (
	maxKitFile    = 64 << 10
	maxKitModules = 64
)

// kitModule is one file of p11-kit's configuration (pkcs11.conf(5)).
type kitModule struct {
	name     string // of the file: a later folder's file takes the place of an earlier one's
	paths    []string
	priority int
}

// configured lists the modules that p11-kit has for this computer, those with a higher priority first. Modules that only
// tell which authorities to trust, that are on another computer or that are not for us are left out.
func configured(folders []string) []string {
	found := map[string]kitModule{}
	for _, folder := range folders {
		names, _ := filepath.Glob(filepath.Join(folder, "*.module"))
		for _, file := range names {
			if m, ok := readKitModule(file); ok && len(found) < maxKitModules {
				found[m.name] = m
			} else {
				delete(found, filepath.Base(file))
			}
		}
	}
	all := make([]kitModule, 0, len(found))
	for _, m := range found {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b kitModule) int {
		return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.name, b.name))
	})
	var paths []string
	for _, m := range all {
		paths = append(paths, m.paths...)
	}
	return paths
}

func readKitModule(file string) (kitModule, bool) {
	m := kitModule{name: filepath.Base(file)}
	f, err := os.Open(file)
	if err != nil {
		return m, false
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxKitFile))
	if err != nil {
		return m, false
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		key, value, ok := strings.Cut(lines.Text(), ":")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case !ok || strings.HasPrefix(key, "#"):
		case key == "module" && filepath.IsAbs(value):
			m.paths = []string{filepath.Clean(value)}
		case key == "module" && value == filepath.Base(value):
			m.paths = kitModules(value)
		case key == "priority":
			m.priority, _ = strconv.Atoi(value)
		case key == "trust-policy" && value == "yes", key == "remote":
			return m, false
		case key == "enable-in" && !names(value, "ponte"), key == "disable-in" && names(value, "ponte"):
			return m, false
		}
	}
	return m, len(m.paths) > 0
}

// names says that a list of programs names one.
func names(list, program string) bool {
	return slices.Contains(strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }), program)
}
