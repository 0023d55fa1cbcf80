// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
)

// left lists a folder.
func left(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestWhatFailsLeavesNothingBehind(t *testing.T) {
	w := words.For("it")
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a full disk":       {fmt.Errorf("write: %w", syscall.ENOSPC), "il disco è pieno"},
		"a quota":           {syscall.EDQUOT, "il disco è pieno"},
		"a broken disk":     {syscall.EIO, "non si può scrivere qui"},
		"another document":  {errors.New("the agent gives another document than it announced"), "non si può scrivere qui"},
		"an end of the way": {io.ErrUnexpectedEOF, "non si può scrivere qui"},
	} {
		dir := t.TempDir()
		err := save(w, filepath.Join(dir, "a.p7m"), true, func(to io.Writer) error {
			_, _ = io.WriteString(to, "half of it")
			return c.err
		})
		if err == nil || !strings.Contains(said(err), c.want) || left(t, dir) != "" {
			t.Errorf("%s: %v; left: %s", name, err, left(t, dir))
		}
	}
	dir := filepath.Join(t.TempDir(), "absent")
	if err := save(w, filepath.Join(dir, "a.p7m"), false, nil); err == nil || !strings.Contains(said(err), "non si può scrivere qui") {
		t.Errorf("no folder: %v", err)
	}
}

// said is what a citizen reads of a failure.
func said(err error) string {
	text, _ := cli.InWords(words.For("it"), err)
	return text
}

func TestAFileThatAppearsMeanwhileIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "a.p7m")
	err := save(words.For("it"), target, false, func(io.Writer) error { return os.WriteFile(target, []byte("mio"), 0o600) })
	if b, _ := os.ReadFile(target); err == nil || !strings.Contains(err.Error(), "c'è già") || string(b) != "mio" || left(t, dir) != "a.p7m" {
		t.Errorf("%v; the file holds %q; left: %s", err, b, left(t, dir))
	}
}

func TestASignedFileIsWholeAndItsOwners(t *testing.T) {
	for _, force := range []bool{false, true} {
		dir := t.TempDir()
		target := filepath.Join(dir, "a.p7m")
		if force {
			if err := os.WriteFile(target, []byte("the old one"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := save(words.For("it"), target, force, func(to io.Writer) error { _, err := io.WriteString(to, "new"); return err })
		b, _ := os.ReadFile(target)
		if info, serr := os.Stat(target); err != nil || serr != nil || info.Mode().Perm() != 0o600 || string(b) != "new" || left(t, dir) != "a.p7m" {
			t.Errorf("force %v: %v, %v, %q; left: %s", force, err, serr, b, left(t, dir))
		}
	}
}
