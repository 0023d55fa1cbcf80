// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ponte-cns/ponte/protocol"
)

const site = "https://portal.example"

// door is a WebSocket door on a free port.
type door struct {
	*WebSocket
	t    *testing.T
	port int
}

func startDoor(t *testing.T, b *fakeBridge) door {
	t.Helper()
	listeners, port, err := ListenWebSocket([]int{0})
	must(t, err)
	w := &WebSocket{Bridge: b}
	background(t, func(ctx context.Context) error { return w.Serve(ctx, listeners...) })
	return door{w, t, port}
}

// head writes a request: lines replace or add to those of a good one, "Name" alone takes one out.
func (d door) head(first string, lines ...string) string {
	all := []string{
		"Host: 127.0.0.1:" + strconv.Itoa(d.port), "Connection: Upgrade", "Upgrade: websocket", "Origin: " + site,
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: ponte.v1",
	}
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ":")
		for i, old := range all {
			if n, _, _ := strings.Cut(old, ":"); n == strings.TrimPrefix(name, "+") && !strings.HasPrefix(name, "+") {
				all = append(all[:i:i], all[i+1:]...)
				break
			}
		}
		if value != "" {
			all = append(all, strings.TrimPrefix(l, "+"))
		}
	}
	return first + "\r\n" + strings.Join(all, "\r\n") + "\r\n\r\n"
}

const get = "GET /v1 HTTP/1.1"

// say sends bytes and gives all that is answered before the door closes, or the first 3 bytes of an upgrade.
func (d door) say(bytes string) string {
	d.t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(d.port))
	must(d.t, err)
	defer func() { _ = conn.Close() }()
	must(d.t, conn.SetDeadline(time.Now().Add(long)))
	_, _ = io.WriteString(conn, bytes)
	r := bufio.NewReader(conn)
	if first, _ := r.Peek(12); string(first) == "HTTP/1.1 101" {
		return "101"
	}
	b, err := io.ReadAll(r)
	if err != nil {
		d.t.Errorf("the door did not close in order: %v", err)
	}
	return string(b)
}

func (d door) dial(origin string) (*websocket.Conn, error) {
	dialer := websocket.Dialer{Subprotocols: []string{protocol.WebSocketSubprotocol}, HandshakeTimeout: long}
	ws, resp, err := dialer.Dial("ws://127.0.0.1:"+strconv.Itoa(d.port)+"/v1", http.Header{"Origin": {origin}})
	if resp != nil {
		_ = resp.Body.Close()
	}
	if err == nil {
		d.t.Cleanup(func() { _ = ws.Close() })
		must(d.t, ws.SetReadDeadline(time.Now().Add(long)))
	}
	return ws, err
}

func (d door) mustDial(origin string) *websocket.Conn {
	d.t.Helper()
	ws, err := d.dial(origin)
	must(d.t, err)
	return ws
}

// refusedOnly checks that nothing was opened for those who were refused, and that the door still opens to others.
func (d door) refusedOnly(b *fakeBridge) {
	d.t.Helper()
	if opened, _, _ := b.counts(); opened != 0 {
		d.t.Errorf("%d channels were opened", opened)
	}
	if got := d.say(d.head(get)); got != "101" {
		d.t.Errorf("a good request is answered %q", got)
	}
}

func TestT17_ClientOfAnotherUserIsRefused(t *testing.T) {
	b := &fakeBridge{}
	listeners, port, err := ListenWebSocket([]int{0})
	must(t, err)
	var local, remote netip.AddrPort
	w := &WebSocket{Bridge: b, ownPeer: func(l, r netip.AddrPort) error { local, remote = l, r; return errors.New("user 7") }}
	background(t, func(ctx context.Context) error { return w.Serve(ctx, listeners...) })
	d := door{w, t, port}
	if got := d.say(d.head(get)); got != refusal {
		t.Errorf("answered %q", got)
	}
	if opened, _, _ := b.counts(); opened != 0 {
		t.Error("a channel was opened")
	}
	if int(local.Port()) != port || remote.Port() == local.Port() || !remote.Addr().IsLoopback() {
		t.Errorf("asked about %s connected to %s", remote, local)
	}
}

// TestT7_DoorListensOnLoopbackAlone looks at the sockets that the kernel says are listening.
func TestT7_DoorListensOnLoopbackAlone(t *testing.T) {
	listeners, port, err := ListenWebSocket(protocol.WebSocketPorts[:])
	must(t, err)
	defer func() {
		for _, l := range listeners {
			_ = l.Close()
		}
	}()
	if port < 24880 || port > 24883 {
		t.Errorf("port %d", port)
	}
	found := listening(t, port)
	if len(found) != len(listeners) {
		t.Errorf("%d sockets listen on the port, want %d", len(found), len(listeners))
	}
	for _, a := range found {
		if a.Addr() != netip.MustParseAddr("127.0.0.1") && a.Addr() != netip.MustParseAddr("::1") {
			t.Errorf("the door listens on %s", a)
		}
	}
}

