// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

const (
	// maxOpen is more than the agent lets be open: what comes on top is answered here, so that the list has an end.
	maxOpen = protocol.MaxChannels * protocol.MaxOpenRequests
	// maxWaiting is how many bytes wait while the agent starts. Then the browser has to wait.
	maxWaiting = 4 << 20
	// writeTimeout ends a connection with an agent that does not read: it hangs.
	writeTimeout = time.Second
	// startTimeout leaves time to answer within the 2 s of PROTOCOL.md.
	startTimeout = 1500 * time.Millisecond
)

// request names a request that the agent has not answered yet.
type request struct {
	channel string
	id      protocol.ID
}

// relay is one browser profile's connection with the agent. run owns it; the goroutines that read and that connect only
// send to it.
//
// When the agent cannot be reached, the relay answers and tries again with the next message. When an agent that was
// reached goes away, the relay answers what is open and ends: the browser then tells the extension that its port is
// closed, so it knows that what its pages were watching is no longer watched, and the next message starts a new relay,
// with the program that is then installed. To go on would hide that from everybody.
type relay struct {
	caller string
	out    io.Writer
	frames <-chan []byte // from the browser; closed at its end
	last   error         // why frames was closed; io.EOF when the browser ended in order

	starter   ipc.Starter
	connected chan dialled
	answers   chan []byte // from the agent; closed when it goes away
	agent     net.Conn    // nil when there is none
	trying    bool
	waiting   [][]byte // frames for the agent that is being reached
	bytes     int      // of waiting
	open      map[request]int
}

type dialled struct {
	conn net.Conn
	err  error
}

func newRelay(caller string, in io.Reader, out io.Writer) *relay {
	frames := make(chan []byte)
	r := &relay{
		caller: caller, out: out, frames: frames,
		connected: make(chan dialled, 1), answers: make(chan []byte), open: make(map[request]int),
	}
	go func() {
		defer close(frames)
		in := bufio.NewReader(in)
		for {
			frame, err := protocol.ReadFrame(in, protocol.MaxRequest)
			if err != nil {
				r.last = err
				return
			}
			frames <- frame
		}
	}()
	return r
}

// run relays until the browser or the agent goes away.
func (r *relay) run() {
	r.reach()
	defer func() {
		if r.agent != nil {
			_ = r.agent.Close()
		}
	}()
	for {
		in := r.frames
		if r.trying && r.bytes >= maxWaiting {
			in = nil
		}
		var goOn bool
		select {
		case frame, ok := <-in:
			if !ok {
				r.sayLast()
				return
			}
			goOn = r.fromBrowser(frame)
		case d := <-r.connected:
			goOn = r.reached(d)
		case message, ok := <-r.answers:
			if !ok {
				r.unreachable()
				return
			}
			goOn = r.fromAgent(message)
		}
		if !goOn {
			return
		}
	}
}

// reach starts to connect with the agent.
func (r *relay) reach() {
	r.trying = true
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		defer cancel()
		conn, err := r.starter.Dial(ctx, ipc.Portal)
		r.connected <- dialled{conn, err}
	}()
}

// reached sends what has waited for the agent, or answers it when there is none.
func (r *relay) reached(d dialled) (goOn bool) {
	r.trying = false
	waiting := r.waiting
	r.waiting, r.bytes = nil, 0
	if d.err != nil {
		return r.unreachable()
	}
	r.agent = d.conn
	greeting, err := json.Marshal(protocol.Greeting{NativeHost: version, Protocol: protocol.Version, Caller: r.caller})
	if err != nil || !r.toAgent(greeting) {
		return false
	}
	for _, frame := range waiting {
		if !r.toAgent(frame) {
			return false
		}
	}
	go func() {
		defer close(r.answers)
		in := bufio.NewReader(d.conn)
		for {
			message, err := protocol.ReadFrame(in, protocol.MaxResponse)
			if err != nil {
				return
			}
			r.answers <- message
		}
	}()
	return true
}

// toAgent writes one frame. An agent that does not take it is gone.
func (r *relay) toAgent(frame []byte) (goOn bool) {
	_ = r.agent.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err := protocol.WriteFrame(r.agent, frame, protocol.MaxRequest); err != nil {
		r.unreachable()
		return false
	}
	return true
}

// fromBrowser relays a frame of the browser, and remembers what it asks.
func (r *relay) fromBrowser(frame []byte) (goOn bool) {
	peek, err := protocol.Peek(frame)
	if err != nil {
		r.answer(request{}, err)
		return false
	}
	switch {
	case peek.Closed:
		r.forget(peek.Channel)
	case peek.ID != "" && len(r.open) >= maxOpen:
		return r.answer(request{peek.Channel, peek.ID}, protocol.Fail(protocol.BridgeBusy, "too many open requests"))
	case peek.ID != "":
		r.open[request{peek.Channel, peek.ID}]++
	}
	if r.agent != nil {
		return r.toAgent(frame)
	}
	r.waiting = append(r.waiting, frame)
	r.bytes += len(frame)
	if !r.trying {
		r.reach()
	}
	return true
}

// forget drops what a document asked that went away.
func (r *relay) forget(channel string) {
	for q := range r.open {
		if q.channel == channel {
			delete(r.open, q)
		}
	}
}

// fromAgent relays a message of the agent, and forgets the request that it answers.
func (r *relay) fromAgent(message []byte) (goOn bool) {
	if peek, err := protocol.Peek(message); err == nil && peek.ID != "" {
		r.answered(request{peek.Channel, peek.ID})
	}
	return protocol.WriteFrame(r.out, message, protocol.MaxResponse) == nil
}

func (r *relay) answered(q request) {
	if r.open[q]--; r.open[q] <= 0 {
		delete(r.open, q)
	}
}

// unreachable answers every open request.
func (r *relay) unreachable() (goOn bool) {
	for q, n := range r.open {
		for range n {
			if !r.answer(q, protocol.Fail(protocol.BridgeUnreachable, "")) {
				return false
			}
		}
	}
	clear(r.open)
	return true
}

// sayLast tells the browser why a stream that cannot be read ends.
func (r *relay) sayLast() {
	if errors.Is(r.last, protocol.ErrFrameTooLarge) || errors.Is(r.last, protocol.ErrFrameEmpty) {
		r.answer(request{}, protocol.Unreadable(r.last.Error()))
	}
}

// answer answers a request in the agent's place.
func (r *relay) answer(q request, err error) (goOn bool) {
	e := protocol.Envelope{Channel: q.channel, RPC: protocol.Reply(q.id, nil, err, hint)}
	return protocol.WriteFrame(r.out, e.Marshal(), protocol.MaxResponse) == nil
}

func hint(c protocol.Code) string { return hints[c][language(os.Getenv)] }
