// SPDX-License-Identifier: EUPL-1.2

// Package sessionbus has GLib connect with the session bus. It says nothing there. A package of its own: with C in it, a main
// package would be other bytes in each folder where it is built.
package sessionbus

// #cgo pkg-config: gio-2.0
// #include <gio/gio.h>
import "C"

import (
	"context"
	"errors"
)

// Hold has GLib connect, and gives up when ctx ends. The connection is held until the process ends: GLib gives all who ask
// for the session bus in one process the same one (g_bus_get(3)), so nobody who asks later can fail.
func Hold(ctx context.Context) error {
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
