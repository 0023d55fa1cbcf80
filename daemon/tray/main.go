// SPDX-License-Identifier: EUPL-1.2

// Command ponte-tray is Ponte's icon on the desktop: it shows how the card is, opens the control page and starts what the
// citizen chooses from its menu. It is a client of the agent's control socket. It touches no card, asks for no PIN and
// decides nothing; the agent works without it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(code)
}

// run shows the icon until ctx ends or the citizen quits it, and gives the exit code. It must be called on the main thread:
// the desktops' libraries want it.
func run(ctx context.Context, args []string, stderr io.Writer) int {
	w := words.For(language())
	if len(args) > 0 {
		_, _ = fmt.Fprintln(stderr, w.T(words.TrayNoArguments, nil))
		return 2
	}
	if !hasDesktop() {
		_, _ = fmt.Fprintln(stderr, w.T(words.TrayNoDesktop, nil))
		return 1
	}
	only, err := ipc.Listen(sessionName())
	if errors.Is(err, ipc.ErrRunning) {
		err = greet(ctx)
		if err == nil {
			return 0
		}
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "ponte-tray:", err)
		return 1
	}
	defer func() { _ = only.Close() }()
	go answerSecond(only)

	log := slog.New(slog.NewTextHandler(stderr, nil))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := &tray{
		agent:  &agent{call: control.Call, start: control.Start},
		shell:  newShell(),
		notify: newNotifier(log),
		words:  w,
		log:    log,
		quit:   cancel,
	}
	awaitBus(ctx, log)
	if ctx.Err() != nil {
		return 0
	}
	go reportHost(ctx, log)
	if err := t.run(ctx); err != nil {
		_, _ = fmt.Fprintln(stderr, "ponte-tray:", err)
		return 1
	}
	return 0
}

// language is the citizen's setting, for as long as the agent has not told it. A mistake in the settings is the agent's to
// tell.
func language() string {
	places, err := policy.UserPlaces()
	if err != nil {
		return ""
	}
	settings, _ := policy.Load(places.Config, places.Managed)
	return settings.Language
}

// alive is what the tray of this session says to one that is started beside it.
const alive = 'p'

// greetTime is how long the first one may take to say that it lives.
const greetTime = 5 * time.Second

// answerSecond tells those who are started after us that we live, until only is closed.
func answerSecond(only net.Listener) {
	for {
		conn, err := only.Accept()
		if err != nil {
			return
		}
		_ = conn.SetDeadline(time.Now().Add(greetTime))
		_, _ = conn.Write([]byte{alive})
		_ = conn.Close()
	}
}

// greet makes sure that the tray which is running in this session lives.
func greet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, greetTime)
	defer cancel()
	conn, err := ipc.Dial(ctx, sessionName())
	if err != nil {
		return fmt.Errorf("another ponte-tray has this session and does not answer: %w", err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(greetTime))
	var b [1]byte
	if _, err := io.ReadFull(conn, b[:]); err != nil || b[0] != alive {
		return errors.New("another ponte-tray has this session and does not answer")
	}
	return nil
}
