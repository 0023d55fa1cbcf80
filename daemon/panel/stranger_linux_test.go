// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/internal/ipc"
)

// TestMain also is the process of another user, who has read an address in somebody's command line.
func TestMain(m *testing.M) {
	if address := os.Getenv("PONTE_TEST_DIAL"); address != "" {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			fmt.Print(err)
			return
		}
		_ = conn.SetDeadline(time.Now().Add(long))
		_, _ = io.WriteString(conn, os.Getenv("PONTE_TEST_SAY"))
		b, _ := io.ReadAll(conn)
		fmt.Printf("%s", b)
		return
	}
	os.Exit(m.Run())
}

// Only root can make a process of another user; others see their own served, and the rest by an injected check.
func TestAnotherUserWhoHasReadTheAddressDoesNotComeIn(t *testing.T) {
	r := start(t, func(r *rig) { r.check = ipc.CheckTCPPeer })
	dir, err := os.MkdirTemp("/tmp", "panel-stranger")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "stranger")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, program, 0o755); err != nil {
		t.Fatal(err)
	}
	key := r.keys.cut("")
	visit := func(uid uint32) string {
		cmd := exec.Command(copied)
		cmd.Dir = "/"
		cmd.Env = []string{"PONTE_TEST_DIAL=" + r.host(), "PONTE_TEST_SAY=GET /enter?key=" + key + " HTTP/1.1\r\nHost: " + r.host() + "\r\nConnection: close\r\n\r\n"}
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		}
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if os.Getuid() == 0 {
		if got := visit(65534); got != "" {
			t.Errorf("another user gets %q", got)
		}
	}
	if got := visit(uint32(os.Getuid())); !strings.HasPrefix(got, "HTTP/1.1 303 ") {
		t.Errorf("the key does not open for our own user any more: %q", got)
	}
}
