// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package activity

import (
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A pipe takes 64 KiB before whoever writes has to wait, and a login waits for its entry.
func TestAPipeInThePlaceOfTheLogHoldsNobodyUp(t *testing.T) {
	l := &Log{Dir: t.TempDir(), Err: slog.New(slog.DiscardHandler)}
	if err := unix.Mkfifo(l.file(), 0o600); err != nil {
		t.Fatal(err)
	}
	keep, err := os.OpenFile(l.file(), os.O_RDWR, 0) // somebody has it open and reads nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = keep.Close() }()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 1000 {
			l.Record(site(t, "https://portal.example"), "auth.login", "", 0)
		}
		if _, err := l.List(); err == nil {
			t.Error("a pipe was read")
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("a login waits for ever")
	}
	if err := keep.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if n, err := keep.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes were written into the pipe: %v", n, err)
	}
}
