// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/portal"
)

// openDocument opens a file of bounded size. Opening does not wait: a pipe that nobody writes to would hold us up.
func openDocument(w *words.Words, name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err == nil && !info.Mode().IsRegular():
		err = cli.Tell(w.T(words.DocumentsNotFile, words.Data{"File": name}), nil)
	case err == nil && info.Size() > portal.MaxDocument:
		err = tooLarge(w, name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func tooLarge(w *words.Words, name string) error {
	return cli.Tell(w.T(words.DocumentsTooLarge, words.Data{"File": name, "Megabytes": portal.MaxDocument >> 20}), nil)
}

// readDocument reads a file, also one that grows while it is read.
func readDocument(w *words.Words, name string) ([]byte, error) {
	f, err := openDocument(w, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	if info, err := f.Stat(); err == nil {
		b.Grow(int(info.Size()) + bytes.MinRead) // so that it is held once
	}
	if _, err := b.ReadFrom(io.LimitReader(f, portal.MaxDocument+1)); err != nil {
		return nil, err
	}
	if b.Len() > portal.MaxDocument {
		return nil, tooLarge(w, name)
	}
	return b.Bytes(), nil
}

// writeDocument writes the document inside into a new file, which only its owner reads. What fails leaves nothing behind.
func writeDocument(w *words.Words, name string, report *portal.DocumentReport) error {
	if err := report.Extract(io.Discard); err != nil { // nothing to write: no file that is empty for a moment
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return cli.Tell(w.T(words.DocumentsExists, words.Data{"File": name}), nil)
	}
	if err != nil {
		return err
	}
	if err = errors.Join(report.Extract(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
