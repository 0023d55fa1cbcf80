// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// startControl runs the control door on a socket of its own.
func startControl(t *testing.T, handle func(context.Context, protocol.Request) (any, error)) {
	t.Helper()
	runtimeDir(t)
	l, err := ipc.Listen(ipc.Control)
	must(t, err)
	c := &Control{Handle: handle, Hint: func(c protocol.Code) string { return "hint for " + string(c) }}
	background(t, func(ctx context.Context) error { return c.Serve(ctx, l) })
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), long)
	t.Cleanup(cancel)
	return ctx
}

func TestCallSaysThatNoAgentRuns(t *testing.T) {
	runtimeDir(t)
	if err := control.Call(within(t), "agent.info", nil, nil); !errors.Is(err, ipc.ErrAbsent) {
		t.Errorf("%v, want ErrAbsent", err)
	}
}

func TestT17_ProgramOfAnotherUserIsRefused(t *testing.T) {
	runtimeDir(t)
	l, err := ipc.Listen(ipc.Control)
	must(t, err)
	asked := false
	c := &Control{
		Handle:    func(context.Context, protocol.Request) (any, error) { asked = true; return nil, nil },
		checkPeer: func(net.Conn) error { return ipc.ErrForeign },
	}
	background(t, func(ctx context.Context) error { return c.Serve(ctx, l) })
	if err := control.Call(within(t), "agent.info", nil, nil); err == nil || asked {
		t.Errorf("%v", err)
	}
}

func TestCallGivesTheAgentsRefusal(t *testing.T) {
	startControl(t, func(_ context.Context, req protocol.Request) (any, error) {
		switch req.Method {
		case "no.card":
			return nil, protocol.Fail(protocol.NoCard, "")
		case "wrong":
			return nil, protocol.Fail(protocol.InvalidArgument, "origin: missing")
		case "secret":
			return nil, errors.New("something personal")
		case "panic":
			panic("boom")
		case "endless":
			return strings.Repeat("x", protocol.MaxResponse), nil
		}
		return nil, protocol.NoMethod(req.Method)
	})
	for method, want := range map[string]protocol.Error{
		"no.card": {Code: protocol.NoCard},
		"wrong":   {Code: protocol.InvalidArgument, Detail: "origin: missing"},
		"secret":  {Code: protocol.Internal},
		"panic":   {Code: protocol.Internal},
		"endless": {Code: protocol.Internal},
		"nothing": {Code: protocol.InvalidArgument, Detail: "no method nothing"},
	} {
		var got *protocol.Error
		if err := control.Call(within(t), method, nil, nil); !errors.As(err, &got) || *got != want {
			t.Errorf("%s: %v, want %v", method, err, &want)
		}
	}
	if err := control.Call(within(t), "no.card", strings.Repeat("x", protocol.MaxRequest), nil); !errors.Is(err, protocol.ErrFrameTooLarge) {
		t.Errorf("a request too long: %v", err)
	}
}

func TestCallGivesTheResult(t *testing.T) {
	startControl(t, func(_ context.Context, req protocol.Request) (any, error) {
		var p protocol.KnowsParams
		if err := req.Bind(&p); err != nil {
			return nil, err
		}
		return protocol.KnowsResult{Known: p.Origin.Host() == "known.example"}, nil
	})
	var r protocol.KnowsResult
	must(t, control.Call(within(t), "sites.known", protocol.KnowsParams{Origin: origin(t, "https://known.example")}, &r))
	if !r.Known {
		t.Error("the result did not arrive")
	}
	must(t, control.Call(within(t), "sites.known", nil, nil))
	if err := control.Call(within(t), "sites.known", nil, new(int)); err == nil {
		t.Error("an object was read as a number")
	}
}

