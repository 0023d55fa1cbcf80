// SPDX-License-Identifier: EUPL-1.2

// Package activity keeps the log that the citizen can read: which site asked what of the card, when, and how it ended. It
// holds no name, no fiscal code, no certificate, no PIN and no counter of tries, and nothing of it leaves the computer.
package activity

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// Entry is one operation of a site.
type Entry struct {
	Time      time.Time       `json:"time"`
	Origin    protocol.Origin `json:"origin"`
	Operation string          `json:"operation"`         // a method of PROTOCOL.md
	Outcome   protocol.Code   `json:"outcome,omitempty"` // empty: it succeeded
}

// maxBytes is the size at which the log begins anew; the one before is kept.
const maxBytes = 512 << 10

// The same failure of the same site is taken down once in repeatAfter: a page that asks on and on, which needs no dialog
// as long as there is no card, must not push older entries out.
const (
	repeatAfter = time.Minute
	maxRepeated = 1024 // failures kept in memory
)

// Log is the log in a directory.
type Log struct {
	Dir string
	Err *slog.Logger // where to say that the log cannot be written

	now func() time.Time // time.Now when nil

	mu     sync.Mutex
	failed map[failure]time.Time // when it was taken down
}

// failure is what counts as the same.
type failure struct {
	origin    protocol.Origin
	operation string
	outcome   protocol.Code
}

func (l *Log) file() string { return filepath.Join(l.Dir, "activity.jsonl") }
func (l *Log) old() string  { return filepath.Join(l.Dir, "activity.1.jsonl") }

// Record appends an entry. A log that cannot be written does not keep anybody from logging in.
func (l *Log) Record(o protocol.Origin, operation string, outcome protocol.Code) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.now != nil {
		now = l.now()
	}
	if l.repeated(failure{o, operation, outcome}, now) {
		return
	}
	if err := l.append(Entry{now.UTC().Truncate(time.Second), o, operation, outcome}); err != nil {
		l.Err.Error("writing the activity log", "err", err)
	}
}

// repeated says that a failure was taken down a moment ago. Successes and what the citizen answered never are: package
// bridge bounds how often a site can ask the citizen.
func (l *Log) repeated(f failure, now time.Time) bool {
	switch f.outcome {
	case "", protocol.UserCancelled, protocol.UserTimeout, protocol.ConsentDenied:
		return false
	}
	if at, ok := l.failed[f]; ok && now.Sub(at) < repeatAfter {
		return true
	}
	maps.DeleteFunc(l.failed, func(_ failure, at time.Time) bool { return now.Sub(at) >= repeatAfter })
	if l.failed == nil {
		l.failed = map[failure]time.Time{}
	}
	if len(l.failed) < maxRepeated {
		l.failed[f] = now
	}
	return false
}

func (l *Log) append(e Entry) error {
	if err := os.MkdirAll(l.Dir, 0o700); err != nil {
		return err
	}
	if info, err := os.Stat(l.file()); err == nil && info.Size() > maxBytes {
		if err := os.Rename(l.file(), l.old()); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(l.file(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	b, err := json.Marshal(e)
	if err == nil {
		_, err = f.Write(append(b, '\n'))
	}
	return errors.Join(err, f.Close())
}

// List gives the entries, oldest first. Lines that are not entries are left out.
func (l *Log) List() ([]Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var entries []Entry
	for _, name := range []string{l.old(), l.file()} {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			var e Entry
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				entries = append(entries, e)
			}
		}
		if err := errors.Join(lines.Err(), f.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return entries, nil
}
