// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// Native is the native messaging door (PROTOCOL.md, section 2): it serves the nativehosts that browsers start.
type Native struct {
	Bridge Bridge
	Hint   func(protocol.Code) string // sentences for the citizen; may be nil
	Log    *slog.Logger               // may be nil

	checkPeer func(net.Conn) error // ipc.CheckPeer when nil
}

// Serve serves the connections of l, the portal socket, until ctx ends.
func (n *Native) Serve(ctx context.Context, l net.Listener) error {
	log := logger(n.Log)
	return serve(ctx, l, maxConnections, log, func(ctx context.Context, conn net.Conn) {
		if err := n.greet(conn); err != nil {
			log.Warn("nativehost refused", "error", err)
			return
		}
		n.session(ctx, conn)
	})
}

// greet checks who is there before anything is opened for it.
func (n *Native) greet(conn net.Conn) error {
	check := n.checkPeer
	if check == nil {
		check = ipc.CheckPeer
	}
	if err := check(conn); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(greetingTimeout)); err != nil {
		return err
	}
	frame, err := protocol.ReadFrame(conn, protocol.MaxRequest)
	if err != nil {
		return fmt.Errorf("reading the greeting: %w", err)
	}
	g, err := protocol.ParseGreeting(frame)
	switch {
	case err != nil:
		return fmt.Errorf("reading the greeting: %w", err)
	case g.Protocol != protocol.Version:
		return fmt.Errorf("protocol %d, this agent speaks %d", g.Protocol, protocol.Version)
	case !protocol.TrustedCaller(g.Caller):
		return errors.New("the caller is not the extension")
	}
	return conn.SetReadDeadline(time.Time{})
}

// stream is a connection after its greeting.
type stream interface {
	io.ReadWriteCloser
	SetWriteDeadline(time.Time) error
}

// session serves one nativehost until its stream ends.
func (n *Native) session(ctx context.Context, conn stream) {
	ctx, cancel := context.WithCancel(ctx)
	s := &nativeSession{
		bridge:   n.Bridge,
		hint:     n.Hint,
		log:      logger(n.Log),
		out:      newOutbox(func() { _ = conn.Close() }),
		channels: make(map[string]*nativeChannel),
		asking:   make(chan struct{}, protocol.MaxOpenRequests),
	}
	var writer sync.WaitGroup
	writer.Go(func() {
		s.out.run(func(message []byte) error {
			if err := conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
				return err
			}
			return protocol.WriteFrame(conn, message, protocol.MaxResponse)
		})
	})
	defer writer.Wait()
	defer func() {
		cancel()
		s.closeAll()
		s.running.Wait()
		_ = conn.SetWriteDeadline(time.Now().Add(flushTimeout))
		s.out.close()
	}()
	for {
		frame, err := protocol.ReadFrame(conn, protocol.MaxRequest)
		if errors.Is(err, protocol.ErrFrameTooLarge) || errors.Is(err, protocol.ErrFrameEmpty) {
			s.answer("", "", protocol.Unreadable(err.Error()))
			return
		}
		if err != nil {
			return
		}
		if !s.take(ctx, frame) {
			return
		}
	}
}

// nativeSession is what is open for one nativehost. One goroutine reads and owns channels.
type nativeSession struct {
	bridge   Bridge
	hint     func(protocol.Code) string
	log      *slog.Logger
	out      *outbox
	channels map[string]*nativeChannel
	asking   chan struct{}  // a token for each request on the extension's own channel
	running  sync.WaitGroup // those requests
}

// nativeChannel is one document in one browser. Its origin is for life.
type nativeChannel struct {
	origin  protocol.Origin
	receive func([]byte)
	close   func()

	mu     sync.Mutex
	closed bool
}

// take handles one frame and says whether to go on.
func (s *nativeSession) take(ctx context.Context, frame []byte) bool {
	peek, err := protocol.Peek(frame)
	if err != nil {
		s.answer("", "", err)
		return false
	}
	e, err := protocol.ParseEnvelope(frame)
	var unusable *protocol.RequestError
	switch {
	case errors.As(err, &unusable):
		s.answer(peek.Channel, peek.ID, err)
	case errors.Is(err, protocol.ErrOrigin):
		s.answer(peek.Channel, peek.ID, protocol.Fail(protocol.OriginDenied, err.Error()))
	case err != nil:
		s.answer(peek.Channel, peek.ID, protocol.Fail(protocol.InvalidArgument, err.Error()))
	case e.Channel == "":
		s.answer("", peek.ID, protocol.Fail(protocol.InvalidArgument, "envelope without a channel"))
	case e.Closed:
		s.closeChannel(e.Channel)
	case e.Channel == protocol.ExtensionChannel:
		s.extension(ctx, e, peek.ID)
	case e.Origin == (protocol.Origin{}):
		s.answer(e.Channel, peek.ID, protocol.Fail(protocol.InvalidArgument, "envelope without an origin"))
	default:
		s.page(e, peek.ID)
	}
	return true
}

