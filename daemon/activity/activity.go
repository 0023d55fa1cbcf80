// SPDX-License-Identifier: EUPL-1.2

// Package activity keeps the log that the citizen can read: which site asked what of the card, when, how it ended and how
// long it took. It holds no name, no fiscal code, no certificate, no PIN and no counter of tries, and nothing of it leaves
// the computer.
package activity

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// Entry is one operation of a site, or of the citizen's own on the card.
type Entry struct {
	Time      time.Time       `json:"time"`
	Origin    protocol.Origin `json:"origin,omitzero"` // not there: the citizen's own, from Ponte
	Operation string          `json:"operation"`       // a method of PROTOCOL.md, or another of this list
	Outcome   protocol.Code   `json:"outcome"`         // empty: it succeeded
	Millis    int64           `json:"durationMs"`      // until it ended; what the citizen took to answer is in it
}

// Operations that are no method of PROTOCOL.md.
const (
	SiteAdmit  = "site.admit" // a site that nobody knew asked to talk to the card
	PINChange  = "pin.change"
	PINUnblock = "pin.unblock"
)

// maxBytes is the size at which the log begins anew; the one before is kept.
const maxBytes = 512 << 10

// The same failure of the same site is taken down once in repeatAfter: a page that asks on and on, which needs no dialog
// as long as there is no card, must not push older entries out. That a site looked at the card is told once in lookAfter:
// a page may ask at each of its pages, and the citizen wants to know that it does, not how often.
const (
	repeatAfter = time.Minute
	lookAfter   = time.Hour
	maxRepeated = 1024 // entries kept in memory
)

// Log is the log in a directory. The agent and the command line may use the same one at once.
type Log struct {
	Dir string
	Err *slog.Logger // where to say that the log cannot be written
	// Changed is called, without a lock, when an entry was taken down; nil: nobody is told. A repetition is no news: a page
	// that asks on and on must not make tray and control page look at the card each time.
	Changed func()

	now func() time.Time // time.Now when nil

	mu   sync.Mutex
	seen map[same]time.Time // when it was taken down
}

// same is what counts as a repetition.
type same struct {
	origin    protocol.Origin
	operation string
	outcome   protocol.Code
}

func (l *Log) file() string { return filepath.Join(l.Dir, "activity.jsonl") }
func (l *Log) old() string  { return filepath.Join(l.Dir, "activity.1.jsonl") }

// Record appends an entry. A log that cannot be written does not keep anybody from logging in.
func (l *Log) Record(o protocol.Origin, operation string, outcome protocol.Code, took time.Duration) {
	if l.record(o, operation, outcome, took) && l.Changed != nil {
		l.Changed()
	}
}

// record says whether there is a new entry.
func (l *Log) record(o protocol.Origin, operation string, outcome protocol.Code, took time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.now != nil {
		now = l.now()
	}
	if l.repeated(same{o, operation, outcome}, now) {
		return false
	}
	if err := l.append(Entry{now.UTC().Truncate(time.Second), o, operation, outcome, max(0, took.Milliseconds())}); err != nil {
		l.Err.Error("writing the activity log", "err", err)
		return false
	}
	return true
}

// repeated says that the same was taken down a moment ago. Logins and what the citizen answered never are: package bridge
// bounds how often a site can ask the citizen.
func (l *Log) repeated(s same, now time.Time) bool {
	after := repeatAfter
	switch {
	case s.outcome == "" && (s.operation == protocol.MethodStatus || s.operation == protocol.MethodWatch):
		after = lookAfter
	case s.outcome == "", s.outcome == protocol.UserCancelled, s.outcome == protocol.UserTimeout, s.outcome == protocol.ConsentDenied:
		return false
	}
	if at, ok := l.seen[s]; ok && now.Sub(at) < after {
		return true
	}
	maps.DeleteFunc(l.seen, func(_ same, at time.Time) bool { return now.Sub(at) >= lookAfter })
	if l.seen == nil {
		l.seen = map[same]time.Time{}
	}
	if len(l.seen) < maxRepeated {
		l.seen[s] = now
	}
	return false
}

// append writes one line with one call. A program that was killed in the middle may have left the end of its last line
// unwritten: the new one begins after a line end of its own, so that it is not swallowed.
func (l *Log) append(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(l.Dir, 0o700); err != nil {
		return err
	}
	if info, err := os.Stat(l.file()); err == nil && info.Size() > maxBytes {
		if err := os.Rename(l.file(), l.old()); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(l.file(), os.O_APPEND|os.O_CREATE|os.O_RDWR|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return err
	}
	torn, err := tornAtEnd(f)
	if err == nil {
		if torn {
			line = append([]byte{'\n'}, line...)
		}
		_, err = f.Write(append(line, '\n'))
	}
	return errors.Join(err, f.Close())
}

// tornAtEnd says that the last line of a file has no end. What is no file is an error: a full pipe would keep us waiting.
func tornAtEnd(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a file", f.Name())
	}
	if err != nil || info.Size() == 0 {
		return false, err
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], info.Size()-1); err != nil {
		return false, err
	}
	return last[0] != '\n', nil
}

// Clear empties the log, the kept one too.
func (l *Log) Clear() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = nil
	var failures []error
	for _, name := range []string{l.file(), l.old()} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}
