// SPDX-License-Identifier: EUPL-1.2

package modulefile

import (
	"debug/elf"
	"fmt"
	"os"
	"runtime"
	"slices"
	"unsafe"
)

// machines are the ELF names of the processors that Ponte is built for.
var machines = map[string]elf.Machine{
	"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "386": elf.EM_386, "arm": elf.EM_ARM, "riscv64": elf.EM_RISCV, "ppc64le": elf.EM_PPC64,
	"s390x": elf.EM_S390, "loong64": elf.EM_LOONGARCH,
}

// administrators: the group root. On some systems others may write to /usr/local; those are not root.
func administrators(group uint32) bool { return group == 0 }

// checkFormat says why the system could not load a file: dlopen(3) would only fail.
func checkFormat(f *os.File) error {
	e, err := elf.NewFile(f)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	bits := map[elf.Class]uintptr{elf.ELFCLASS32: 32, elf.ELFCLASS64: 64}[e.Class]
	if ours := unsafe.Sizeof(uintptr(0)) * 8; bits != ours {
		return fmt.Errorf("%w: it has %d bits, and Ponte %d", ErrFormat, bits, ours)
	}
	if e.Type != elf.ET_DYN || e.Machine != machines[runtime.GOARCH] {
		return fmt.Errorf("%w: %s for %s", ErrFormat, e.Type, e.Machine)
	}
	symbols, err := e.DynamicSymbols()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if !slices.ContainsFunc(symbols, func(s elf.Symbol) bool { return s.Name == entry && s.Section != elf.SHN_UNDEF }) {
		return ErrSymbol
	}
	return nil
}
