// SPDX-License-Identifier: EUPL-1.2

package activity

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// Ceilings of what is read, whatever somebody has put into the files.
const (
	maxLine = 1 << 10      // bytes of an entry; one has some 200
	maxRead = 2 * maxBytes // bytes of a file; its end
)

// List gives the entries, oldest first. Lines that are not entries are left out: what a damaged file still holds is told.
func (l *Log) List() ([]Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var entries []Entry
	for _, name := range []string{l.old(), l.file()} {
		more, err := readFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading the activity log: %w", err)
		}
		entries = append(entries, more...)
	}
	return entries, nil
}

func readFile(name string) ([]Entry, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // opening a pipe would keep us waiting
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a file", name)
	}
	if skip := info.Size() - maxRead; skip > 0 {
		if _, err := f.Seek(skip, io.SeekStart); err != nil {
			return nil, err
		}
	}
	return read(io.LimitReader(f, maxRead))
}

// read gives the entries among the lines of r. A line that is too long is passed over without being kept.
func read(r io.Reader) ([]Entry, error) {
	var entries []Entry
	lines := bufio.NewReaderSize(r, maxLine)
	for whole := true; ; {
		line, more, err := lines.ReadLine()
		if errors.Is(err, io.EOF) {
			return entries, nil
		}
		if err != nil {
			return nil, err
		}
		if e, ok := parse(line); ok && whole && !more {
			entries = append(entries, e)
		}
		whole = !more
	}
}

// parse reads one line. What was not written by us is not told: it could speak to a terminal, or lie about the time.
func parse(line []byte) (Entry, bool) {
	var e Entry
	if json.Unmarshal(line, &e) != nil {
		return Entry{}, false
	}
	known := e.Outcome == "" || wordOf(string(e.Outcome), "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")
	if e.Time.IsZero() || e.Millis < 0 || !known || !wordOf(e.Operation, "abcdefghijklmnopqrstuvwxyz.") {
		return Entry{}, false
	}
	return e, true
}

// wordOf says that s is a word of these letters, as operations and codes are.
func wordOf(s, letters string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, letters) == ""
}

// Newest gives the last entries of a list: limit of them, or as many as fit into a message of the control socket.
func Newest(entries []Entry, limit int) []Entry {
	room := protocol.MaxResponse - 1<<10
	first := len(entries)
	for ; first > 0 && (limit <= 0 || len(entries)-first < limit); first-- {
		e := entries[first-1]
		if room -= len(e.Origin.String()) + len(e.Operation) + len(e.Outcome) + overhead; room < 0 {
			break
		}
	}
	return entries[first:]
}

// overhead is more than what JSON adds to an entry: names of members, time and duration.
const overhead = 160

// Took is how long the operation took.
func (e Entry) Took() time.Duration { return time.Duration(e.Millis) * time.Millisecond }
