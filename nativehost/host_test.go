// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// long is how long a test waits for what must happen. No test measures a time.
const long = time.Minute

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// runtimeDir gives the test a runtime directory of its own, with a name short enough for a socket.
func runtimeDir(t testing.TB) {
	t.Helper()
	dir, err := os.MkdirTemp("", "nh")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("LC_ALL", "it_IT.UTF-8")
}

// host is the real program, started as a browser does.
type host struct {
	t   testing.TB
	cmd *exec.Cmd
	in  io.WriteCloser
	out *os.File
}

func start(t testing.TB, program string, args ...string) host {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	must(t, err)
	out, w, err := os.Pipe()
	must(t, err)
	cmd.Stdout = w
	must(t, cmd.Start())
	must(t, w.Close())
	must(t, out.SetReadDeadline(time.Now().Add(long)))
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = in.Close()
		_ = out.Close()
	})
	return host{t, cmd, in, out}
}

func (h host) write(message string) {
	h.t.Helper()
	must(h.t, protocol.WriteFrame(h.in, []byte(message), len(message)))
}

func (h host) read() string {
	h.t.Helper()
	b, err := protocol.ReadFrame(h.out, protocol.MaxResponse)
	must(h.t, err)
	return string(b)
}

// unreachable reads n answers and checks that each is BRIDGE_UNREACHABLE. It gives their channels and ids, sorted.
func (h host) unreachable(n int) string {
	h.t.Helper()
	var found []string
	for range n {
		e, err := protocol.ParseEnvelope([]byte(h.read()))
		must(h.t, err)
		r, err := protocol.ParseResponse(e.RPC)
		must(h.t, err)
		if r.Error == nil || r.Error.Data.Code != protocol.BridgeUnreachable || !r.Error.Data.Retry {
			h.t.Fatalf("answered %s", e.RPC)
		}
		if !strings.HasPrefix(r.Error.Data.Hint, "Ponte non risponde") {
			h.t.Errorf("hint %q", r.Error.Data.Hint)
		}
		found = append(found, e.Channel+" "+string(r.ID))
	}
	sort.Strings(found)
	return strings.Join(found, ", ")
}

// readEnd checks that nothing more is said, and that the program ends in order.
func (h host) readEnd() {
	h.t.Helper()
	if b, err := protocol.ReadFrame(h.out, protocol.MaxResponse); !errors.Is(err, io.EOF) {
		h.t.Errorf("after the end: %q, %v", b, err)
	}
	if err := h.cmd.Wait(); err != nil {
		h.t.Errorf("ended with %v", err)
	}
}

// agent is the far end of the portal socket.
type agent struct {
	t testing.TB
	net.Listener
}

func listenAgent(t testing.TB) agent {
	t.Helper()
	l, err := ipc.Listen(ipc.Portal)
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return agent{t, l}
}

// accept takes the next nativehost and gives its greeting.
func (a agent) accept() (agentConn, string) {
	a.t.Helper()
	conn, err := a.Accept()
	must(a.t, err)
	a.t.Cleanup(func() { _ = conn.Close() })
	must(a.t, conn.SetDeadline(time.Now().Add(long)))
	c := agentConn{a.t, conn}
	return c, c.read()
}

type agentConn struct {
	t testing.TB
	net.Conn
}

func (c agentConn) read() string {
	c.t.Helper()
	b, err := protocol.ReadFrame(c, protocol.MaxRequest)
	must(c.t, err)
	return string(b)
}

func (c agentConn) write(message string) {
	c.t.Helper()
	must(c.t, protocol.WriteFrame(c, []byte(message), protocol.MaxResponse))
}

func ask(channel, id string) string {
	return `{"channel":"` + channel + `","origin":"https://portal.example","rpc":{"jsonrpc":"2.0","id":` + id + `,"method":"bridge.hello","params":{}}}`
}

func answerTo(channel, id string) string {
	return `{"channel":"` + channel + `","rpc":{"jsonrpc":"2.0","id":` + id + `,"result":{}}}`
}
