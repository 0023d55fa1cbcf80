// SPDX-License-Identifier: EUPL-1.2

//go:build cgo

package main

import (
	"context"
	"log/slog"

	"github.com/ponte-cns/ponte/daemon/tray/sessionbus"
)

// awaitBus waits until GLib has a connection with the session bus, or ctx ends. At a slow log-in the bus does not answer yet,
// and libayatana-appindicator asks for it once: without it there would be no icon until the next log-in. Its asking cannot
// fail once this has one.
//
// Where the session has no address of a bus nobody waits: none will come.
func awaitBus(ctx context.Context, log *slog.Logger) {
	if _, err := sessionAddress(); err != nil {
		return
	}
	for pause := firstLook; ctx.Err() == nil; pause = min(2*pause, longestLook) {
		err := sessionbus.Hold(ctx)
		if err == nil {
			return
		}
		if pause == firstLook && ctx.Err() == nil {
			log.Warn("the session bus does not answer yet; the icon is shown when it does", "err", err)
		}
		sleep(ctx, pause)
	}
}
