// SPDX-License-Identifier: EUPL-1.2

// Package doors lets messages in: native messaging through the portal socket, pages' WebSockets on loopback, the citizen's
// own programs through the control socket, and browsers that have loaded libponte-pkcs11 through the tls socket. It knows
// who is calling, the framing and the limits. It does not know what a request means, which sites are allowed or what a card
// is: the Bridge does.
package doors

import (
	"context"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// Bridge is what the doors open to.
type Bridge interface {
	// Open starts a channel for a page of origin o. send delivers messages to the page; it never blocks for long and may
	// be called until close returns. receive takes one message of the page and returns at once. receive is never called
	// by two goroutines, nor after close.
	Open(o protocol.Origin, send func(message []byte)) (receive func(message []byte), close func())
	// Admit decides whether a page of origin o may speak on a WebSocket: a known site, or the citizen allows it now.
	// When ctx ends the page has gone away.
	Admit(ctx context.Context, o protocol.Origin) bool
	// Known says whether o is a known site.
	Known(o protocol.Origin) bool
	// Rechecked gives a channel that is closed when another site may be known, or one may be known no more.
	Rechecked() <-chan struct{}
	// ExtensionStatus answers extension.status.
	ExtensionStatus(ctx context.Context) protocol.ExtensionStatus
}

// Times of both sockets and the WebSocket.
const (
	greetingTimeout = 5 * time.Second  // for the first frame of a nativehost
	writeTimeout    = 10 * time.Second // for one message to a peer that does not read
	flushTimeout    = time.Second      // for the last messages of a connection that ends
)

// maxConnections are open on one socket: one per browser profile, or per program of the citizen.
const maxConnections = 64

// serve gives each connection of l to handle, at most max at a time, until ctx ends. It returns when every connection has
// ended; a panic ends the connection where it happens and no other. When l fails the error is its own.
func serve(ctx context.Context, l net.Listener, max int, log *slog.Logger, handle func(context.Context, net.Conn)) error {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	var open sync.WaitGroup
	defer open.Wait()
	defer cancel()
	defer stop()
	slots := make(chan struct{}, max)
	failures := 0
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = conn.Close()
			}
			return nil
		}
		if err != nil {
			// Out of file descriptors, say: the next one may well be accepted.
			if failures++; failures > 100 {
				return err
			}
			pause(ctx, 20*time.Millisecond)
			continue
		}
		failures = 0
		select {
		case slots <- struct{}{}:
		default:
			_ = conn.Close()
			continue
		}
		open.Go(func() {
			defer func() { <-slots }()
			// This is how connections learn that the agent stops: what they read ends at once, what is still to be
			// written has a moment.
			defer context.AfterFunc(ctx, func() {
				_ = conn.SetReadDeadline(time.Unix(1, 0))
				time.AfterFunc(flushTimeout, func() { _ = conn.Close() })
			})()
			defer func() { _ = conn.Close() }()
			defer contain(log)
			handle(ctx, conn)
		})
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// contain keeps a panic within the connection that caused it.
func contain(log *slog.Logger) {
	if p := recover(); p != nil {
		log.Error("panic in a connection", "panic", p, "stack", string(debug.Stack()))
	}
}

func logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
