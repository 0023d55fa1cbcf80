// SPDX-License-Identifier: EUPL-1.2

// Package modulefile says whether a file may be loaded as a PKCS#11 module: only what an administrator has installed, where
// nobody else can write. It loads nothing.
package modulefile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Why a file is refused.
var (
	ErrPath    = errors.New("the path is not absolute")
	ErrOwner   = errors.New("it does not belong to the administrator")
	ErrWritten = errors.New("others than the administrator can write it")
	ErrKind    = errors.New("not a file")
	ErrOurs    = errors.New("it is Ponte's own module, which would ask Ponte again")
	ErrFormat  = errors.New("not a library for this computer")
	ErrSymbol  = errors.New("not a PKCS#11 module: it has no C_GetFunctionList")
	ErrChanged = errors.New("it was replaced while it was looked at")
)

// maxLinks bounds the symbolic links on the way to a file.
const maxLinks = 16

// entry is the function that every module has (PKCS#11 2.40, section 5.1).
const entry = "C_GetFunctionList"

// Rules say whose files may be loaded. The zero Rules are those of a release: the administrator's of this system.
type Rules struct {
	Base string // trusted as it is, for tests: a folder that holds what else would be in /
	User int    // for tests: an owner besides the administrator; 0 is none
}

// File is a module that may be loaded, open so that it stays the same file.
type File struct {
	Path string // without symbolic links
	f    *os.File
}

// Open checks a file and every folder on the way to it, through its symbolic links. What is loaded is File.Path, so a link
// that is changed afterwards changes nothing.
func (r Rules) Open(path string) (*File, error) {
	real, err := r.Resolve(path)
	if err != nil {
		return nil, err
	}
	f, err := openFile(real)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", real, err)
	}
	file := &File{real, f}
	if err := errors.Join(r.checkFile(f), checkFormat(f)); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", real, err), f.Close())
	}
	return file, nil
}

// Still says that the path leads to the file that was checked, and to no other. Ask it again after loading.
func (f *File) Still() error {
	opened, err := f.f.Stat()
	if err != nil {
		return err
	}
	now, err := os.Lstat(f.Path)
	if err != nil || !os.SameFile(opened, now) {
		return fmt.Errorf("%s: %w", f.Path, ErrChanged)
	}
	return nil
}

// Close lets go of the file.
func (f *File) Close() error { return f.f.Close() }

// Resolve gives the path without symbolic links, once every folder on the way has been checked.
func (r Rules) Resolve(path string) (string, error) {
	if !filepath.IsAbs(path) || filepath.Clean(path) != path || strings.ContainsRune(path, 0) || remote(path) {
		return "", fmt.Errorf("%q: %w", path, ErrPath)
	}
	base := r.Base
	if base == "" {
		base = filepath.VolumeName(path) + string(filepath.Separator)
	}
	if err := r.checkFolder(base); err != nil {
		return "", err
	}
	for range maxLinks {
		next, link, err := r.walk(base, path)
		if err != nil {
			return "", err
		}
		if !link {
			return next, ours(next)
		}
		path = next
	}
	return "", fmt.Errorf("%s: more than %d symbolic links: %w", path, maxLinks, ErrKind)
}

// walk goes down to path, and stops at the first symbolic link: then it gives the path that this one leads to.
func (r Rules) walk(base, path string) (next string, link bool, err error) {
	rest, err := filepath.Rel(base, path)
	if err != nil || rest == ".." || strings.HasPrefix(rest, ".."+string(filepath.Separator)) {
		return "", false, fmt.Errorf("%q: %w", path, ErrPath)
	}
	parts := strings.Split(rest, string(filepath.Separator))
	here := base
	for i, part := range parts {
		here = filepath.Join(here, part)
		info, err := os.Lstat(here)
		if err != nil {
			return "", false, err
		}
		last := i == len(parts)-1
		switch {
		case info.Mode()&os.ModeSymlink != 0:
			to, err := os.Readlink(here)
			if err != nil {
				return "", false, err
			}
			if !filepath.IsAbs(to) {
				to = filepath.Join(filepath.Dir(here), to)
			}
			return filepath.Join(append([]string{to}, parts[i+1:]...)...), true, nil
		case last && !info.Mode().IsRegular():
			return "", false, fmt.Errorf("%s: %w", here, ErrKind)
		case !last && !info.IsDir():
			return "", false, fmt.Errorf("%s: %w", here, ErrKind)
		case !last:
			if err := r.checkFolder(here); err != nil {
				return "", false, err
			}
		}
	}
	return here, false, nil
}

// checkFolder refuses a folder in which others than the administrator can put something in the place of what is there.
func (r Rules) checkFolder(path string) error {
	if path == r.Base {
		return nil
	}
	f, err := openFolder(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := r.administered(f, true); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (r Rules) checkFile(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return ErrKind
	}
	return r.administered(f, false)
}

// ours refuses the module that browsers load to reach this very agent.
func ours(path string) error {
	if strings.HasPrefix(strings.TrimPrefix(strings.ToLower(filepath.Base(path)), "lib"), "ponte-pkcs11") {
		return fmt.Errorf("%s: %w", path, ErrOurs)
	}
	return nil
}
