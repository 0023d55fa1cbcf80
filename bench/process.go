// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// memory is a figure of a process in MiB, and what it is called: PSS, its own pages and its share of those that others
// use too. The agent keeps the other processes of its user out (PR_SET_DUMPABLE), so that only root can read it. Others
// get RSS, which is never smaller.
func memory(pid int) (mib float64, kind string, err error) {
	for _, source := range []struct{ kind, file, field string }{{"PSS", "smaps_rollup", "Pss:"}, {"RSS", "status", "VmRSS:"}} {
		var f *os.File
		if f, err = os.Open(fmt.Sprintf("/proc/%d/%s", pid, source.file)); err == nil {
			var kb float64
			kb, err = field(f, source.field)
			_ = f.Close()
			if err == nil {
				return kb / 1024, source.kind, nil
			}
		}
		if !errors.Is(err, os.ErrPermission) {
			break
		}
	}
	return 0, "", fmt.Errorf("reading the memory of process %d: %w", pid, err)
}

// field reads the number after a name that begins a line of a file of /proc.
func field(r io.Reader, name string) (float64, error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) >= 2 && words[0] == name {
			return strconv.ParseFloat(words[1], 64)
		}
	}
	if err := lines.Err(); err != nil {
		return 0, err
	}
	return 0, fmt.Errorf("no line %s", name)
}

// wakeUps is how often the threads of a process have gone to sleep of their own will so far: each time something had
// woken them up.
func wakeUps(pid int) (float64, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err == nil && len(threads) == 0 {
		err = fmt.Errorf("no process %d", pid)
	}
	if err != nil {
		return 0, err
	}
	total := 0.0
	for _, thread := range threads {
		status, err := os.ReadFile(thread)
		if errors.Is(err, os.ErrNotExist) {
			continue // ended since
		}
		if err != nil {
			return 0, err
		}
		n, err := field(bytes.NewReader(status), "voluntary_ctxt_switches:")
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// child finds a child process of the bench by its name.
func child(name string) (pid int, err error) {
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	for _, list := range lists {
		b, err := os.ReadFile(list)
		if err != nil {
			continue
		}
		for _, text := range strings.Fields(string(b)) {
			comm, _ := os.ReadFile("/proc/" + text + "/comm")
			if string(bytes.TrimSpace(comm)) == name {
				return strconv.Atoi(text)
			}
		}
	}
	return 0, fmt.Errorf("no child %s", name)
}
