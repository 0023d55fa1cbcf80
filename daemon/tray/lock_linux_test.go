// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/internal/desktoptest"
	"github.com/ponte-cns/ponte/testcard"
)

// asProgram asks the agent as libponte-pkcs11 does (browsermodule/agent.h): this test is the program then.
func (s *seat) asProgram(operation byte, body []byte) []byte {
	s.t.Helper()
	conn, err := net.Dial("unix", filepath.Join(s.dir, "run", "ponte", "tls.sock"))
	check(s.t, err)
	defer func() { _ = conn.Close() }()
	check(s.t, conn.SetDeadline(time.Now().Add(time.Minute)))
	request := append([]byte{1, operation, 0}, body...)
	_, err = conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(request))), request...))
	check(s.t, err)
	answer, err := io.ReadAll(conn)
	check(s.t, err)
	if len(answer) < 8 || !bytes.Equal(answer[4:8], make([]byte, 4)) {
		s.t.Fatalf("operation %d: %x", operation, answer)
	}
	return answer[8:]
}

func TestALockedScreenEndsWhatThePINHasUnlocked(t *testing.T) {
	const state, login, loggedIn = 1, 3, 2
	s := newSeat(t)
	s.dialog(testcard.DefaultPIN + "," + testcard.DefaultPIN + "," + testcard.DefaultPIN)
	s.tray()
	s.plug(0, testcard.Options{})
	unlocked := func() bool { return s.asProgram(state, nil)[8]&loggedIn != 0 }
	s.until("the agent shows the card", func() bool {
		return control.Call(t.Context(), control.AgentInfo, struct{}{}, nil) == nil && binary.BigEndian.Uint64(s.asProgram(state, nil)) != 0
	})
	unlock := func() {
		s.asProgram(login, s.asProgram(state, nil)[:8])
		if !unlocked() {
			t.Fatal("the PIN unlocks nothing")
		}
	}
	emit := func(path dbus.ObjectPath, name string, values ...any) func() {
		return func() { check(t, s.bus.Emit(path, name, values...)) }
	}
	const session = "/org/freedesktop/login1/session/_31"
	for name, lock := range map[string]func(){
		"the screen saver": func() { s.desk.lock(true) },
		"logind":           emit(session, "org.freedesktop.login1.Session.Lock"),
		"logind's hint": emit(session, "org.freedesktop.DBus.Properties.PropertiesChanged", "org.freedesktop.login1.Session",
			map[string]dbus.Variant{"LockedHint": dbus.MakeVariant(true)}, []string{}),
	} {
		t.Run(name, func(t *testing.T) {
			unlock()
			s.until("the card is locked", func() bool { lock(); return !unlocked() })
		})
	}
}

func TestALockIsHeardAlsoAfterTheBusWasLost(t *testing.T) {
	desktop := desktoptest.Desktop{Env: os.Environ()}
	t.Cleanup(desktop.Stop)
	address, err := desktop.Bus()
	check(t, err)
	saver, err := dbus.Connect(address)
	check(t, err)
	t.Cleanup(func() { _ = saver.Close() })
	connections, heard := make(chan *dbus.Conn, 10), make(chan struct{}, 1)
	locked := func() {
		select {
		case heard <- struct{}{}:
		default:
		}
	}
	connect := func(...dbus.ConnOption) (*dbus.Conn, error) {
		conn, err := dbus.Connect(address)
		connections <- conn
		return conn, err
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); followLocks(ctx, connect, locked) }()
	for range 3 {
		var conn *dbus.Conn
		select {
		case conn = <-connections:
		case <-time.After(time.Minute):
			t.Fatal("it does not connect again")
		}
		for told := false; !told; { // it may not listen yet
			check(t, saver.Emit("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged", true))
			select {
			case <-heard:
				told = true
			case <-time.After(50 * time.Millisecond):
			}
		}
		check(t, conn.Close())
		for len(heard) > 0 {
			<-heard
		}
	}
	cancel()
	<-ended
}

func TestWhatIsNoLockOfTheScreenLocksNoCard(t *testing.T) {
	const changed = "org.freedesktop.DBus.Properties.PropertiesChanged"
	hint := func(v any) map[string]dbus.Variant { return map[string]dbus.Variant{"LockedHint": dbus.MakeVariant(v)} }
	for _, s := range []dbus.Signal{
		{Name: "org.gnome.ScreenSaver.ActiveChanged", Body: []any{false}}, {Name: "org.gnome.ScreenSaver.ActiveChanged", Body: []any{"true"}},
		{Name: "org.gnome.ScreenSaver.ActiveChanged"}, {Name: "org.gnome.ScreenSaver.WakeUpScreen", Body: []any{true}},
		{Name: "org.freedesktop.login1.Session.Unlock"}, {Name: changed}, {Name: changed, Body: []any{"org.freedesktop.login1.Session"}},
		{Name: changed, Body: []any{"org.freedesktop.login1.Session", "LockedHint"}}, {Name: changed, Body: []any{"org.freedesktop.login1.Session", hint(false)}},
		{Name: changed, Body: []any{"org.freedesktop.login1.Session", hint("true")}}, {Name: changed, Body: []any{"org.freedesktop.login1.User", hint(true)}},
	} {
		if tellsOfLock(&s) {
			t.Errorf("%s %v", s.Name, s.Body)
		}
	}
}
