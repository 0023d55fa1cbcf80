// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// Pauses between two looks for a bus.
const (
	firstLook   = 100 * time.Millisecond
	longestLook = 30 * time.Second
)

// connector connects with a bus: connectSession, connectSystem.
type connector func(...dbus.ConnOption) (*dbus.Conn, error)

// watchLock hears what the screen savers of the session and systemd-logind tell. It asks nobody.
func (*desktopNotifier) watchLock(ctx context.Context, locked func()) {
	var buses sync.WaitGroup
	for _, connect := range []connector{connectSession, connectSystem} {
		buses.Go(func() { followLocks(ctx, connect, locked) })
	}
	buses.Wait()
}

// followLocks hears a bus until ctx ends, again where it was lost or has not answered in time: a card must not stay unlocked
// because the log-in was slow. Where there is no bus nobody tells.
func followLocks(ctx context.Context, connect connector, locked func()) {
	for pause := firstLook; ctx.Err() == nil; pause = min(2*pause, longestLook) {
		conn, err := connect()
		if errors.Is(err, errNoBus) || errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err == nil && hearLocks(ctx, conn, locked) {
			pause = firstLook
		}
		sleep(ctx, pause)
	}
}

// hearLocks hears what is told on a bus until ctx ends or the bus is gone, and closes the connection. It says whether the bus
// has told anything at all.
func hearLocks(ctx context.Context, conn *dbus.Conn, locked func()) (told bool) {
	defer func() { _ = conn.Close() }()
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	if wantLocks(ctx, conn) != nil {
		return false
	}
	for {
		select {
		case <-ctx.Done():
			return true
		case s, open := <-signals:
			if !open {
				return true
			}
			if tellsOfLock(s) {
				locked()
			}
		}
	}
}

// wantLocks has a bus send us what tellsOfLock understands.
func wantLocks(ctx context.Context, conn *dbus.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	for _, s := range screenSavers {
		if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface(s.name), dbus.WithMatchMember("ActiveChanged")); err != nil {
			return err
		}
	}
	if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface(login1+".Session"), dbus.WithMatchMember("Lock")); err != nil {
		return err
	}
	return conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface("org.freedesktop.DBus.Properties"),
		dbus.WithMatchMember("PropertiesChanged"), dbus.WithMatchArg(0, login1+".Session"))
}

// tellsOfLock says that a screen is locked now. The screen of another session of this computer counts too, and so does a lie,
// which any program of this user can tell: it costs one PIN more.
func tellsOfLock(s *dbus.Signal) bool {
	switch s.Name {
	case login1 + ".Session.Lock":
		return true
	case "org.freedesktop.DBus.Properties.PropertiesChanged":
		if len(s.Body) < 2 {
			return false
		}
		changed, _ := s.Body[1].(map[string]dbus.Variant)
		locked, _ := changed["LockedHint"].Value().(bool)
		return s.Body[0] == login1+".Session" && locked
	}
	for _, saver := range screenSavers {
		if s.Name == saver.name+".ActiveChanged" {
			return slices.Equal(s.Body, []any{true})
		}
	}
	return false
}
