// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// tryConfined does what a program must not be able to do once it is confined. It prints "done" where it could.
func tryConfined(what, file string) {
	if err := confine(); err != nil {
		panic(err)
	}
	switch what {
	case "nothing":
	case "memory":
		var held [][]byte
		for range 24 {
			b := make([]byte, 64<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			held = append(held, b)
		}
		_ = held
	case "file":
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			panic(err)
		}
	case "core":
		var l unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_CORE, &l); err != nil || l.Max != 0 {
			break
		}
		if dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err == nil && dumpable == 0 {
			return
		}
	}
	fmt.Println("done")
}

func TestAConfinedProgramWritesNoFileLeavesNoCoreAndDoesNotGrowForEver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	for what, want := range map[string]string{"nothing": "done\n", "memory": "", "file": "", "core": ""} {
		out, err := exec.Command(os.Args[0], "confined", what, file).Output()
		if string(out) != want || what == "memory" && err == nil || what == "file" && err == nil {
			t.Errorf("%s: %q, %v", what, out, err)
		}
	}
	if info, err := os.Stat(file); err == nil && info.Size() > 0 {
		t.Errorf("%d bytes were written", info.Size())
	}
}
