// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// Limits of the WebSocket door. The first two are PROTOCOL.md's, section 3.
const (
	maxPerOrigin = 32
	maxOpen      = 256
	maxAsking    = 16  // connections of unknown sites that wait for the citizen
	maxAccepted  = 512 // connections of any kind, open, waiting or still sending their request
	maxReading   = 64  // connections that are still sending their request; then the oldest goes
)

// Keep-alive: a peer that has not answered a ping for pongTimeout is gone.
const (
	pingEvery   = 30 * time.Second
	pongTimeout = 75 * time.Second
)

// WebSocket is the second door (PROTOCOL.md, section 3): pages speak to it themselves.
type WebSocket struct {
	Bridge Bridge
	Log    *slog.Logger // may be nil

	ownPeer     func(local, remote netip.AddrPort) error // ipc.CheckTCPPeer when nil
	headTimeout time.Duration                            // headTimeout when zero

	mu      sync.Mutex
	open    map[protocol.Origin]int // connections with a place, waiting or open
	total   int
	asking  int
	reading []net.Conn // oldest first
}

// ListenWebSocket listens on 127.0.0.1 and ::1, on the first of ports that is free on both. A system without ::1 has the
// first alone. It never listens on another address.
func ListenWebSocket(ports []int) (listeners []net.Listener, port int, err error) {
	for _, port := range ports {
		if listeners, err = listenLoopback(port); err == nil {
			return listeners, listeners[0].Addr().(*net.TCPAddr).Port, nil
		}
	}
	return nil, 0, fmt.Errorf("no port is free for the WebSocket door: %w", err)
}

func listenLoopback(port int) ([]net.Listener, error) {
	v4, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return nil, err
	}
	v6, err := net.ListenTCP("tcp6", &net.TCPAddr{IP: net.IPv6loopback, Port: v4.Addr().(*net.TCPAddr).Port})
	if errors.Is(err, syscall.EADDRINUSE) {
		_ = v4.Close()
		return nil, err
	}
	if err != nil { // no IPv6 here
		return []net.Listener{v4}, nil
	}
	return []net.Listener{v4, v6}, nil
}

