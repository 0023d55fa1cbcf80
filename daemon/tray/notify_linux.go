// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"html"
	"image"
	"image/draw"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// busTime is how long a program of the desktop may take to answer.
const busTime = 3 * time.Second

// errNoBus: there is no session bus, so nobody can be asked and nothing be told.
var errNoBus = errors.New("this session has no D-Bus")

// newNotifier tells by org.freedesktop.Notifications (Desktop Notifications Specification 1.2).
func newNotifier(*slog.Logger) notifier { return &desktopNotifier{} }

type desktopNotifier struct {
	mu   sync.Mutex
	conn *dbus.Conn
}

// session connects with the session bus, again where the connection was lost.
func (n *desktopNotifier) session() (*dbus.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conn != nil && n.conn.Connected() {
		return n.conn, nil
	}
	conn, err := connectSession()
	if err == nil {
		n.conn = conn
	}
	return conn, err
}

// connectSession connects with the session bus that is there. It starts none, as dbus.ConnectSessionBus would.
func connectSession(options ...dbus.ConnOption) (*dbus.Conn, error) {
	address, err := sessionAddress()
	if err != nil {
		return nil, err
	}
	return dbus.Connect(address, options...)
}

// sessionAddress says where the session bus is, or errNoBus.
func sessionAddress() (string, error) {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return address, nil
	}
	socket := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")
	if info, err := os.Stat(socket); err != nil || info.Mode().Type() != os.ModeSocket {
		return "", errNoBus
	}
	return "unix:path=" + dbus.EscapeBusAddressValue(socket), nil
}

func (n *desktopNotifier) notify(what notice) error {
	conn, err := n.session()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), busTime)
	defer cancel()
	urgency := byte(1)
	hints := map[string]dbus.Variant{"category": dbus.MakeVariant("device"), "transient": dbus.MakeVariant(true)}
	if what.urgent {
		urgency = 2
		delete(hints, "transient")
	}
	hints["urgency"] = dbus.MakeVariant(urgency)
	which := iconReady
	if what.urgent {
		which = iconAttention
	}
	if data, ok := imageData(which); ok {
		hints["image-data"] = dbus.MakeVariant(data)
	}
	// The body may be read as markup.
	return conn.Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications").CallWithContext(ctx,
		"org.freedesktop.Notifications.Notify", 0, "Ponte", uint32(0), "", what.title, html.EscapeString(what.body),
		[]string{}, hints, int32(-1)).Err
}

// rawImage is the hint image-data, (iiibiiay).
type rawImage struct {
	Width, Height, Stride int32
	Alpha                 bool
	Bits, Channels        int32
	Data                  []byte
}

func imageData(i icon) (rawImage, bool) {
	decoded, err := png.Decode(bytes.NewReader(picture(i)))
	if err != nil {
		return rawImage{}, false
	}
	m := image.NewNRGBA(decoded.Bounds())
	draw.Draw(m, m.Rect, decoded, m.Rect.Min, draw.Src)
	return rawImage{int32(m.Rect.Dx()), int32(m.Rect.Dy()), int32(m.Stride), true, 8, 4, m.Pix}, true
}

// screenSavers are those who may know whether the screen is locked. Each desktop has its own.
var screenSavers = []struct{ name, path string }{
	{"org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"},
	{"org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"},
	{"org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver"},
	{"org.mate.ScreenSaver", "/org/mate/ScreenSaver"},
	{"org.xfce.ScreenSaver", "/org/xfce/ScreenSaver"},
}

// locked asks those who are running; none is started for it. Where nobody knows, the screen counts as open: notices hold
// nothing personal. One who knows and does not answer counts as a locked screen.
func (n *desktopNotifier) locked() bool {
	if conn, err := n.session(); err == nil {
		for _, s := range screenSavers {
			var active bool
			err := ask(conn, s.name, s.path, s.name+".GetActive", &active)
			if active || errors.Is(err, context.DeadlineExceeded) {
				return true
			}
		}
	}
	return sessionLocked()
}

// sessionLocked asks systemd-logind (org.freedesktop.login1(5)).
func sessionLocked() bool {
	conn, err := connectSystem()
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	id := os.Getenv("XDG_SESSION_ID")
	if id == "" {
		id = "auto"
	}
	var session dbus.ObjectPath
	if err := ask(conn, login1, "/org/freedesktop/login1", login1+".Manager.GetSession", &session, id); err != nil {
		return false
	}
	var hint dbus.Variant
	err = ask(conn, login1, string(session), "org.freedesktop.DBus.Properties.Get", &hint, login1+".Session", "LockedHint")
	locked, _ := hint.Value().(bool)
	return err == nil && locked
}

const login1 = "org.freedesktop.login1"

func systemBus() string { return "/run/dbus/system_bus_socket" }

// connectSystem connects with the system's bus, where there is one.
func connectSystem(options ...dbus.ConnOption) (*dbus.Conn, error) {
	if _, err := os.Stat(systemBus()); err != nil {
		return nil, err
	}
	return dbus.Connect("unix:path="+dbus.EscapeBusAddressValue(systemBus()), options...)
}

// ask calls a method of a program that is running.
func ask(conn *dbus.Conn, name, path, method string, result any, args ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), busTime)
	defer cancel()
	return conn.Object(name, dbus.ObjectPath(path)).CallWithContext(ctx, method, dbus.FlagNoAutoStart, args...).Store(result)
}
