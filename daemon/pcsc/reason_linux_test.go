// SPDX-License-Identifier: EUPL-1.2

//go:build cgo

package pcsc

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/ebfe/scard"
)

func TestARefusalIsToldFromAServiceThatIsAway(t *testing.T) {
	for code, want := range map[scard.Error]Reason{scard.ErrSecurityViolation: Denied, scard.ErrNoAccess: Denied, scard.ErrInternalError: NotKnown} {
		for name, err := range map[string]error{"of a context": unavailable("PC/SC context", code), "of a card": classify("connecting to the card", code)} {
			if !errors.Is(err, ErrUnavailable) || !errors.Is(err, code) || ReasonOf(fmt.Errorf("watching: %w", err)) != want {
				t.Errorf("%v %s: %v, %q", code, name, err, ReasonOf(err))
			}
		}
	}
	if ReasonOf(ErrUnavailable) != NotKnown || ReasonOf(nil) != NotKnown {
		t.Error("a reason of nothing")
	}
}

func TestWhyNobodyIsAtTheSocket(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "pcscd")
	if err := os.WriteFile(program, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(dir, "open.comm")
	l, err := net.Listen("unix", open)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	left := filepath.Join(dir, "left.comm") // by a pcscd that was killed
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: left, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	_ = stale.Close()
	nowhere := filepath.Join(dir, "nowhere.comm")
	for name, c := range map[string]struct {
		host host
		want Reason
	}{
		"not installed":                {host{nowhere, []string{filepath.Join(dir, "absent")}}, Absent},
		"a folder is no program":       {host{nowhere, []string{dir}}, Absent},
		"installed, no socket":         {host{nowhere, []string{filepath.Join(dir, "absent"), program}}, Stopped},
		"a socket of one that is dead": {host{left, nil}, Stopped},
		"somebody listens":             {host{open, nil}, NotKnown},
	} {
		if got := c.host.reason(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