func TestRequestEndsWhenItsProgramGoesAway(t *testing.T) {
	asked, ended := make(chan struct{}, 1), make(chan struct{}, 1)
	startControl(t, func(ctx context.Context, _ protocol.Request) (any, error) {
		asked <- struct{}{}
		<-ctx.Done()
		ended <- struct{}{}
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithCancel(within(t))
	got := make(chan error, 1)
	go func() { got <- control.Call(ctx, "login", nil, nil) }()
	<-asked
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	select {
	case <-ended:
	case <-time.After(long):
		t.Error("the request is still open")
	}
}

func TestAgentThatEndsEndsItsRequests(t *testing.T) {
	runtimeDir(t)
	l, err := ipc.Listen(ipc.Control)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	asked := make(chan struct{})
	c := &Control{Handle: func(ctx context.Context, _ protocol.Request) (any, error) {
		close(asked)
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	ended := make(chan error, 1)
	go func() { ended <- c.Serve(ctx, l) }()
	got := make(chan error, 1)
	go func() { got <- control.Call(within(t), "login", nil, nil) }()
	<-asked
	cancel()
	if err := <-got; err == nil {
		t.Error("the request was answered")
	}
	must(t, <-ended)
}

func TestSeveralRequestsAreOpenOnOneConnection(t *testing.T) {
	free := make(chan struct{})
	startControl(t, func(_ context.Context, req protocol.Request) (any, error) {
		if req.Method == "wait" {
			<-free
		}
		return req.Method, nil
	})
	p := dialSocket(t, ipc.Control)
	for range protocol.MaxOpenRequests - 1 {
		p.write(`{"jsonrpc":"2.0","id":1,"method":"wait"}`)
	}
	p.write(`{"jsonrpc":"2.0","id":2,"method":"now"}`)
	if got := p.read(); got != `{"jsonrpc":"2.0","id":2,"result":"now"}` {
		t.Error(got)
	}
	// The place of "now" is free soon after its answer; then one more waits and the next is too many.
	eventually(t, "the agent is busy", func() bool {
		p.write(`{"jsonrpc":"2.0","id":3,"method":"wait"}`)
		p.write(`{"jsonrpc":"2.0","id":4,"method":"wait"}`)
		return parseAnswer(t, []byte(p.read())).code == protocol.BridgeBusy
	})
	close(free)
}

func TestT16_GarbageOnTheControlSocket(t *testing.T) {
	startControl(t, func(context.Context, protocol.Request) (any, error) { return 1, nil })
	for name, c := range map[string]struct {
		bytes string
		rpc   int
		ends  bool
	}{
		"too long":                {"\x01\x00\x01\x00", -32700, true},
		"empty":                   {"\x00\x00\x00\x00", -32700, true},
		"text":                    {"\x05\x00\x00\x00hello", -32700, false},
		"a batch":                 {"\x04\x00\x00\x00[{}]", -32600, false},
		"an object of other kind": {"\x02\x00\x00\x00{}", -32600, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := dialSocket(t, ipc.Control)
			_, err := p.Write([]byte(c.bytes))
			must(t, err)
			if a := parseAnswer(t, []byte(p.read())); a.code != protocol.InvalidArgument || a.rpc != c.rpc || a.hint != "hint for INVALID_ARGUMENT" {
				t.Errorf("%+v", a)
			}
			if c.ends {
				p.readEnd()
				return
			}
			p.write(`{"jsonrpc":"2.0","id":1,"method":"m"}`)
			if got := p.read(); got != `{"jsonrpc":"2.0","id":1,"result":1}` {
				t.Error(got)
			}
		})
	}
}

func FuzzControlStream(f *testing.F) {
	f.Add([]byte("\x25\x00\x00\x00" + `{"jsonrpc":"2.0","id":1,"method":"m"}`))
	f.Add([]byte("\x02\x00\x00\x00{}\x00\x00\x00\x00"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		c := &Control{Handle: func(_ context.Context, req protocol.Request) (any, error) { return req.Params, nil }}
		stream := &memory{Reader: bytes.NewReader(in)}
		c.session(context.Background(), stream)
		for stream.Buffer.Len() > 0 {
			m, err := protocol.ReadFrame(&stream.Buffer, protocol.MaxResponse)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := protocol.ParseResponse(m); err != nil {
				t.Errorf("answered %s: %v", m, err)
			}
		}
	})
}
