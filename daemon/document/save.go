// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
)

// save writes a file that appears whole or not at all, and that only its owner reads. What fails leaves nothing behind.
func save(w *words.Words, target string, force bool, write func(io.Writer) error) error {
	shown := words.Data{"File": cli.Printable(target)}
	f, err := os.CreateTemp(filepath.Dir(target), ".ponte-*") // mode 0600
	if err != nil {
		return cli.Tell(w.T(words.SigningNotWritten, shown), err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync() // a disk that is full may say so only now
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = name(f.Name(), target, force)
	}
	if err == nil {
		return nil
	}
	_ = os.Remove(f.Name()) // after a rename it is not there any more
	switch {
	case errors.Is(err, fs.ErrExist):
		return cli.Tell(w.T(words.SigningExists, shown), nil)
	case diskFull(err):
		return cli.Tell(w.T(words.SigningDiskFull, shown), nil)
	}
	return cli.Tell(w.T(words.SigningNotWritten, shown), err)
}

// name gives a file its name. Without force the name must be free, also when somebody takes it at this moment: a link never
// replaces anything. Where a disk has no links, as memory sticks do not, the last look decides.
func name(from, to string, force bool) error {
	if force {
		return os.Rename(from, to)
	}
	err := os.Link(from, to)
	if err == nil {
		return os.Remove(from)
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fs.ErrExist, err)
	}
	return os.Rename(from, to)
}
