// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/doors"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

func runCommand(w *words.Words) *cobra.Command {
	return &cobra.Command{
		Use: "run", Short: w.T(words.CLIRun, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error { return runAgent(c.Context(), w, c.ErrOrStderr()) },
	}
}

// runAgent opens the doors and serves until ctx ends or agent.stop is asked.
func runAgent(ctx context.Context, w *words.Words, stderr io.Writer) error {
	if err := checkAccount(w, stderr); err != nil {
		return err
	}
	places, err := policy.UserPlaces()
	if err != nil {
		return err
	}
	file, err := openLog(places.State)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	a, err := newAgent(io.MultiWriter(stderr, file))
	if err != nil {
		return err
	}
	defer a.modules.Host.Close()
	ctx, a.stop = context.WithCancel(ctx)
	defer a.stop()

	control, err := ipc.Listen(ipc.Control) // first: it says whether another agent is running
	if err != nil {
		return fmt.Errorf("opening the control socket: %w", err)
	}
	portal, err := ipc.Listen(ipc.Portal)
	if err != nil {
		return errors.Join(fmt.Errorf("opening the portal socket: %w", err), control.Close())
	}
	hint := func(c protocol.Code) string { return a.words().Hint(c) }
	services := []func() error{
		func() error { a.watcher.Run(ctx); return nil },
		func() error { a.news.follow(ctx, a.readers.Changed); return nil },
		func() error {
			return (&doors.Control{Handle: a.handle, Open: a.bridge.OpenOwn, Hint: hint, Log: a.log}).Serve(ctx, control)
		},
	}
	if a.settings.Settings().NativeMessagingOn() {
		services = append(services, func() error { return (&doors.Native{Bridge: a.bridge, Hint: hint, Log: a.log}).Serve(ctx, portal) })
	} else {
		services = append(services, func() error { return turnAway(ctx, portal) })
	}
	if a.settings.Settings().WebSocketOn() {
		services = append(services, a.openWebSocket(ctx)...)
	}
	if ipc.KnowsPrograms {
		services = append(services, a.openTLS(ctx)...)
	}
	a.log.Info("ready", "version", version, "pid", os.Getpid())
	return a.serve(services)
}

// openWebSocket opens the second door. Without it the first still works, so a port that is taken is only said.
func (a *agent) openWebSocket(ctx context.Context) []func() error {
	listeners, port, err := doors.ListenWebSocket(a.settings.Settings().WebSocketPorts())
	if err != nil {
		a.log.Error("no WebSocket: pages without the extension cannot reach Ponte", "err", err)
		return nil
	}
	a.log.Info("WebSocket", "port", port)
	return []func() error{func() error {
		return (&doors.WebSocket{Bridge: a.bridge, Log: a.log}).Serve(ctx, listeners...)
	}}
}

// turnAway is the first door when the administrator has shut it: who knocks learns at once that nobody opens, and does not
// start another agent.
func turnAway(ctx context.Context, portal net.Listener) error {
	defer context.AfterFunc(ctx, func() { _ = portal.Close() })()
	for {
		conn, err := portal.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("turning browsers away: %w", err)
		}
		_ = conn.Close()
	}
}

// openTLS opens the door of the browsers' module. Without it the others still work.
func (a *agent) openTLS(ctx context.Context) []func() error {
	listener, err := ipc.Listen(ipc.TLS)
	if err != nil {
		a.log.Error("no TLS socket: browsers do not find the card on portals that ask for a certificate", "err", err)
		return nil
	}
	return []func() error{func() error {
		return (&doors.TLS{Keys: a.bridge.TLS(), On: a.settings.TLSModuleOn, Log: a.log}).Serve(ctx, listener)
	}}
}

// serve runs services until all have ended; when one fails, the others are stopped.
func (a *agent) serve(services []func() error) error {
	var wait sync.WaitGroup
	failures := make([]error, len(services))
	for i, service := range services {
		wait.Go(func() {
			if failures[i] = service(); failures[i] != nil {
				a.log.Error("a service ended", "err", failures[i])
				a.stop()
			}
		})
	}
	wait.Wait()
	return errors.Join(failures...)
}