// loopbacks are the two addresses of loopback as little-endian machines write them; any other is no address here.
var loopbacks = map[string]netip.Addr{
	"0100007F": netip.MustParseAddr("127.0.0.1"), "00000000000000000000000001000000": netip.MustParseAddr("::1"),
}

// listening gives the addresses on which sockets listen on port.
func listening(t *testing.T, port int) (found []netip.AddrPort) {
	t.Helper()
	for _, path := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		table, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) && path == "/proc/net/tcp6" {
			continue
		}
		must(t, err)
		for _, line := range strings.Split(string(table), "\n") {
			f := strings.Fields(line)
			if len(f) < 4 || f[3] != "0A" { // TCP_LISTEN
				continue
			}
			host, hex, _ := strings.Cut(f[1], ":")
			if n, err := strconv.ParseUint(hex, 16, 16); err == nil && int(n) == port {
				found = append(found, netip.AddrPortFrom(loopbacks[host], uint16(port)))
			}
		}
	}
	return found
}

func TestDoorTakesTheNextPortWhenOneIsTaken(t *testing.T) {
	first, port, err := ListenWebSocket([]int{0})
	must(t, err)
	defer closeAll(first)
	second, other, err := ListenWebSocket([]int{port, 0})
	must(t, err)
	defer closeAll(second)
	if other == port {
		t.Error("two doors on one port")
	}
	if _, _, err := ListenWebSocket([]int{port, other}); err == nil {
		t.Error("a third door found a port that is not free")
	}
	// A port that only ::1 has taken is not free either: its pages would meet somebody else there.
	if len(first) == 2 {
		closeAll(first[:1])
		if _, _, err := ListenWebSocket([]int{port}); err == nil {
			t.Error("the door took a port that another program has on ::1")
		}
	}
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
	}
}

func TestPageAsksAndIsAnswered(t *testing.T) {
	b := &fakeBridge{}
	d := startDoor(t, b)
	ws := d.mustDial(site)
	if ws.Subprotocol() != "ponte.v1" {
		t.Errorf("subprotocol %q", ws.Subprotocol())
	}
	must(t, ws.WriteMessage(websocket.TextMessage, []byte(`{"jsonrpc":"2.0","id":"é","method":"m","params":{"a":1}}`)))
	_, m, err := ws.ReadMessage()
	must(t, err)
	if string(m) != `{"jsonrpc":"2.0","id":"é","result":{"a":1}}` {
		t.Errorf("%s", m)
	}
	b.send(origin(t, site), 0, `{"x":1}`)
	if kind, m, _ := ws.ReadMessage(); string(m) != `{"x":1}` || kind != websocket.TextMessage {
		t.Errorf("%s", m)
	}
	must(t, ws.Close())
	eventually(t, "the channel closes", func() bool { o, c, _ := b.counts(); return o == 1 && c == 1 })
	b.send(origin(t, site), 0, "late")
}

func TestT16_MessagesThatEndAConnection(t *testing.T) {
	b := &fakeBridge{}
	d := startDoor(t, b)
	other := d.mustDial(site)
	for name, c := range map[string]struct {
		kind, length, want int
	}{
		"64 KiB and one byte": {websocket.TextMessage, protocol.MaxRequest + 1, websocket.CloseMessageTooBig},
		"a megabyte":          {websocket.TextMessage, 1 << 20, websocket.CloseMessageTooBig},
		"a binary one":        {websocket.BinaryMessage, 2, websocket.CloseUnsupportedData},
	} {
		t.Run(name, func(t *testing.T) {
			ws := d.mustDial(site)
			_ = ws.WriteMessage(c.kind, []byte(strings.Repeat("x", c.length)))
			_, _, err := ws.ReadMessage()
			if !websocket.IsCloseError(err, c.want) {
				t.Errorf("%v, want close %d", err, c.want)
			}
		})
	}
	if _, _, got := b.counts(); got != 0 {
		t.Errorf("%d of those messages were received", got)
	}
	for _, m := range []string{"garbage", "{}", strings.Repeat(" ", protocol.MaxRequest)} {
		must(t, other.WriteMessage(websocket.TextMessage, []byte(m)))
		_, answer, err := other.ReadMessage()
		must(t, err)
		if a := parseAnswer(t, answer); a.code != protocol.InvalidArgument {
			t.Errorf("%.20s: %+v", m, a)
		}
	}
}

