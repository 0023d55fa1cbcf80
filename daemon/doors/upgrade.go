// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ponte-cns/ponte/protocol"
)

// The request for an upgrade is read here and not by net/http, which answers some requests itself (400, 417, 431) and
// writes a date: a page could tell the reasons apart, and tell who has Ponte installed.

// refusal is the one answer to everything that is not let in (PROTOCOL.md, section 3).
const refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

const (
	headTimeout   = 5 * time.Second // for the whole request
	lingerTimeout = time.Second     // for the peer to take the refusal
	maxHead       = 32 << 10        // bytes of a request; a cookie for localhost may be long
	requestLine   = "GET " + protocol.WebSocketPath + " HTTP/1.1"
)

// errRefused stands for every reason. Reasons are not told apart, not even in the log, which a page could fill.
var errRefused = errors.New("refused")

// errNotForUs stands for a request that a browser makes for an image, a frame or a fetch, as it says in Sec-Fetch-Mode (W3C
// Fetch Metadata Request Headers), or whose address is as long as only a page makes one. It gets no answer at all: by any
// answer a page could tell a port where somebody listens from one where nobody does. Measured: a fetch without CORS
// resolves (Chromium 156, Firefox 153), a frame fires its load event (Firefox).
var errNotForUs = errors.New("not a request for a WebSocket")

// head is a request for an upgrade that has the right form. It has not been admitted.
type head struct {
	request *http.Request
	origin  protocol.Origin
}

// readHead reads a request and checks everything that it says itself: port is the one that it came in by.
func readHead(conn io.Reader, port int) (head, error) {
	limited := &io.LimitedReader{R: conn, N: maxHead}
	r := bufio.NewReader(limited)
	if first, err := r.Peek(1); err != nil || first[0] < 'A' || first[0] > 'Z' {
		return head{}, errRefused // TLS, say: it may hold no end of a line, and a page could tell by the wait for one
	}
	text := textproto.NewReader(r)
	line, err := text.ReadLine()
	if err != nil && limited.N == 0 {
		return head{}, errNotForUs
	}
	if err != nil {
		return head{}, errRefused
	}
	mime, err := text.ReadMIMEHeader()
	header := http.Header(mime)
	if mode := header.Get("Sec-Fetch-Mode"); mode != "" && mode != "websocket" {
		return head{}, errNotForUs
	}
	if err != nil || r.Buffered() > 0 || line != requestLine {
		return head{}, errRefused
	}
	for name := range header {
		if strings.ContainsAny(name, " \t") {
			return head{}, errRefused
		}
	}
	if !ownHost(header["Host"], port) || !isUpgrade(header) {
		return head{}, errRefused
	}
	if len(header["Origin"]) != 1 {
		return head{}, errRefused
	}
	origin, err := protocol.ParseOrigin(header["Origin"][0])
	if err != nil || !(origin.Secure() || origin.Local()) {
		return head{}, errRefused
	}
	return head{&http.Request{Method: http.MethodGet, Header: header, Host: header["Host"][0]}, origin}, nil
}

// ownHost says that a request was meant for us by a name of loopback, and not by a name that somebody has pointed at
// loopback (DNS rebinding).
func ownHost(host []string, port int) bool {
	if len(host) != 1 {
		return false
	}
	name, ok := strings.CutSuffix(strings.ToLower(host[0]), ":"+strconv.Itoa(port))
	return ok && (name == "127.0.0.1" || name == "localhost" || name == "[::1]")
}

// isUpgrade checks what RFC 6455, section 4.2.1, wants of a client, and that it asks for our subprotocol.
func isUpgrade(h http.Header) bool {
	r := &http.Request{Header: h}
	key, err := base64.StdEncoding.DecodeString(h.Get("Sec-Websocket-Key"))
	if err != nil || len(key) != 16 || !websocket.IsWebSocketUpgrade(r) || h.Get("Sec-Websocket-Version") != "13" {
		return false
	}
	if h.Get("Content-Length") != "" || h.Get("Transfer-Encoding") != "" {
		return false
	}
	for _, p := range websocket.Subprotocols(r) {
		if p == protocol.WebSocketSubprotocol {
			return true
		}
	}
	return false
}

// refuse answers a connection that is not let in.
func refuse(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(lingerTimeout))
	if _, err := io.WriteString(conn, refusal); err == nil {
		linger(conn)
	}
}

// linger waits for the peer to take our last words: closing with unread bytes would reset the connection, and the peer
// would see that instead.
func linger(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(lingerTimeout))
	if c, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(conn, 4*maxHead))
}

// whileConnected runs ask with a context that ends when the peer goes away. Between its request and our answer the peer
// has nothing to say, so a byte of it ends the context as well.
func whileConnected(ctx context.Context, conn net.Conn, ask func(context.Context) bool) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watched := make(chan bool, 1) // whether the peer is still there
	go func() {
		_, err := conn.Read(make([]byte, 1))
		var timeout net.Error
		waiting := errors.As(err, &timeout) && timeout.Timeout()
		if !waiting {
			cancel()
		}
		watched <- waiting
	}()
	allowed := func() (ok bool) {
		defer func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) }() // ends the Read, also when ask panics
		return ask(ctx)
	}()
	there := <-watched
	return allowed && there && conn.SetReadDeadline(time.Time{}) == nil
}

// hijacked hands a connection, whose request has been read, to the WebSocket library.
type hijacked struct {
	net.Conn
	header http.Header
}

func (h hijacked) Header() http.Header { return h.header }
func (h hijacked) WriteHeader(int)     {}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.Conn, bufio.NewReadWriter(bufio.NewReaderSize(h.Conn, 16), bufio.NewWriterSize(h.Conn, 16)), nil
}
