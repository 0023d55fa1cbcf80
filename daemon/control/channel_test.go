// SPDX-License-Identifier: EUPL-1.2

package control

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// atAgent gives a channel, and the agent's end of it.
func atAgent(t *testing.T, notify func(string, json.RawMessage)) (*Channel, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	c := newChannel(ours, notify)
	t.Cleanup(func() { _ = errors.Join(c.Close(), theirs.Close()) })
	_ = theirs.SetDeadline(time.Now().Add(30 * time.Second))
	return c, theirs
}

func say(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if err := protocol.WriteFrame(conn, []byte(text), protocol.MaxResponse); err != nil {
		t.Fatal(err)
	}
}

// asked reads the next request. It may be called beside the test.
func asked(conn net.Conn) (id int, method string) {
	frame, err := protocol.ReadFrame(conn, protocol.MaxRequest)
	if err != nil {
		return 0, err.Error()
	}
	var m struct {
		ID     int    `json:"id"`
		Method string `json:"method"`
	}
	_ = json.Unmarshal(frame, &m)
	return m.ID, m.Method
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestWhoWaitsLearnsThatTheAgentHasGone(t *testing.T) {
	c, agent := atAgent(t, nil)
	go func() {
		_, _ = asked(agent)
		_ = agent.Close()
	}()
	if err := c.Call(within(t), "sign.document", nil, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	if _, err := c.Begin("sign.end", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("asked again: %v", err)
	}
}

func TestWhatTheAgentCannotSayEndsTheChannel(t *testing.T) {
	for _, text := range []string{"[]", `{"jsonrpc":"1.0","id":1}`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}`} {
		c, agent := atAgent(t, nil)
		go func() {
			_, _ = asked(agent)
			_ = protocol.WriteFrame(agent, []byte(text), protocol.MaxResponse)
		}()
		if err := c.Call(within(t), "agent.info", nil, nil); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestARequestThatIsTooLargeIsNotSent(t *testing.T) {
	c, _ := atAgent(t, nil)
	if err := c.Call(within(t), "sign.send", map[string]string{"data": string(make([]byte, protocol.MaxRequest))}, nil); err == nil {
		t.Error("it was sent")
	}
}

func TestNobodyWaitsForWhatIsGivenUp(t *testing.T) {
	c, agent := atAgent(t, nil)
	ctx, cancel := context.WithCancel(within(t))
	go func() {
		_, _ = asked(agent)
		cancel()
	}()
	if err := c.Call(ctx, "sign.document", nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	say(t, agent, `{"jsonrpc":"2.0","id":1,"result":{}}`) // late, and no harm
	go func() {
		id, _ := asked(agent)
		if id == 2 {
			_ = protocol.WriteFrame(agent, []byte(`{"jsonrpc":"2.0","id":2,"error":{"code":-32000,"message":"no card","data":{"code":"NO_CARD"}}}`), protocol.MaxResponse)
		}
	}()
	var e *protocol.Error
	if err := c.Call(within(t), "sign.document", nil, nil); !errors.As(err, &e) || e.Code != protocol.NoCard {
		t.Errorf("%v", err)
	}
}

func TestAnswersFindWhoAskedInAnyOrder(t *testing.T) {
	notes := make(chan string, 1)
	c, agent := atAgent(t, func(method string, params json.RawMessage) { notes <- method + string(params) })
	begin := func(method string) *Request {
		got := make(chan int, 1)
		go func() {
			id, _ := asked(agent)
			got <- id
		}()
		r, err := c.Begin(method, nil)
		if err != nil {
			t.Fatal(err)
		}
		if id := <-got; id != r.ID {
			t.Fatalf("the agent reads %d, not %d", id, r.ID)
		}
		return r
	}
	long, short := begin("sign.document"), begin("sign.send")
	say(t, agent, `{"jsonrpc":"2.0","method":"sign.progress","params":{"done":1}}`)
	say(t, agent, `{"jsonrpc":"2.0","id":2,"result":{"received":7}}`)
	say(t, agent, `{"jsonrpc":"2.0","id":1,"result":{"documents":[]}}`)
	var received struct{ Received int }
	var signed map[string]any
	if err := errors.Join(long.Wait(within(t), &signed), short.Wait(within(t), &received)); err != nil || received.Received != 7 || signed["documents"] == nil {
		t.Errorf("%v: %v, %v", err, received, signed)
	}
	if note := <-notes; note != `sign.progress{"done":1}` {
		t.Errorf("told of %s", note)
	}
}
