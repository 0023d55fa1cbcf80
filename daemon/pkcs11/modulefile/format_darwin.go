// SPDX-License-Identifier: EUPL-1.2

package modulefile

import (
	"debug/macho"
	"fmt"
	"os"
	"runtime"
	"slices"
)

// administrators: wheel, and admin, the group of those who may become root.
func administrators(group uint32) bool { return group == 0 || group == 80 }

// checkFormat says why the system could not load a file, which may hold code for several processors.
func checkFormat(f *os.File) error {
	wanted := map[string]macho.Cpu{"amd64": macho.CpuAmd64, "arm64": macho.CpuArm64}[runtime.GOARCH]
	var parts []*macho.File
	if fat, err := macho.NewFatFile(f); err == nil {
		for i := range fat.Arches {
			parts = append(parts, fat.Arches[i].File)
		}
	} else {
		one, err := macho.NewFile(f)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrFormat, err)
		}
		parts = append(parts, one)
	}
	for _, part := range parts {
		if part.Cpu != wanted || part.Type != macho.TypeDylib && part.Type != macho.TypeBundle {
			continue
		}
		if part.Symtab == nil || !slices.ContainsFunc(part.Symtab.Syms, func(s macho.Symbol) bool { return s.Name == "_"+entry && s.Sect != 0 }) {
			return ErrSymbol
		}
		return nil
	}
	return fmt.Errorf("%w: it is not for %s", ErrFormat, runtime.GOARCH)
}
