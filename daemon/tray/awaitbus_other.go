// SPDX-License-Identifier: EUPL-1.2

//go:build !linux || !cgo

package main

import (
	"context"
	"log/slog"
)

// awaitBus has nothing to wait for: here the icon needs no bus.
func awaitBus(context.Context, *slog.Logger) {}
