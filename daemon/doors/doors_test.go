// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"context"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// long is how long a test waits for what must happen. No test measures a time.
const long = time.Minute

// fakeBridge answers every request with its own params, and remembers what happened.
type fakeBridge struct {
	admit func(context.Context, protocol.Origin) bool
	known func(protocol.Origin) bool
	took  func(message []byte) // called within receive, when set

	mu     sync.Mutex
	opened []protocol.Origin
	closed int
	got    []string
	sends  map[protocol.Origin][]func([]byte)
	next   chan struct{}
}

func (b *fakeBridge) Open(o protocol.Origin, send func([]byte)) (func([]byte), func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened = append(b.opened, o)
	if b.sends == nil {
		b.sends = make(map[protocol.Origin][]func([]byte))
	}
	b.sends[o] = append(b.sends[o], send)
	receive := func(message []byte) {
		b.mu.Lock()
		b.got = append(b.got, string(message))
		b.mu.Unlock()
		if b.took != nil {
			b.took(message)
		}
		req, err := protocol.ParseRequest(message)
		send(protocol.Reply(req.ID, req.Params, err, nil))
	}
	return receive, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.closed++
	}
}

func (b *fakeBridge) Admit(ctx context.Context, o protocol.Origin) bool {
	return b.admit == nil || b.admit(ctx, o)
}

func (b *fakeBridge) Known(o protocol.Origin) bool { return b.known == nil || b.known(o) }

func (b *fakeBridge) Rechecked() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

// recheck says that what sites may do has changed.
func (b *fakeBridge) recheck() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}

func (b *fakeBridge) ExtensionStatus(context.Context) protocol.ExtensionStatus {
	return protocol.ExtensionStatus{Bridge: "0.1.0", Language: "it", Card: protocol.Status{State: protocol.StateNoCard}, Advice: protocol.Advice{Mood: protocol.MoodWait, Title: "Nessuna tessera"}, UpdateNotice: true}
}

func (b *fakeBridge) counts() (opened, closed, got int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.opened), b.closed, len(b.got)
}

// send is the way of the bridge to the i-th page that o has opened.
func (b *fakeBridge) send(o protocol.Origin, i int, message string) {
	b.mu.Lock()
	f := b.sends[o][i]
	b.mu.Unlock()
	f([]byte(message))
}

func origin(t *testing.T, s string) protocol.Origin {
	t.Helper()
	o, err := protocol.ParseOrigin(s)
	must(t, err)
	return o
}

// eventually waits until ok, which another goroutine is about to make true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(long); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("did not happen: " + what)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// runtimeDir gives the test sockets of its own, with a path that is short enough.
func runtimeDir(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "doors")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("XDG_RUNTIME_DIR", dir)
}

// background runs f until the test ends, and waits for its end.
func background(t *testing.T, f func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the door failed: %v", err)
			}
		case <-time.After(long):
			t.Error("the door did not end with its context")
		}
	})
}

// peer is a program that speaks frames.
type peer struct {
	t *testing.T
	net.Conn
}

func dialSocket(t *testing.T, name string) peer {
	t.Helper()
	conn, err := ipc.Dial(context.Background(), name)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(long)))
	return peer{t, conn}
}

func (p peer) write(message string) {
	p.t.Helper()
	must(p.t, protocol.WriteFrame(p, []byte(message), len(message)))
}

func (p peer) read() string {
	p.t.Helper()
	b, err := protocol.ReadFrame(p, protocol.MaxResponse)
	must(p.t, err)
	return string(b)
}

// readEnd checks that the door has hung up.
func (p peer) readEnd() {
	p.t.Helper()
	if b, err := protocol.ReadFrame(p, protocol.MaxResponse); err == nil {
		p.t.Errorf("the connection goes on: %s", b)
	} else if ne, ok := err.(net.Error); ok && ne.Timeout() {
		p.t.Error("the door did not hang up")
	}
}

// answered is a response as a page sees it.
type answered struct {
	channel string
	id      protocol.ID
	result  string
	code    protocol.Code
	hint    string
	rpc     int
}

func (p peer) readAnswer() answered {
	p.t.Helper()
	e, err := protocol.ParseEnvelope([]byte(p.read()))
	must(p.t, err)
	a := parseAnswer(p.t, e.RPC)
	a.channel = e.Channel
	return a
}

func parseAnswer(t *testing.T, message []byte) answered {
	t.Helper()
	r, err := protocol.ParseResponse(message)
	must(t, err)
	a := answered{id: r.ID, result: string(r.Result)}
	if r.Error != nil {
		a.code, a.hint, a.rpc = r.Error.Data.Code, r.Error.Data.Hint, r.Error.Code
	}
	return a
}
