// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"log/slog"
	"sync"

	"golang.org/x/sys/windows/svc/eventlog"
)

// Numbers of the entries, which administrators filter by.
const (
	eventInfo    = 1
	eventWarning = 2
	eventError   = 3
)

// openEventLog gives a log that writes to Windows' own, for administrators; it holds numbers of sessions and names of our
// programs, nothing of who is logged in.
func openEventLog() (*slog.Logger, func()) {
	events, err := eventlog.Open(serviceName)
	if err != nil {
		return slog.New(slog.DiscardHandler), func() {}
	}
	return slog.New(newEventHandler(events)), func() { _ = events.Close() }
}

// eventHandler makes an entry of each record. Windows adds the time and the level.
type eventHandler struct {
	slog.Handler // writes into text
	events       *eventlog.Log
	mu           *sync.Mutex
	text         *bytes.Buffer
}

func newEventHandler(events *eventlog.Log) *eventHandler {
	text := &bytes.Buffer{}
	plain := slog.NewTextHandler(text, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}})
	return &eventHandler{Handler: plain, events: events, mu: &sync.Mutex{}, text: text}
}

// Handle writes one entry.
func (h *eventHandler) Handle(ctx context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text.Reset()
	if err := h.Handler.Handle(ctx, r); err != nil {
		return err
	}
	switch entry := h.text.String(); {
	case r.Level >= slog.LevelError:
		return h.events.Error(eventError, entry)
	case r.Level >= slog.LevelWarn:
		return h.events.Warning(eventWarning, entry)
	default:
		return h.events.Info(eventInfo, entry)
	}
}

// WithAttrs keeps writing to the same log.
func (h *eventHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &eventHandler{h.Handler.WithAttrs(attrs), h.events, h.mu, h.text}
}

// WithGroup keeps writing to the same log.
func (h *eventHandler) WithGroup(name string) slog.Handler {
	return &eventHandler{h.Handler.WithGroup(name), h.events, h.mu, h.text}
}
