// SPDX-License-Identifier: EUPL-1.2

package main

// #cgo pkg-config: gio-2.0
// #include <gio/gio.h>
import "C"

import (
	"context"
	"errors"
	"log/slog"
)

// awaitBus waits until GLib has a connection with the session bus, or ctx ends. At a slow log-in the bus does not answer yet,
// and libayatana-appindicator asks for it once: without it there would be no icon until the next log-in. GLib gives all who
// ask in one process the same connection (g_bus_get(3)), so the library's asking cannot fail once this has one.
//
// Where the session has no address of a bus nobody waits: none will come.
func awaitBus(ctx context.Context, log *slog.Logger) {
	if _, err := sessionAddress(); err != nil {
		return
	}
	for pause := firstLook; ctx.Err() == nil; pause = min(2*pause, longestLook) {
		err := holdBus(ctx)
		if err == nil {
			return
		}
		if pause == firstLook && ctx.Err() == nil {
			log.Warn("the session bus does not answer yet; the icon is shown when it does", "err", err)
		}
		sleep(ctx, pause)
	}
}

// holdBus has GLib connect with the session bus. The connection is held until the process ends.
func holdBus(ctx context.Context) error {
	giveUp := C.g_cancellable_new()
	defer C.g_object_unref(C.gpointer(giveUp))
	asked := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-ctx.Done():
			C.g_cancellable_cancel(giveUp)
		case <-asked:
		}
	}()
	var failed *C.GError
	bus := C.g_bus_get_sync(C.G_BUS_TYPE_SESSION, giveUp, &failed)
	close(asked)
	<-stopped
	if bus != nil {
		return nil
	}
	defer C.g_error_free(failed)
	return errors.New(C.GoString(failed.message))
}
