// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// tree is what a package puts on a computer: absolute paths, and what is there. Owner is always the system's first user.
type tree map[string]entry

// entry is a file, a link or a folder.
type entry struct {
	content []byte
	mode    fs.FileMode
	link    string // where a symbolic link points
	config  bool   // an administrator may change it: an update keeps the change
}

func (t tree) put(name string, content []byte)     { t[name] = entry{content: content, mode: 0o644} }
func (t tree) program(name string, content []byte) { t[name] = entry{content: content, mode: 0o755} }
func (t tree) link(name, to string)                { t[name] = entry{link: to, mode: fs.ModeSymlink | 0o777} }
func (t tree) config(name string, content []byte) {
	t[name] = entry{content: content, mode: 0o644, config: true}
}

// folder is a folder that belongs to the package alone, or one that other packages share and that may stay empty.
func (t tree) folder(name string) { t[name] = entry{mode: fs.ModeDir | 0o755} }

// shared are folders that every system has, or that belong to what reads them there.
var shared = []string{
	"/", "/etc", "/etc/opt", "/usr", "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/lib/systemd", "/usr/lib/systemd/user",
	"/usr/lib/systemd/user-preset", "/usr/share", "/usr/share/applications", "/usr/share/bash-completion",
	"/usr/share/bash-completion/completions", "/usr/share/doc", "/usr/share/man", "/usr/share/metainfo", "/usr/share/zsh",
}

// ownFolders puts the folders above every file, but for those that are shared: rpm removes only what a package owns.
func (t tree) ownFolders() {
	for _, name := range t.names() {
		for dir := path.Dir(name); !slices.Contains(shared, dir); dir = path.Dir(dir) {
			if strings.HasPrefix(dir, "/usr/share/icons") || strings.HasPrefix(dir, "/usr/share/man/") {
				break
			}
			t.folder(dir)
		}
	}
}

// copy puts a file of this computer.
func (t tree) copy(name, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	t.put(name, b)
	return nil
}

// copyAll puts several, each under its own name in the tree.
func (t tree) copyAll(files map[string]string) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		errs = append(errs, t.copy(name, files[name]))
	}
	return errors.Join(errs...)
}

// names are the paths in their order.
func (t tree) names() []string { return slices.Sorted(maps.Keys(t)) }

// write lays the tree out in a folder of this computer, all of it with one time.
func (t tree) write(dir string, when time.Time) error {
	for _, name := range t.names() {
		e := t[name]
		file := path.Join(dir, name)
		if err := os.MkdirAll(path.Dir(file), 0o755); err != nil {
			return err
		}
		var err error
		switch {
		case e.mode.IsDir():
			err = os.MkdirAll(file, 0o755)
		case e.link != "":
			err = os.Symlink(e.link, file)
		default:
			err = errors.Join(os.WriteFile(file, e.content, e.mode.Perm()), os.Chmod(file, e.mode.Perm()), os.Chtimes(file, when, when))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// compressed is gzip as reproducible builds want it: no name and no time.
func compressed(b []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(b)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		panic("compressing into memory: " + err.Error())
	}
	return out.Bytes()
}