// page hands a page's message to its channel, opening it with the first one.
func (s *nativeSession) page(e protocol.Envelope, id protocol.ID) {
	c := s.channels[e.Channel]
	if c == nil {
		if len(s.channels) >= protocol.MaxChannels {
			s.answer(e.Channel, id, protocol.Fail(protocol.BridgeBusy, "too many channels"))
			return
		}
		c = &nativeChannel{origin: e.Origin}
		c.receive, c.close = s.bridge.Open(e.Origin, func(message []byte) { s.send(c, e.Channel, message) })
		s.channels[e.Channel] = c
	}
	if c.origin != e.Origin {
		s.answer(e.Channel, id, protocol.Fail(protocol.OriginDenied, "this channel belongs to another origin"))
		return
	}
	c.receive(e.RPC)
}

// send queues a message of the bridge for the page of c. A document that went away gets nothing any more: its channel's
// name may by now be that of another.
func (s *nativeSession) send(c *nativeChannel, channel string, message []byte) {
	envelope := protocol.Envelope{Channel: channel, RPC: message}.Marshal()
	if len(envelope) == 0 || len(envelope) > protocol.MaxResponse {
		s.log.Error("a message of the bridge cannot be sent", "bytes", len(message))
		peek, _ := protocol.Peek([]byte(`{"rpc":` + string(message) + `}`))
		envelope = s.envelope(channel, peek.ID, nil, protocol.Fail(protocol.Internal, "message too long"))
	}
	s.out.await(len(envelope)) // before the lock: a channel that is closed waits for nobody
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		s.out.push(envelope)
	}
}

func (s *nativeSession) closeChannel(name string) {
	c := s.channels[name]
	if c == nil {
		return
	}
	delete(s.channels, name)
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.close()
}

// closeAll ends every channel. One that panics does not keep the others open.
func (s *nativeSession) closeAll() {
	for name := range s.channels {
		func() {
			defer contain(s.log)
			s.closeChannel(name)
		}()
	}
}

// extension answers a request of the extension itself.
func (s *nativeSession) extension(ctx context.Context, e protocol.Envelope, id protocol.ID) {
	if e.Origin != (protocol.Origin{}) {
		s.answer(e.Channel, id, protocol.Fail(protocol.InvalidArgument, "no page speaks on this channel"))
		return
	}
	req, err := protocol.ParseRequest(e.RPC)
	if err != nil {
		s.answer(e.Channel, req.ID, err)
		return
	}
	switch req.Method {
	case protocol.MethodExtensionKnows:
		var p protocol.KnowsParams
		if err := req.Bind(&p); err != nil {
			s.answer(e.Channel, req.ID, err)
			return
		}
		known := p.Origin != (protocol.Origin{}) && s.bridge.Known(p.Origin)
		s.reply(e.Channel, req.ID, protocol.KnowsResult{Known: known}, nil)
	case protocol.MethodExtensionStatus:
		if err := req.Bind(&struct{}{}); err != nil {
			s.answer(e.Channel, req.ID, err)
			return
		}
		s.extensionStatus(ctx, e.Channel, req.ID)
	default:
		s.answer(e.Channel, req.ID, protocol.NoMethod(req.Method))
	}
}

// extensionStatus asks the card, which may take a while: the pages go on meanwhile.
func (s *nativeSession) extensionStatus(ctx context.Context, channel string, id protocol.ID) {
	select {
	case s.asking <- struct{}{}:
	default:
		s.answer(channel, id, protocol.Fail(protocol.BridgeBusy, "too many open requests"))
		return
	}
	s.running.Go(func() {
		defer func() { <-s.asking }()
		answered := false
		defer func() {
			if !answered {
				s.answer(channel, id, protocol.Fail(protocol.Internal, ""))
			}
		}()
		defer contain(s.log)
		status := s.bridge.ExtensionStatus(ctx)
		s.reply(channel, id, status, nil)
		answered = true
	})
}

func (s *nativeSession) answer(channel string, id protocol.ID, err error) {
	s.reply(channel, id, nil, err)
}

func (s *nativeSession) reply(channel string, id protocol.ID, result any, err error) {
	s.out.push(s.envelope(channel, id, result, err))
}

func (s *nativeSession) envelope(channel string, id protocol.ID, result any, err error) []byte {
	return protocol.Envelope{Channel: channel, RPC: protocol.Reply(id, result, err, s.hint)}.Marshal()
}
