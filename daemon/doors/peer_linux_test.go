// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/internal/leaktest"
)

// TestMain also is the process of another user.
func TestMain(m *testing.M) {
	if peerChild() {
		return
	}
	os.Exit(leaktest.Run(m))
}

// peerChild is the process of another user: it sends what it is told to an address and repeats the answer.
func peerChild() bool {
	if socket := os.Getenv("PONTE_TEST_TLS_SOCKET"); socket != "" {
		return tlsChild(socket)
	}
	address := os.Getenv("PONTE_TEST_DIAL")
	if address == "" {
		return false
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		_, _ = fmt.Print(err)
		return true
	}
	_ = conn.SetDeadline(time.Now().Add(long))
	_, _ = io.WriteString(conn, os.Getenv("PONTE_TEST_SAY"))
	b := make([]byte, len(refusal))
	n, _ := io.ReadFull(conn, b)
	_, _ = os.Stdout.Write(b[:n])
	return true
}

// TestT17_PageOfAnotherUserIsRefused has a process of another user dial the door. Who is not root cannot make one,; package ipc reads tables of sockets as if its own user
// were another.
func TestT17_PageOfAnotherUserIsRefused(t *testing.T) {
	d := startDoor(t, &fakeBridge{})
	program, err := os.ReadFile(os.Args[0])
	must(t, err)
	dir, err := os.MkdirTemp("/tmp", "doors-stranger")
	must(t, err)
	defer func() { _ = os.RemoveAll(dir) }()
	must(t, os.Chmod(dir, 0o755))
	copied := filepath.Join(dir, "stranger")
	must(t, os.WriteFile(copied, program, 0o755))

	run := func(uid uint32, address string) string {
		cmd := exec.Command(copied)
		cmd.Dir = "/"
		cmd.Env = []string{"PONTE_TEST_DIAL=" + address, "PONTE_TEST_SAY=" + d.head(get)}
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		}
		out, err := cmd.Output()
		must(t, err)
		return string(out)
	}
	addresses := []string{"127.0.0.1:" + strconv.Itoa(d.port), "[::ffff:127.0.0.1]:" + strconv.Itoa(d.port)}
	for _, address := range addresses {
		if os.Getuid() == 0 {
			if got := run(65534, address); got != refusal {
				t.Errorf("%s answers another user with %q", address, got)
			}
		}
		if got := run(uint32(os.Getuid()), address); !strings.HasPrefix(got, "HTTP/1.1 101 ") {
			t.Errorf("%s answers our own user with %q", address, got)
		}
	}
}

func TestEndOfTheAgentEndsPages(t *testing.T) {
	b := &fakeBridge{}
	listeners, port, err := ListenWebSocket([]int{0})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	w := &WebSocket{Bridge: b}
	go func() { ended <- w.Serve(ctx, listeners...) }()
	ws := door{w, t, port}.mustDial(site)
	cancel()
	if _, _, err := ws.ReadMessage(); err == nil {
		t.Error("the page's connection goes on")
	}
	must(t, <-ended)
	if o, c, _ := b.counts(); o != 1 || c != 1 {
		t.Errorf("%d opened, %d closed", o, c)
	}
}
