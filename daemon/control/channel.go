// SPDX-License-Identifier: EUPL-1.2

package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// Channel is one connection to the agent with several requests under way: a signature is a long request, and others on the
// same channel send its documents and fetch what was signed. Closing it ends whatever is under way, at the agent too.
type Channel struct {
	conn   net.Conn
	notify func(method string, params json.RawMessage)

	writing sync.Mutex

	mu      sync.Mutex
	last    int
	waiting map[int]chan protocol.Response
	ended   error // why nothing more will come
}

// ErrClosed: the channel was closed, or the agent has gone away.
var ErrClosed = errors.New("the channel to the agent is closed")

// Open opens a channel to the running agent. notify gets the notifications, one after the other; it may be nil, and must
// not wait for an answer of the channel.
func Open(ctx context.Context, notify func(method string, params json.RawMessage)) (*Channel, error) {
	conn, err := ipc.Dial(ctx, ipc.Control)
	if err != nil {
		return nil, err
	}
	return newChannel(conn, notify), nil
}

func newChannel(conn net.Conn, notify func(string, json.RawMessage)) *Channel {
	c := &Channel{conn: conn, notify: notify, waiting: map[int]chan protocol.Response{}}
	go c.read()
	return c
}

// Request is one that was asked and perhaps not answered yet.
type Request struct {
	ID     int // by which other requests of the channel speak of it
	c      *Channel
	answer chan protocol.Response
}

// Begin asks, and does not wait.
func (c *Channel) Begin(method string, params any) (*Request, error) {
	if params == nil {
		params = struct{}{}
	}
	r := &Request{c: c, answer: make(chan protocol.Response, 1)}
	c.mu.Lock()
	if c.ended != nil {
		defer c.mu.Unlock()
		return nil, c.ended
	}
	c.last++
	r.ID = c.last
	c.waiting[r.ID] = r.answer
	c.mu.Unlock()
	request, err := json.Marshal(struct {
		JSONRPC string `json:"jsonrpc"`
		ID      int    `json:"id"`
		Method  string `json:"method"`
		Params  any    `json:"params"`
	}{"2.0", r.ID, method, params})
	if err == nil {
		c.writing.Lock()
		err = protocol.WriteFrame(c.conn, request, protocol.MaxRequest)
		c.writing.Unlock()
	}
	if err != nil {
		c.forget(r.ID)
		return nil, fmt.Errorf("%w: asking the agent: %w", ErrClosed, err)
	}
	return r, nil
}

// Wait gives the answer. result may be nil. A refusal of the agent is a *protocol.Error. When ctx ends before, nobody waits
// for the answer any more, and the request goes on.
func (r *Request) Wait(ctx context.Context, result any) error {
	select {
	case <-ctx.Done():
		r.c.forget(r.ID)
		return ctx.Err()
	case a, ok := <-r.answer:
		if !ok {
			return r.c.end(nil)
		}
		return outcome(a, result)
	}
}

// Call asks, and waits for the answer.
func (c *Channel) Call(ctx context.Context, method string, params, result any) error {
	r, err := c.Begin(method, params)
	if err != nil {
		return err
	}
	return r.Wait(ctx, result)
}

// Close ends the channel. It may be closed more than once.
func (c *Channel) Close() error {
	_ = c.end(ErrClosed)
	return c.conn.Close()
}

func (c *Channel) forget(id int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// end notes why nothing more will come, and gives the first reason there was. Who waits learns of it.
func (c *Channel) end(why error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == nil && why != nil {
		c.ended = why
		for id, answer := range c.waiting {
			close(answer)
			delete(c.waiting, id)
		}
	}
	return c.ended
}

// read hands out what the agent says, until it says no more.
func (c *Channel) read() {
	err := func() error {
		for {
			frame, err := protocol.ReadFrame(c.conn, protocol.MaxResponse)
			if err != nil {
				return err
			}
			if err := c.take(frame); err != nil {
				return err
			}
		}
	}()
	_ = c.end(fmt.Errorf("%w: %w", ErrClosed, err))
	_ = c.conn.Close()
}

func (c *Channel) take(frame []byte) error {
	var note struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	if err := json.Unmarshal(frame, &note); err != nil {
		return fmt.Errorf("reading what the agent says: %w", err)
	}
	if note.Method != "" && note.ID == nil {
		if c.notify != nil {
			c.notify(note.Method, note.Params)
		}
		return nil
	}
	r, err := protocol.ParseResponse(frame)
	if err != nil {
		return fmt.Errorf("reading the agent's answer: %w", err)
	}
	id, err := strconv.Atoi(string(r.ID))
	c.mu.Lock()
	defer c.mu.Unlock()
	answer, ok := c.waiting[id]
	switch {
	case err == nil && ok:
		delete(c.waiting, id)
		answer <- r // it has room for one
	case r.Error != nil && err != nil: // of a request that the agent could not read, so nobody knows whose it is
		return fmt.Errorf("the agent refuses a request: %s", r.Error.Message)
	}
	return nil // else of one that nobody waits for any more
}
