// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestControlLinesThatAreRefused(t *testing.T) {
	s, err := newStand(t.Context(), pki, 1, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for line, reason := range map[string]string{
		"":                "empty",
		"dance":           "unknown",
		"insert 3":        "arguments",
		"insert 2":        "no card 2",
		"eject 1 1":       "arguments",
		"eject-at":        "arguments",
		"eject-at 1 2 3":  "arguments",
		"eject-at soon":   "a number",
		"eject-at -1":     "a number",
		"state 1 asleep":  "unknown",
		"state ok ok":     "arguments",
		"counters please": "arguments",
		"insert 1":        "vsmartcard-vpcd", // nobody listens on port 1
	} {
		if got, err := s.execute(t.Context(), line); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%q: %q, error %v", line, got, err)
		}
	}
}

func TestControlLinesAreUnderstood(t *testing.T) {
	for line, want := range map[string]request{
		"insert":            {"insert", 0, ""},
		"eject 2":           {"eject", 1, ""},
		" state  1 blocked": {"state", 0, "blocked"},
		"state blocked":     {"state", 0, "blocked"},
		"state 2":           {"state", 1, ""},
		"eject-at 2":        {"eject-at", 0, "2"},
		"eject-at 2 7":      {"eject-at", 1, "7"},
		"reset-counters 2":  {"reset-counters", 1, ""},
	} {
		if got, err := parseRequest(line); err != nil || got != want {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
}

func TestAControlSocketIsForItsUserAndOneProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := listenControl(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := listenControl(path); err == nil || !strings.Contains(err.Error(), "another") {
		t.Errorf("error %v", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // as after a crash
	l.Close()
	if l, err = listenControl(path); err != nil {
		t.Fatal(err)
	}
	l.Close()
}

func TestALineTooLongIsNotAnswered(t *testing.T) {
	s, err := newStand(t.Context(), pki, 1, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	here, there := net.Pipe()
	go s.answer(there)
	go here.Write([]byte(strings.Repeat("x", 2*maxLine)))
	if n, err := here.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes of answer", n)
	}
}

func FuzzControlLine(f *testing.F) {
	for _, seed := range []string{"", "insert", "insert 1", "eject 2", "state 1 tries=2", "state blocked", "counters", "reset-counters 2", "eject-at 2 7", "eject-at 99999999999999999999", "state 2 2"} {
		f.Add(seed)
	}
	s, err := newStand(f.Context(), pki, 1, "", nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if r, err := parseRequest(line); err == nil && (r.card < 0 || r.card > 1) {
			t.Errorf("%q: %+v", line, r)
		}
		if strings.Contains(line, "insert") {
			return // dials
		}
		if answer, err := s.execute(t.Context(), line); err == nil && strings.ContainsAny(answer, "\r\n") {
			t.Errorf("%q: %q", line, answer)
		}
	})
}