func TestT16_PanicEndsOneWebSocketAlone(t *testing.T) {
	b := &fakeBridge{took: func(m []byte) {
		if string(m) == "boom" {
			panic("boom")
		}
	}}
	d := startDoor(t, b)
	bad, good := d.mustDial(site), d.mustDial(site)
	must(t, bad.WriteMessage(websocket.TextMessage, []byte("boom")))
	if _, _, err := bad.ReadMessage(); err == nil {
		t.Error("the connection goes on")
	}
	must(t, good.WriteMessage(websocket.TextMessage, []byte("{}")))
	_, _, err := good.ReadMessage()
	must(t, err)
	b.admit = func(_ context.Context, o protocol.Origin) bool {
		if o.Host() == "panic.example" {
			panic("boom")
		}
		return true
	}
	if got := d.say(d.head(get, "Origin: https://panic.example")); got != refusal {
		t.Errorf("a panic of the bridge is answered %q", got)
	}
	d.mustDial(site)
}

func TestT16_ConnectionsAreLimitedForAnOriginAndInAll(t *testing.T) {
	b := &fakeBridge{}
	d := startDoor(t, b)
	var one []*websocket.Conn
	for range maxPerOrigin {
		one = append(one, d.mustDial(site))
	}
	if got := d.say(d.head(get)); got != refusal {
		t.Errorf("connection %d of an origin is answered %q", maxPerOrigin+1, got)
	}
	must(t, one[0].Close())
	eventually(t, "a place is free again", func() bool { _, err := d.dial(site); return err == nil })

	for i := maxPerOrigin; i < maxOpen; i++ {
		d.mustDial(fmt.Sprintf("https://p%d.example", i/maxPerOrigin))
	}
	if got := d.say(d.head(get, "Origin: https://another.example")); got != refusal {
		t.Errorf("connection %d is answered %q", maxOpen+1, got)
	}
}

func TestT16_UnknownSitesDoNotTakeThePlacesOfKnownOnes(t *testing.T) {
	known := origin(t, site)
	b := &fakeBridge{
		known: func(o protocol.Origin) bool { return o == known },
		admit: func(ctx context.Context, o protocol.Origin) bool {
			if o != known {
				<-ctx.Done()
			}
			return o == known
		},
	}
	d := startDoor(t, b)
	var waiting []net.Conn
	for i := range maxAsking {
		conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(d.port))
		must(t, err)
		_, err = io.WriteString(conn, d.head(get, fmt.Sprintf("Origin: https://u%d.example", i)))
		must(t, err)
		waiting = append(waiting, conn)
	}
	eventually(t, "all of them wait for the citizen", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.asking == maxAsking })
	if got := d.say(d.head(get, "Origin: https://one.more.example")); got != refusal {
		t.Errorf("answered %q", got)
	}
	d.mustDial(site)
	for _, conn := range waiting {
		must(t, conn.Close())
	}
	eventually(t, "nobody waits for pages that went away", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.asking == 0 && d.total == 1 })
}

func TestPageThatGoesAwayEndsTheQuestionToTheCitizen(t *testing.T) {
	for name, leave := range map[string]func(net.Conn){
		"by closing":          func(c net.Conn) { _ = c.Close() },
		"by a reset":          func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() },
		"by talking too soon": func(c net.Conn) { _, _ = c.Write([]byte{0x81}) },
	} {
		t.Run(name, func(t *testing.T) {
			asking, gone := make(chan struct{}), make(chan struct{})
			b := &fakeBridge{admit: func(ctx context.Context, _ protocol.Origin) bool {
				close(asking)
				<-ctx.Done()
				close(gone)
				return true // too late
			}}
			d := startDoor(t, b)
			conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(d.port))
			must(t, err)
			defer func() { _ = conn.Close() }()
			_, err = io.WriteString(conn, d.head(get))
			must(t, err)
			<-asking
			leave(conn)
			select {
			case <-gone:
			case <-time.After(long):
				t.Fatal("the question is still open")
			}
			eventually(t, "the place is free", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.total == 0 })
			if opened, _, _ := b.counts(); opened != 0 {
				t.Error("a channel was opened")
			}
		})
	}
}

func TestPageThatWaitsForTheCitizenIsLetIn(t *testing.T) {
	allow := make(chan struct{})
	b := &fakeBridge{
		known: func(protocol.Origin) bool { return false },
		admit: func(ctx context.Context, _ protocol.Origin) bool {
			select {
			case <-allow:
				return true
			case <-ctx.Done():
				return false
			}
		},
	}
	d := startDoor(t, b)
	dialled := make(chan error, 1)
	go func() {
		_, err := d.dial(site)
		dialled <- err
	}()
	eventually(t, "the page waits", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.asking == 1 })
	close(allow)
	must(t, <-dialled)
}

