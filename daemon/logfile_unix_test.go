// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package main

import (
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestTheAgentDoesNotWaitForWhoReadsAPipeInThePlaceOfItsLog(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mkfifo(filepath.Join(dir, "ponte.log"), 0o600); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	go func() {
		_, err := openLog(dir)
		opened <- err
	}()
	select {
	case err := <-opened:
		if err == nil {
			t.Error("a pipe was taken for the log")
		}
	case <-time.After(time.Minute):
		t.Fatal("the agent waits for ever")
	}
}
