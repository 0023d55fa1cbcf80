// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

// fakeDesktop is the part of a desktop that shows notifications and locks the screen.
type fakeDesktop struct {
	conn *dbus.Conn

	mu     sync.Mutex
	shown  []shownNotice
	isLock bool
	asked  int
}

type shownNotice struct {
	app, title, body string
	hints            map[string]dbus.Variant
}

func newFakeDesktop(t *testing.T, address string) *fakeDesktop {
	t.Helper()
	conn, err := dbus.Connect(address)
	check(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	d := &fakeDesktop{conn: conn}
	check(t, conn.ExportMethodTable(map[string]any{"Notify": d.notify}, "/org/freedesktop/Notifications", "org.freedesktop.Notifications"))
	check(t, conn.ExportMethodTable(map[string]any{"GetActive": d.getActive}, "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver"))
	for _, name := range []string{"org.freedesktop.Notifications", "org.freedesktop.ScreenSaver"} {
		reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue)
		check(t, err)
		if reply != dbus.RequestNameReplyPrimaryOwner {
			t.Fatalf("%s is taken", name)
		}
	}
	return d
}

func (d *fakeDesktop) notify(app string, _ uint32, _, title, body string, _ []string, hints map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shown = append(d.shown, shownNotice{app, title, body, hints})
	return uint32(len(d.shown)), nil
}

func (d *fakeDesktop) getActive() (bool, *dbus.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	return d.isLock, nil
}

func (d *fakeDesktop) lock(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.isLock = on
	_ = d.conn.Emit("/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver.ActiveChanged", on)
}

// timesAsked is how often somebody wanted to know whether the screen is locked.
func (d *fakeDesktop) timesAsked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked
}

func (d *fakeDesktop) notices() []shownNotice {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.shown)
}

// trayItem is what the panel has of us.
type trayItem struct {
	s    *seat
	bus  string
	path dbus.ObjectPath
}

// item waits until the panel has our icon.
func (s *seat) item() trayItem {
	s.t.Helper()
	var i trayItem
	s.until("the panel has the icon", func() bool {
		v, err := s.bus.Object(watcher, "/StatusNotifierWatcher").GetProperty(watcher + ".RegisteredStatusNotifierItems")
		if err != nil {
			return false
		}
		items, _ := v.Value().([]string)
		if len(items) != 1 {
			return false
		}
		name, path, _ := strings.Cut(items[0], "/")
		i = trayItem{s, name, dbus.ObjectPath("/" + path)}
		return true
	})
	return i
}

func (i trayItem) property(name string) dbus.Variant {
	v, _ := i.s.bus.Object(i.bus, i.path).GetProperty("org.kde.StatusNotifierItem." + name)
	return v
}

// icon is the picture that is shown, by its file.
func (i trayItem) icon() icon {
	path, _ := i.property("IconName").Value().(string)
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for _, known := range []icon{iconAbsent, iconWaiting, iconReady, iconBusy, iconAttention} {
		if string(b) == string(picture(known)) {
			return known
		}
	}
	return ""
}

// shownEntry is one entry of the menu as the panel gets it.
type shownEntry struct {
	id       int32
	label    string
	disabled bool
	checked  bool
	children []shownEntry
}

// layout is a node of com.canonical.dbusmenu.
type layout struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// menu is what can be seen of the menu; a separator is an entry labelled "-".
func (i trayItem) menu() []shownEntry {
	path, _ := i.property("Menu").Value().(dbus.ObjectPath)
	var revision uint32
	var root layout
	err := i.s.bus.Object(i.bus, path).Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root)
	if err != nil {
		return nil
	}
	return entriesOf(root)
}

func entriesOf(node layout) []shownEntry {
	var all []shownEntry
	for _, v := range node.Children {
		var child layout
		if err := dbus.Store([]any{v.Value()}, &child); err != nil {
			return nil
		}
		get := func(name string) any { return child.Properties[name].Value() }
		if get("visible") == false {
			continue
		}
		e := shownEntry{id: child.ID, children: entriesOf(child)}
		e.label, _ = get("label").(string)
		if get("type") == "separator" {
			e.label = "-"
		}
		e.disabled = get("enabled") == false
		e.checked = get("toggle-state") == int32(1)
		all = append(all, e)
	}
	return all
}

// labels are those of the entries, in their order.
func labels(es []shownEntry) []string {
	var all []string
	for _, e := range es {
		all = append(all, e.label)
		all = append(all, labels(e.children)...)
	}
	return all
}

// find looks for an entry by its label.
func find(es []shownEntry, label string) (shownEntry, bool) {
	for _, e := range es {
		if e.label == label {
			return e, true
		}
		if found, ok := find(e.children, label); ok {
			return found, true
		}
	}
	return shownEntry{}, false
}

// click chooses an entry as the panel does. It waits for no answer: who is told to end may end before it gives one.
func (i trayItem) click(label string) {
	i.s.t.Helper()
	var e shownEntry
	i.s.until("an entry "+label, func() bool {
		var ok bool
		e, ok = find(i.menu(), label)
		return ok && !e.disabled
	})
	path, _ := i.property("Menu").Value().(dbus.ObjectPath)
	check(i.s.t, i.s.bus.Object(i.bus, path).Call("com.canonical.dbusmenu.Event", dbus.FlagNoReplyExpected, e.id, "clicked", dbus.MakeVariant(int32(0)), uint32(0)).Err)
}

// hang makes the screen saver stop answering.
func (d *fakeDesktop) hang(t *testing.T) {
	t.Helper()
	block := make(chan struct{})
	t.Cleanup(func() { close(block) })
	check(t, d.conn.ExportMethodTable(map[string]any{"GetActive": func() (bool, *dbus.Error) { <-block; return false, nil }},
		"/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver"))
}