// Serve serves the connections of listeners until ctx ends.
func (w *WebSocket) Serve(ctx context.Context, listeners ...net.Listener) error {
	var all sync.WaitGroup
	errs := make([]error, len(listeners))
	for i, l := range listeners {
		all.Go(func() { errs[i] = serve(ctx, l, maxAccepted, logger(w.Log), w.connection) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// connection serves one connection from its first byte.
func (w *WebSocket) connection(ctx context.Context, conn net.Conn) {
	leaving := refuse
	defer func() { leaving(conn) }()
	h, err := w.readHead(conn)
	if errors.Is(err, errNotForUs) {
		leaving = linger
	}
	if err != nil {
		return
	}
	leave, ok := w.enter(h.origin)
	if !ok {
		return
	}
	defer leave()
	if !w.admit(ctx, conn, h.origin) {
		return
	}
	up := websocket.Upgrader{
		HandshakeTimeout: writeTimeout,
		ReadBufferSize:   1 << 10,
		WriteBufferSize:  1 << 10,
		WriteBufferPool:  &writeBuffers,
		Subprotocols:     []string{protocol.WebSocketSubprotocol},
		CheckOrigin:      func(*http.Request) bool { return true },                // checked above
		Error:            func(http.ResponseWriter, *http.Request, int, error) {}, // the refusal comes from here
	}
	ws, err := up.Upgrade(hijacked{conn, http.Header{}}, h.request, nil)
	if err != nil {
		return
	}
	leaving = func(net.Conn) {}
	w.session(ws, h.origin)
}

var writeBuffers sync.Pool

// readHead reads the request and checks it and the peer.
func (w *WebSocket) readHead(conn net.Conn) (head, error) {
	done := w.startReading(conn)
	defer done()
	if err := conn.SetDeadline(time.Now().Add(cmp.Or(w.headTimeout, headTimeout))); err != nil {
		return head{}, err
	}
	local, ok := conn.LocalAddr().(*net.TCPAddr)
	remote, ok2 := conn.RemoteAddr().(*net.TCPAddr)
	if !ok || !ok2 {
		return head{}, errRefused
	}
	h, err := readHead(conn, local.Port)
	if err != nil {
		return head{}, err
	}
	check := w.ownPeer
	if check == nil {
		check = ipc.CheckTCPPeer
	}
	if err := check(local.AddrPort(), remote.AddrPort()); err != nil {
		logger(w.Log).Warn("WebSocket connection of another user refused", "error", err)
		return head{}, err
	}
	return h, conn.SetDeadline(time.Time{})
}

// startReading makes room for a connection that sends its request. Who opens many and sends nothing loses its oldest,
// and nobody else has to wait.
func (w *WebSocket) startReading(conn net.Conn) (done func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.reading) >= maxReading {
		_ = w.reading[0].SetReadDeadline(time.Unix(1, 0))
		w.reading = w.reading[1:]
	}
	w.reading = append(w.reading, conn)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		for i, c := range w.reading {
			if c == conn {
				w.reading = append(w.reading[:i:i], w.reading[i+1:]...)
				return
			}
		}
	}
}

// enter takes a place for a connection of o.
func (w *WebSocket) enter(o protocol.Origin) (leave func(), ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil {
		w.open = make(map[protocol.Origin]int)
	}
	if w.total >= maxOpen || w.open[o] >= maxPerOrigin {
		return nil, false
	}
	w.total++
	w.open[o]++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.total--
		if w.open[o]--; w.open[o] == 0 {
			delete(w.open, o)
		}
	}, true
}

// admit asks the bridge, while the peer is there. Unknown sites, which may have to wait for the citizen, cannot take all
// the places.
func (w *WebSocket) admit(ctx context.Context, conn net.Conn, o protocol.Origin) bool {
	if !w.Bridge.Known(o) {
		w.mu.Lock()
		full := w.asking >= maxAsking
		if !full {
			w.asking++
		}
		w.mu.Unlock()
		if full {
			return false
		}
		defer func() {
			w.mu.Lock()
			w.asking--
			w.mu.Unlock()
		}()
	}
	return whileConnected(ctx, conn, func(ctx context.Context) bool { return w.Bridge.Admit(ctx, o) })
}

// session is one page's channel, until its connection ends.
func (w *WebSocket) session(ws *websocket.Conn, o protocol.Origin) {
	out := newOutbox(func() { _ = ws.Close() })
	ended := make(chan struct{})
	var writers sync.WaitGroup
	writers.Go(func() {
		out.run(func(message []byte) error {
			if err := ws.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
				return err
			}
			return ws.WriteMessage(websocket.TextMessage, message)
		})
	})
	writers.Go(func() { w.attend(ws, o, ended) })
	defer writers.Wait()
	defer func() {
		close(ended)
		out.close()
		_ = ws.Close()
	}()
	if w.converse(ws, o, out) {
		linger(ws.NetConn()) // let the peer read why
	}
}

// converse hands what the page says to its channel. It returns whether the connection ends because the page broke a rule,
// and has been told so.
func (w *WebSocket) converse(ws *websocket.Conn, o protocol.Origin, out *outbox) (broken bool) {
	defer contain(logger(w.Log))
	receive, closeChannel := w.Bridge.Open(o, func(message []byte) {
		out.await(len(message))
		out.push(message)
	})
	defer closeChannel()
	ws.SetReadLimit(protocol.MaxRequest) // a longer message: the library closes with 1009
	alive := func(string) error { return ws.SetReadDeadline(time.Now().Add(pongTimeout)) }
	ws.SetPongHandler(alive)
	_ = alive("")
	for {
		kind, message, err := ws.ReadMessage()
		if err != nil {
			return errors.Is(err, websocket.ErrReadLimit)
		}
		if kind != websocket.TextMessage {
			reason := websocket.FormatCloseMessage(websocket.CloseUnsupportedData, "")
			_ = ws.WriteControl(websocket.CloseMessage, reason, time.Now().Add(flushTimeout))
			return true
		}
		receive(message)
	}
}

// attend asks the peer for a sign of life until ended, and closes the connection of a site that was blocked or forgotten.
// WriteControl may be called beside the writer.
func (w *WebSocket) attend(ws *websocket.Conn, o protocol.Origin, ended <-chan struct{}) {
	defer contain(logger(w.Log))
	t := time.NewTicker(pingEvery)
	defer t.Stop()
	rechecked := w.Bridge.Rechecked()
	for known := w.Bridge.Known(o); ; {
		select {
		case <-ended:
			return
		case <-t.C:
			if ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout)) != nil {
				_ = ws.Close()
			}
		case <-rechecked:
			rechecked = w.Bridge.Rechecked()
			before := known
			if known = w.Bridge.Known(o); before && !known {
				_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.ClosePolicyViolation, ""), time.Now().Add(flushTimeout))
				_ = ws.Close()
			}
		}
	}
}
