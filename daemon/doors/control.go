// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// Control is the door of the citizen's own programs (PROTOCOL.md, section 7).
type Control struct {
	// Handle answers one request. Its ctx ends when the program that asked goes away.
	Handle func(ctx context.Context, req protocol.Request) (result any, err error)
	// Open starts a channel for signatures, which take several requests; may be nil. See Bridge.Open.
	Open func(send func(message []byte)) (receive func(message []byte), close func())
	Hint func(protocol.Code) string // sentences for the citizen; may be nil
	Log  *slog.Logger               // may be nil

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
	papers := papers{control: c, out: out}
	defer func() {
		cancel()
		papers.end()
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
		if papers.take(req.Method, frame) {
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

// papers is the channel of one program for signatures, opened with its first request of them.
type papers struct {
	control *Control
	out     *outbox
	receive func([]byte)
	close   func()
}

// take hands on what belongs to signatures.
func (p *papers) take(method string, frame []byte) bool {
	if p.control.Open == nil || !slices.Contains(paperMethods, method) {
		return false
	}
	if p.receive == nil {
		p.receive, p.close = p.control.Open(func(message []byte) {
			p.out.await(len(message))
			p.out.push(message)
		})
	}
	p.receive(frame)
	return true
}

func (p *papers) end() {
	if p.close != nil {
		p.close()
	}
}

// paperMethods are those of signatures, and what ends one of them.
var paperMethods = []string{
	protocol.MethodCertificate, protocol.MethodSignHash, protocol.MethodSignDocument, protocol.MethodSignSend, protocol.MethodSignReceive,
	protocol.MethodSignEnd, protocol.MethodCancel,
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
