// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
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
	return serveDoor(t, &WebSocket{Bridge: b})
}

func serveDoor(t *testing.T, w *WebSocket) door {
	t.Helper()
	listeners, port, err := ListenWebSocket([]int{0})
	must(t, err)
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
	conn := d.connect()
	defer func() { _ = conn.Close() }()
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

// connect opens a connection on which nothing has been said yet.
func (d door) connect() net.Conn {
	d.t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(d.port))
	must(d.t, err)
	d.t.Cleanup(func() { _ = conn.Close() })
	must(d.t, conn.SetDeadline(time.Now().Add(long)))
	return conn
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
