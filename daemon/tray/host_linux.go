// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"log/slog"
)

const watcher = "org.kde.StatusNotifierWatcher"

// reportHost says once when nobody on this desktop shows the icons of programs. Everything else goes on: notifications
// come, the control page has what the menu has, and a host that appears later is found by the library.
func reportHost(ctx context.Context, log *slog.Logger) {
	conn, err := connectSession()
	if err != nil {
		log.Warn("the icon is shown only where the desktop takes old icons (XEmbed), and there are no notifications", "err", err)
		return
	}
	defer func() { _ = conn.Close() }()
	var there bool
	if err := ask(conn, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner", &there, watcher); err != nil || there {
		return
	}
	log.Warn("this desktop has no tray yet: the icon is shown once it has one; until then there are notifications only, and the control page (ponte panel)",
		"missing", watcher)
}