func TestT16_WhoSendsNothingLosesTheOldestConnectionAndNobodyElseWaits(t *testing.T) {
	listeners, port, err := ListenWebSocket([]int{0})
	must(t, err)
	w := &WebSocket{Bridge: &fakeBridge{}, headTimeout: time.Hour}
	background(t, func(ctx context.Context) error { return w.Serve(ctx, listeners...) })
	d := door{w, t, port}
	var slow []net.Conn
	for range maxReading + 1 {
		conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(d.port))
		must(t, err)
		defer func() { _ = conn.Close() }()
		must(t, conn.SetDeadline(time.Now().Add(long)))
		_, _ = io.WriteString(conn, "GET /v1")
		slow = append(slow, conn)
		eventually(t, "the door reads", func() bool {
			d.mu.Lock()
			defer d.mu.Unlock()
			return len(d.reading) == min(len(slow), maxReading)
		})
	}
	if b, err := io.ReadAll(slow[0]); string(b) != refusal {
		t.Errorf("the oldest is answered %q, %v", b, err)
	}
	d.mustDial(site)
}

func TestRequestThatNeverEndsIsRefused(t *testing.T) {
	listeners, port, err := ListenWebSocket([]int{0})
	must(t, err)
	w := &WebSocket{Bridge: &fakeBridge{}, headTimeout: time.Millisecond}
	background(t, func(ctx context.Context) error { return w.Serve(ctx, listeners...) })
	d := door{w, t, port}
	conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(d.port))
	must(t, err)
	defer func() { _ = conn.Close() }()
	must(t, conn.SetDeadline(time.Now().Add(long)))
	_, _ = io.WriteString(conn, strings.TrimSuffix(d.head(get), "\r\n"))
	if b, err := io.ReadAll(conn); string(b) != refusal {
		t.Errorf("answered %q, %v", b, err)
	}
}

// BenchmarkIdleClients tells what 256 pages that say nothing cost. Their clients live in this process too and are
// counted with them.
func BenchmarkIdleClients(b *testing.B) {
	listeners, port, err := ListenWebSocket([]int{0})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- (&WebSocket{Bridge: &fakeBridge{}}).Serve(ctx, listeners...) }()
	defer func() { cancel(); <-ended }()
	dialer := websocket.Dialer{Subprotocols: []string{protocol.WebSocketSubprotocol}}
	for b.Loop() {
		before := memoryInUse()
		var clients []*websocket.Conn
		for i := range maxOpen {
			header := http.Header{"Origin": {fmt.Sprintf("https://p%d.example", i/maxPerOrigin)}}
			ws, _, err := dialer.Dial("ws://127.0.0.1:"+strconv.Itoa(port)+"/v1", header)
			if err != nil {
				b.Fatal(err)
			}
			clients = append(clients, ws)
		}
		b.ReportMetric(float64(memoryInUse()-before)/1024, "KiB/256-clients")
		for _, ws := range clients {
			_ = ws.Close()
		}
	}
}

func memoryInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

func TestTheConnectionOfASiteThatIsKnownNoMoreIsClosed(t *testing.T) {
	var mu sync.Mutex
	gone := map[protocol.Origin]bool{}
	b := &fakeBridge{known: func(o protocol.Origin) bool { mu.Lock(); defer mu.Unlock(); return !gone[o] }}
	d := startDoor(t, b)
	first, second, other := d.mustDial(site), d.mustDial(site), d.mustDial("https://other.example")
	b.recheck() // nothing has changed
	for _, ws := range []*websocket.Conn{first, second, other} {
		must(t, ws.WriteMessage(websocket.TextMessage, []byte(`{"jsonrpc":"2.0","id":1,"method":"m"}`)))
		if _, _, err := ws.ReadMessage(); err != nil {
			t.Fatal(err)
		}
	}
	mu.Lock()
	gone[origin(t, site)] = true
	mu.Unlock()
	b.recheck()
	for _, ws := range []*websocket.Conn{first, second} {
		must(t, ws.SetReadDeadline(time.Now().Add(long)))
		if _, _, err := ws.ReadMessage(); !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
			t.Errorf("%v", err)
		}
	}
	eventually(t, "their channels end", func() bool { _, closed, _ := b.counts(); return closed == 2 })
	must(t, other.WriteMessage(websocket.TextMessage, []byte(`{"jsonrpc":"2.0","id":2,"method":"m"}`)))
	if _, _, err := other.ReadMessage(); err != nil {
		t.Errorf("another site: %v", err)
	}
}

// A site that the citizen has let in, and that could not be remembered, is not thrown out at the next change of another.
func TestASiteThatWasNeverKnownStaysWhileOthersChange(t *testing.T) {
	b := &fakeBridge{known: func(protocol.Origin) bool { return false }}
	d := startDoor(t, b)
	ws := d.mustDial(site)
	b.recheck()
	must(t, ws.WriteMessage(websocket.TextMessage, []byte(`{"jsonrpc":"2.0","id":1,"method":"m"}`)))
	if _, _, err := ws.ReadMessage(); err != nil {
		t.Error(err)
	}
}
