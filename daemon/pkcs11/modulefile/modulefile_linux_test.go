// SPDX-License-Identifier: EUPL-1.2

package modulefile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// house is a folder that stands for /, with a module in usr/lib.
type house struct {
	Rules
	t      *testing.T
	module string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{Rules: Rules{Base: dir, User: os.Getuid()}, t: t, module: filepath.Join(dir, "usr", "lib", "module.so")}
	must(t, os.MkdirAll(filepath.Dir(h.module), 0o755))
	h.compile(h.module, "int C_GetFunctionList(void **l) { return 0; }")
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) compile(path, source string) {
	h.t.Helper()
	c := exec.Command("gcc", "-shared", "-fPIC", "-w", "-x", "c", "-o", path, "-")
	c.Stdin = bytes.NewBufferString(source)
	if out, err := c.CombinedOutput(); err != nil {
		h.t.Fatalf("%v\n%s", err, out)
	}
	must(h.t, os.Chmod(path, 0o755))
}

// refuses says that a path is not opened, and why.
func (h *house) refuses(path string, want error) {
	h.t.Helper()
	f, err := h.Open(path)
	if err == nil {
		_ = f.Close()
	}
	if !errors.Is(err, want) {
		h.t.Errorf("%s: %v, want %v", path, err, want)
	}
}

func TestAPathThatDependsOnSomethingIsRefused(t *testing.T) {
	h := newHouse(t)
	t.Chdir(filepath.Dir(h.module))
	for _, path := range []string{"", "module.so", "./module.so", filepath.Dir(h.module) + "/../lib/module.so", h.module + "/", h.module + "\x00", "//" + h.module} {
		h.refuses(path, ErrPath)
	}
	h.refuses("/etc/passwd", ErrPath) // outside of what is trusted
}

func TestAFileThatOthersCanWriteIsRefused(t *testing.T) {
	h := newHouse(t)
	for _, mode := range []os.FileMode{0o757, 0o777, 0o646} {
		must(t, os.Chmod(h.module, mode))
		h.refuses(h.module, ErrWritten)
	}
}

func TestAFolderThatOthersCanWriteIsRefusedAnywhereOnTheWay(t *testing.T) {
	h := newHouse(t)
	for _, folder := range []string{filepath.Dir(h.module), filepath.Dir(filepath.Dir(h.module))} {
		for _, mode := range []os.FileMode{0o777, 0o777 | os.ModeSticky} {
			must(t, os.Chmod(folder, mode))
			h.refuses(h.module, ErrWritten)
		}
		must(t, os.Chmod(folder, 0o755))
	}
}

func TestAGroupThatIsNotTheAdministratorsIsRefused(t *testing.T) {
	h := newHouse(t)
	must(t, os.Chmod(h.module, 0o775))
	if os.Getuid() == 0 {
		must(t, os.Chown(h.module, 0, 50)) // staff
	}
	h.refuses(h.module, ErrWritten)
}

func TestAFileOfAUserIsRefused(t *testing.T) {
	h := newHouse(t)
	h.User = 0
	if os.Getuid() == 0 {
		must(t, os.Chown(h.module, 65534, 65534))
	}
	h.refuses(h.module, ErrOwner)
}

// The real rules, for what every computer has.
func TestTheTemporaryFolderIsRefused(t *testing.T) {
	h := newHouse(t)
	h.Rules = Rules{}
	if _, err := h.Open(h.module); !errors.Is(err, ErrWritten) && !errors.Is(err, ErrOwner) {
		t.Errorf("%v", err)
	}
}

func TestALinkIsFollowedOnlyThroughFoldersThatNobodyElseCanWrite(t *testing.T) {
	h := newHouse(t)
	open := filepath.Join(h.Base, "open")
	must(t, os.Mkdir(open, 0o755))
	must(t, os.Chmod(open, 0o777))
	elsewhere := filepath.Join(open, "module.so")
	h.compile(elsewhere, "int C_GetFunctionList(void **l) { return 0; }")
	link := filepath.Join(filepath.Dir(h.module), "link.so")
	must(t, os.Symlink(elsewhere, link))
	h.refuses(link, ErrWritten)
	must(t, os.Symlink(h.module, filepath.Join(open, "link.so"))) // the link itself can be replaced
	h.refuses(filepath.Join(open, "link.so"), ErrWritten)
	folder := filepath.Join(h.Base, "usr", "lib64")
	must(t, os.Symlink("../open", folder))
	h.refuses(filepath.Join(folder, "module.so"), ErrWritten)
	round := filepath.Join(filepath.Dir(h.module), "round.so")
	must(t, os.Symlink("round.so", round))
	h.refuses(round, ErrKind)
}

