// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/documents"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// file is one of the command line, open to be read.
type file struct {
	*os.File
	name     string // as it was typed
	declared protocol.DocumentParams
	kind     string
	changed  string // said when it is not what it was
	placing
}

// placing says where signed documents go.
type placing struct {
	out           string // a folder, or a file where only one is signed; empty: beside the document
	force         bool   // a file that is there may be replaced
	format, shape string
}

// fileError is a document that cannot be read any more.
type fileError struct{ error }

// Unwrap gives the error of reading.
func (e *fileError) Unwrap() error { return e.error }

// openAll opens the files. Whatever would fail after the PIN was typed, and can be seen before, is said now.
func openAll(w *words.Words, names []string, p placing) (files []*file, err error) {
	defer func() {
		if err != nil {
			closeAll(files)
		}
	}()
	if p.out != "" && len(names) > 1 && !folderThere(p.out) {
		return nil, cli.Misused(w.T(words.SigningOutFolder, words.Data{"Out": cli.Printable(p.out)}))
	}
	targets := map[string]bool{}
	for _, name := range names {
		f, err := openFile(w, name)
		if err != nil {
			return files, err
		}
		f.placing = p
		files = append(files, f)
		target, err := f.place(w, f.expected())
		if err != nil {
			return files, err
		}
		if targets[target] {
			return files, cli.Misused(w.T(words.SigningTwice, words.Data{"File": cli.Printable(target)}))
		}
		targets[target] = true
	}
	return files, nil
}

func closeAll(files []*file) {
	for _, f := range files {
		_ = f.Close()
	}
}

// openFile opens a file of a size that is signed. Opening does not wait: a pipe that nobody writes to would hold us up.
func openFile(w *words.Words, name string) (*file, error) {
	shown := words.Data{"File": cli.Printable(name)}
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = cli.Tell(w.T(words.SigningNotFile, shown), nil)
	case info.Size() == 0:
		err = aboutFile(w, name, documents.RefusedEmpty)
	case info.Size() > documents.MaxSize:
		err = aboutFile(w, name, documents.RefusedTooLarge)
	}
	head := make([]byte, headerRoom)
	if err == nil {
		var n int
		if n, err = f.ReadAt(head, 0); errors.Is(err, io.EOF) {
			err = nil
		}
		head = head[:n]
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &file{
		File: f, name: name, kind: kindOf(head), changed: w.T(words.SigningChanged, shown),
		declared: protocol.DocumentParams{Name: documents.CleanName(filepath.Base(name)), Size: info.Size()},
	}, nil
}

// aboutFile is a refusal as the agent would give it.
func aboutFile(w *words.Words, name string, code documents.Code) error {
	return cli.Tell(w.T(words.SigningNotSigned, words.Data{"File": cli.Printable(name), "Reason": w.DocumentRefusal(string(code))}), nil)
}

// read fills a buffer from an offset on, as far as the file was announced.
func (f *file) read(buffer []byte, at int64) (int, error) {
	n := int(min(int64(len(buffer)), f.declared.Size-at))
	if _, err := f.ReadAt(buffer[:n], at); errors.Is(err, io.EOF) {
		return 0, &fileError{cli.Tell(f.changed, nil)}
	} else if err != nil {
		return 0, &fileError{err}
	}
	return n, nil
}

// expected is the name that the agent will give the signed document.
func (f *file) expected() string {
	d := paper{kind: f.kind, options: documents.Options{Format: f.format, Shape: f.shape}}
	format, shape := d.way()
	return documents.SignedName(f.declared.Name, format, shape)
}

// place is where a signed document goes, by the name that the agent gives it. It is an error where a file is there that may
// not be replaced.
func (f *file) place(w *words.Words, name string) (string, error) {
	target := filepath.Join(filepath.Dir(f.name), documents.CleanName(name))
	switch {
	case f.out != "" && folderThere(f.out):
		target = filepath.Join(f.out, documents.CleanName(name))
	case f.out != "":
		target = f.out
	}
	info, err := os.Lstat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return target, nil
	case err != nil:
		return "", err
	case !f.force || !info.Mode().IsRegular():
		return "", cli.Tell(w.T(words.SigningExists, words.Data{"File": cli.Printable(target)}), nil)
	}
	return target, nil
}

func folderThere(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
