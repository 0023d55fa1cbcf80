// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain also is the process of another user.
func TestMain(m *testing.M) {
	if peerChild() {
		return
	}
	goleak.VerifyTestMain(m)
}

// peerChild is the process of another user: it sends what it is told to an address and repeats the answer.
func peerChild() bool {
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

// TestT17_PageOfAnotherUserIsRefused has a process of another user dial the door. Who is not root cannot make one, and
// reads the table of sockets instead as if its own user were another (TestSocketOwner).
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

// table is what the kernel shows of: a listening socket, the two ends of 127.0.0.1:40000 -> 127.0.0.1:24880 (users 1000
// and 1001; as little-endian machines write it), an orphan and a closing one on the same address, and a client with an IPv6 socket.
const (
	table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:6130 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 11 1 0 100 0 0 10 0
   1: 0100007F:6130 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1001        0 12 1 0 20 4 30 10 -1
   2: 0100007F:9C40 0100007F:6130 01 00000000:00000000 00:00000000 00000000  1000        0 13 1 0 20 4 30 10 -1
   3: 0100007F:9C41 0100007F:6130 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1
   4: 0100007F:9C42 0100007F:6130 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
   5: 0100007F:9C46 0100007F:6130 08 00000000:00000000 00:00000000 00000000  1000        0 15 1 0 20 4 30 10 -1
   6: 0100007F:9C43 0100007F:6130 01 00000000:00000000 00:00000000 00000000     x        0 14 1 0
`
	table6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:9C44 0000000000000000FFFF00000100007F:6130 01 00000000:00000000 00:00000000 00000000  1000        0 21 1 0 20 4 30 10 -1
   1: 00000000000000000000000001000000:9C45 00000000000000000000000001000000:6130 01 00000000:00000000 00:00000000 00000000  1002        0 22 1 0 20 4 30 10 -1
`
)

func TestSocketOwner(t *testing.T) {
	for _, c := range []struct {
		name, table, local, remote string
		uid                        int // -1: none
	}{
		{"a client", table, "127.0.0.1:40000", "127.0.0.1:24880", 1000},
		{"the other end of it is another socket", table, "127.0.0.1:24880", "127.0.0.1:40000", 1001},
		{"a port that nobody has", table, "127.0.0.1:40009", "127.0.0.1:24880", -1},
		{"an address that nobody has", table, "127.0.0.2:40000", "127.0.0.1:24880", -1},
		{"a client of another server", table, "127.0.0.1:40000", "127.0.0.1:24881", -1},
		{"an orphan, which shows user 0", table, "127.0.0.1:40001", "127.0.0.1:24880", -1},
		{"a connection in TIME_WAIT, which shows user 0", table, "127.0.0.1:40002", "127.0.0.1:24880", -1},
		{"a connection that its server has closed", table, "127.0.0.1:40006", "127.0.0.1:24880", -1},
		{"a user that is not a number", table, "127.0.0.1:40003", "127.0.0.1:24880", -1},
		{"IPv4 through an IPv6 socket", table6, "127.0.0.1:40004", "127.0.0.1:24880", 1000},
		{"IPv6", table6, "[::1]:40005", "[::1]:24880", 1002},
		{"IPv4-mapped in the question", table, "[::ffff:127.0.0.1]:40000", "[::ffff:127.0.0.1]:24880", 1000},
		{"an empty table", "", "127.0.0.1:40000", "127.0.0.1:24880", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			uid, err := socketOwner(strings.NewReader(c.table), netip.MustParseAddrPort(c.local), netip.MustParseAddrPort(c.remote))
			if c.uid < 0 {
				if !errors.Is(err, errNoSocket) {
					t.Errorf("user %d, %v; want none", uid, err)
				}
				return
			}
			if err != nil || int(uid) != c.uid {
				t.Errorf("user %d, %v; want %d", uid, err, c.uid)
			}
		})
	}
}

func FuzzSocketTable(f *testing.F) {
	f.Add(table)
	f.Add(table6)
	f.Add("   0: 0100007F:9C40 0100007F:6130 01 0 0 0 0 0 0 0\n")
	f.Add("a b c 01 e f g h i j k")
	f.Fuzz(func(t *testing.T, in string) {
		local, remote := netip.MustParseAddrPort("127.0.0.1:40000"), netip.MustParseAddrPort("127.0.0.1:24880")
		if _, err := socketOwner(strings.NewReader(in), local, remote); err == nil && !strings.Contains(strings.ToUpper(in), ":9C40") {
			t.Errorf("found a socket in %q", in)
		}
	})
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
