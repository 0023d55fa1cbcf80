// SPDX-License-Identifier: EUPL-1.2

// Command ponte-panel is the control page: a small web server on loopback, for the citizen's own browser. The agent starts
// it when somebody wants to see the page, and it ends with the agent, or when nobody has looked for a while. It is a client
// of the control socket like the tray: it reaches no card, shows no dialog and never sees a PIN.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/net/netutil"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/internal/ipc"
)

const (
	idleLimit      = 15 * time.Minute // without a request of a person
	maxConnections = 64
)

func main() {
	idle := flag.Duration("idle", idleLimit, "end when nobody has asked for anything for so long")
	flag.Parse()
	if err := run(*idle, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ponte-panel:", err)
		os.Exit(1)
	}
}

// run serves the page until the agent closes commands, or nobody has looked for idle.
func run(idle time.Duration, commands io.Reader, answers io.Writer) error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("opening a port: %w", err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	p, err := newPanel(l.Addr().(*net.TCPAddr).Port, theAgent{}, log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p.tasks.ctx = ctx
	p.idle.limit = idle
	go func() {
		defer cancel()
		p.obey(commands, answers)
	}()
	go func() {
		defer cancel()
		p.idle.wait(ctx)
	}()
	return p.serve(ctx, netutil.LimitListener(&ownPeers{Listener: l, check: ipc.CheckTCPPeer, log: log}, maxConnections))
}

// theAgent is the agent at the other end of the control socket.
type theAgent struct{}

func (theAgent) Call(ctx context.Context, method string, params, result any) error {
	return control.Call(ctx, method, params, result)
}

func (theAgent) Open(ctx context.Context, notify func(method string, params json.RawMessage)) (channel, error) {
	c, err := control.Open(ctx, notify)
	if err != nil {
		return nil, err
	}
	return agentChannel{c}, nil
}

// channel is one connection to the agent with several requests under way.
type channel interface {
	Begin(method string, params any) (id int, wait waiter, err error)
	Call(ctx context.Context, method string, params, result any) error
	Close() error
}

// waiter gives the answer of a request that was begun.
type waiter func(ctx context.Context, result any) error

type agentChannel struct{ *control.Channel }

func (c agentChannel) Begin(method string, params any) (int, waiter, error) {
	r, err := c.Channel.Begin(method, params)
	if err != nil {
		return 0, nil, err
	}
	return r.ID, r.Wait, nil
}

// Limits of a request.
const (
	headTimeout    = 5 * time.Second
	bodyTimeout    = 10 * time.Second // for the request as a whole
	answerTimeout  = 30 * time.Second
	resting        = time.Minute // of a connection between two requests
	maxHeader      = 16 << 10    // bytes
	maxBody        = 64 << 10    // bytes
	lastAnswerTime = time.Second // for answers under way when the panel ends
)

// serve answers requests until ctx ends.
func (p *panel) serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: p, ReadHeaderTimeout: p.patience, ReadTimeout: bodyTimeout, WriteTimeout: answerTimeout, IdleTimeout: resting,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.Background(), lastAnswerTime)
		defer cancel()
		if server.Shutdown(last) != nil {
			_ = server.Close()
		}
	})
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
