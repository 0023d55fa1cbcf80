// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"io"
	"log/slog"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/daemon/activity"
	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/doors"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/prompt"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// ownShare logs in 30 times through a real nativehost and an agent whose rooms are joined here instead of in package
// daemon, with a stopwatch at the two places where it waits for others: the calls of PC/SC (so that pcscd, the virtual
// reader and the emulated card do not count) and the dialog (from the start of its program to its end). The certificate
// is cached: the first login is not counted.
func ownShare(ctx context.Context, h *house) ([]row, error) {
	if err := h.stopAgent(); err != nil {
		return nil, err
	}
	if err := h.insert(ctx); err != nil {
		return nil, err
	}
	w := &stopwatch{}
	end, err := openAgent(ctx, h, w)
	if err != nil {
		return nil, err
	}
	defer end()
	b, err := h.openBrowser()
	if err != nil {
		return nil, err
	}
	defer func() { _ = b.close() }()
	if err := b.firstLogin(ctx, 0); err != nil {
		return nil, err
	}
	var whole, own, withDialog, nothing, openSC samples
	for i := range 30 {
		w.reset()
		took, err := b.login(i + 1)
		if err != nil {
			return nil, err
		}
		inCard, inDialog := w.read()
		start := time.Now()
		if err := exec.CommandContext(ctx, "true").Run(); err != nil {
			return nil, err
		}
		nothing = append(nothing, ms(time.Since(start)))
		whole = append(whole, ms(took))
		own = append(own, ms(took-inCard-inDialog))
		withDialog = append(withDialog, ms(took-inCard))
	}
	for range 5 {
		start := time.Now()
		if err := h.openSCSigns(ctx, false); err != nil {
			return nil, err
		}
		openSC = append(openSC, ms(time.Since(start)))
	}
	const note = "from the page's request on the nativehost's input to the answer on its output, less every call of PC/SC and less the dialog program from its start to its end; certificate cached"
	return []row{
		row{What: "login: the bridge's own share, p95 of 30", Unit: "ms", Measured: own.p95(), Note: note}.within(5).beside("true, start to end", nothing.p95()).besideQuoted("Fortify core, signature", 36),
		row{What: "login: the bridge's own share, median of 30", Unit: "ms", Measured: own.median()}.within(5).beside("true, start to end", nothing.median()),
		{What: "login: the same with the scripted dialog, p95 of 30", Unit: "ms", Measured: withDialog.p95(), Note: "the dialog is a shell that starts a program that types"},
		row{What: "login: all of it, emulated card, median of 30", Unit: "ms", Measured: whole.median()}.beside("pkcs11-tool, its start included", openSC.median()),
	}, nil
}

// openAgent is an agent with a stopwatch. Its wiring is that of `ponte run`, without the doors that no page uses here.
func openAgent(ctx context.Context, h *house, w *stopwatch) (end func(), err error) {
	listener, err := ipc.Listen(ipc.Portal)
	if err != nil {
		return nil, err
	}
	tls, err := ipc.Listen(ipc.TLS)
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	var settings policy.Settings
	var watcher *pcsc.Watcher
	readers := card.New(w.transact, func() { watcher.Wake() })
	watcher = pcsc.NewWatcher(readers.Update)
	hint := func(lang string, c protocol.Code) string { return words.For(lang).Hint(c) }
	b := bridge.New(bridge.Options{
		Version: "0.1.0", Cards: readers, Settings: settings, Language: func() string { return "it" }, Hint: hint, Log: log,
		Sites:   siteMemory{policy.OpenSites(filepath.Join(h.work, "stopwatch-sites.json"), settings)},
		Journal: &activity.Log{Dir: filepath.Join(h.work, "state"), Err: log},
		Dialogs: timedDialogs{prompt.New(prompt.Options{Program: h.dialog(), Lang: "it"}), w},
	})
	door := &doors.Native{Bridge: b, Hint: func(c protocol.Code) string { return hint("", c) }, Log: log}
	ctx, cancel := context.WithCancel(ctx)
	var services sync.WaitGroup
	services.Go(func() { watcher.Run(ctx) })
	services.Go(func() { _ = door.Serve(ctx, listener) })
	services.Go(func() { _ = (&doors.TLS{Keys: b.TLS(), Log: log}).Serve(ctx, tls) })
	return func() { cancel(); services.Wait() }, nil
}

// stopwatch adds up the time that a login waits for others.
type stopwatch struct {
	mu           sync.Mutex
	card, dialog time.Duration
}

func (w *stopwatch) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.card, w.dialog = 0, 0
}

func (w *stopwatch) read() (card, dialog time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.card, w.dialog
}

func (w *stopwatch) add(card, dialog time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.card += card
	w.dialog += dialog
}

// transact times the calls of PC/SC: all of the transaction but what the work does between its commands.
func (w *stopwatch) transact(reader string, work func(card.Link) error) error {
	start := time.Now()
	var working, transmitting time.Duration
	err := pcsc.Transact(reader, func(t *pcsc.Transaction) error {
		begun := time.Now()
		defer func() { working = time.Since(begun) }()
		return work(&timedLink{t, &transmitting})
	})
	w.add(time.Since(start)-working+transmitting, 0)
	return err
}

type timedLink struct {
	*pcsc.Transaction
	total *time.Duration
}

func (l *timedLink) Transmit(command []byte) ([]byte, error) {
	start := time.Now()
	defer func() { *l.total += time.Since(start) }()
	return l.Transaction.Transmit(command)
}

// timedDialogs times the dialogs.
type timedDialogs struct {
	bridge.Dialogs
	w *stopwatch
}

func (d timedDialogs) AskPIN(ctx context.Context, q bridge.PINQuestion) (*pin.PIN, error) {
	start := time.Now()
	defer func() { d.w.add(0, time.Since(start)) }()
	return d.Dialogs.AskPIN(ctx, q)
}

// siteMemory is that of package daemon.
type siteMemory struct{ *policy.Sites }

func (s siteMemory) Standing(o protocol.Origin) bridge.Standing {
	site, ok, err := s.Find(o)
	switch {
	case err != nil:
		return bridge.Blocked
	case !ok:
		return bridge.Stranger
	case site.Allowed:
		return bridge.Allowed
	}
	return bridge.Blocked
}

func (s siteMemory) Allow(o protocol.Origin) error { return s.Set(o, true) }
func (s siteMemory) Block(o protocol.Origin) error { return s.Set(o, false) }
