// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// Control is the door of the citizen's own programs (PROTOCOL.md, section 7).
type Control struct {
	// Handle answers one request. Its ctx ends when the program that asked goes away.
	Handle func(ctx context.Context, req protocol.Request) (result any, err error)
	Hint   func(protocol.Code) string // sentences for the citizen; may be nil
	Log    *slog.Logger               // may be nil

	checkPeer func(net.Conn) error // ipc.CheckPeer when nil
}

// Serve serves the connections of l, the control socket, until ctx ends.
func (c *Control) Serve(ctx context.Context, l net.Listener) error {
	log := logger(c.Log)
	check := c.checkPeer
	if check == nil {
		check = ipc.CheckPeer
	}
	return serve(ctx, l, maxConnections, log, func(ctx context.Context, conn net.Conn) {
		if err := check(conn); err != nil {
			log.Warn("program refused on the control socket", "error", err)
			return
		}
		c.session(ctx, conn)
	})
}

// session serves one program until its stream ends.
func (c *Control) session(ctx context.Context, conn stream) {
	ctx, cancel := context.WithCancel(ctx)
	out := newOutbox(func() { _ = conn.Close() })
	var writer, running sync.WaitGroup
	writer.Go(func() {
		out.run(func(message []byte) error {
			if err := conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
				return err
			}
			return protocol.WriteFrame(conn, message, protocol.MaxResponse)
		})
	})
	defer writer.Wait()
	defer func() {
		cancel()
		running.Wait()
		_ = conn.SetWriteDeadline(time.Now().Add(flushTimeout))
		out.close()
	}()
	slots := make(chan struct{}, protocol.MaxOpenRequests)
	for {
		frame, err := protocol.ReadFrame(conn, protocol.MaxRequest)
		if errors.Is(err, protocol.ErrFrameTooLarge) || errors.Is(err, protocol.ErrFrameEmpty) {
			out.push(protocol.Reply("", nil, protocol.Unreadable(err.Error()), c.Hint))
			return
		}
		if err != nil {
			return
		}
		req, err := protocol.ParseRequest(frame)
		if err != nil {
			out.push(protocol.Reply(req.ID, nil, err, c.Hint))
			continue
		}
		select {
		case slots <- struct{}{}:
			running.Go(func() {
				defer func() { <-slots }()
				out.push(c.answer(ctx, req))
			})
		default:
			out.push(protocol.Reply(req.ID, nil, protocol.Fail(protocol.BridgeBusy, "too many open requests"), c.Hint))
		}
	}
}

// answer runs one request. A panic is its own INTERNAL error.
func (c *Control) answer(ctx context.Context, req protocol.Request) (response []byte) {
	response = protocol.Reply(req.ID, nil, protocol.Fail(protocol.Internal, ""), c.Hint)
	defer contain(logger(c.Log))
	result, err := c.Handle(ctx, req)
	if b := protocol.Reply(req.ID, result, err, c.Hint); len(b) <= protocol.MaxResponse {
		response = b
	}
	return response
}
