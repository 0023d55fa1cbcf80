// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package policy

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// strange makes what a file of settings can be that is no file: a pipe that nobody writes to, and a device without end.
func strange(t *testing.T) []string {
	t.Helper()
	pipe, device := filepath.Join(t.TempDir(), "pipe"), filepath.Join(t.TempDir(), "device")
	if err := errors.Join(unix.Mkfifo(pipe, 0o600), os.Symlink("/dev/zero", device)); err != nil {
		t.Fatal(err)
	}
	return []string{pipe, device}
}

// soon fails the test when work waits for ever.
func soon(t *testing.T, what string, work func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); work() }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatalf("%s: somebody waits for ever", what)
	}
}

func TestSettingsThatAreNoFileHoldNobodyUp(t *testing.T) {
	for _, name := range strange(t) {
		soon(t, name, func() {
			s, err := Load(name, absent)
			if err == nil || s.AskForUnknownSites() {
				t.Errorf("%s: %+v, %v", name, s, err)
			}
			if _, err := Load(absent, name); !errors.Is(err, ErrManaged) {
				t.Errorf("%s as a policy: %v", name, err)
			}
		})
	}
}

func TestAListOfSitesThatIsNoFileMakesNoSiteAStranger(t *testing.T) {
	for _, name := range strange(t) {
		soon(t, name, func() {
			s := OpenSites(name, Settings{})
			if _, _, err := s.Find(origin(t, "https://portal.example")); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: %v", name, err)
			}
			if kept, err := s.Repair(); err != nil || kept == "" {
				t.Errorf("%s: kept %q, %v", name, kept, err)
			}
			if _, ok, err := s.Find(origin(t, "https://portal.example")); ok || err != nil {
				t.Errorf("%s, repaired: %v, %v", name, ok, err)
			}
		})
	}
}