func TestALinkThatIsSwappedAfterTheCheckChangesNothing(t *testing.T) {
	h := newHouse(t)
	link := filepath.Join(filepath.Dir(h.module), "link.so")
	must(t, os.Symlink("module.so", link))
	f, err := h.Open(link)
	must(t, err)
	defer func() { _ = f.Close() }()
	must(t, os.Remove(link))
	must(t, os.Symlink("/etc/passwd", link))
	if f.Path != h.module || f.Still() != nil {
		t.Errorf("what is loaded is %s: %v", f.Path, f.Still())
	}
}

func TestAFileThatIsReplacedAfterTheCheckIsNoticed(t *testing.T) {
	h := newHouse(t)
	f, err := h.Open(h.module)
	must(t, err)
	defer func() { _ = f.Close() }()
	h.compile(h.module+".new", "int C_GetFunctionList(void **l) { return 1; }")
	must(t, os.Rename(h.module+".new", h.module))
	if err := f.Still(); !errors.Is(err, ErrChanged) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	h := newHouse(t)
	h.refuses(filepath.Dir(h.module), ErrKind)
	pipe := filepath.Join(filepath.Dir(h.module), "pipe.so")
	must(t, syscall.Mkfifo(pipe, 0o644))
	h.refuses(pipe, ErrKind)
	h.refuses(filepath.Join(h.module, "x.so"), ErrKind)
	h.refuses(h.module+"x", os.ErrNotExist)
}

func TestPontesOwnModuleIsRefused(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{"libponte-pkcs11.so", "ponte-pkcs11.dll", "libPonte-PKCS11.so.1"} {
		path := filepath.Join(filepath.Dir(h.module), name)
		h.compile(path, "int C_GetFunctionList(void **l) { return 0; }")
		h.refuses(path, ErrOurs)
	}
}

func TestWhatIsNoModuleForThisComputerIsRefused(t *testing.T) {
	h := newHouse(t)
	put := func(b []byte) {
		t.Helper()
		must(t, os.WriteFile(h.module, b, 0o755))
	}
	h.compile(h.module, "int C_GetFunctionLists(void **l) { return 0; }")
	h.refuses(h.module, ErrSymbol)
	h.compile(h.module, "extern int C_GetFunctionList(void **); int f(void) { return C_GetFunctionList(0); }") // it needs one
	h.refuses(h.module, ErrSymbol)
	put(nil)
	h.refuses(h.module, ErrFormat)
	put([]byte("#!/bin/sh\n"))
	h.refuses(h.module, ErrFormat)
	put(elf32(t))
	h.refuses(h.module, ErrFormat)
	program, err := os.ReadFile("/bin/true")
	must(t, err)
	put(program[:100])
	h.refuses(h.module, ErrFormat)
	program[18], program[19] = byte(elf.EM_SPARC), 0
	put(program)
	h.refuses(h.module, ErrFormat)
}

// elf32 is a library of 32 bits without anything in it.
func elf32(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	head := elf.Header32{Type: uint16(elf.ET_DYN), Machine: uint16(elf.EM_386), Version: 1, Ehsize: 52}
	copy(head.Ident[:], "\x7FELF\x01\x01\x01")
	must(t, binary.Write(&b, binary.LittleEndian, head))
	return b.Bytes()
}

func TestWhatTheAdministratorHasInstalledIsOpened(t *testing.T) {
	for _, path := range []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so", "/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so"} {
		f, err := Rules{}.Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if err := errors.Join(f.Still(), f.Close()); err != nil {
			t.Error(err)
		}
	}
}
