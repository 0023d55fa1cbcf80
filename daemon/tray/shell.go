// SPDX-License-Identifier: EUPL-1.2

//go:build cgo || windows

package main

import "github.com/getlantern/systray"

// newShell gives the desktop's tray through github.com/getlantern/systray. There can be one in a process.
func newShell() shell { return &desktop{clicked: make(chan entry)} }

// desktop is the shell on a real desktop. The library cannot insert an entry, so the lines are made at the start and
// hidden for as long as they are not needed. What does not change is not sent: an open menu would flicker.
type desktop struct {
	clicked chan entry
	lines   [maxLines]*systray.MenuItem
	entries [entries]*systray.MenuItem
	shown   *menu // nil before the first
}

func (d *desktop) clicks() <-chan entry { return d.clicked }

func (d *desktop) quit() { systray.Quit() }

func (d *desktop) run(ready func()) {
	systray.Run(func() {
		d.build()
		ready()
	}, nil)
}

// build makes the menu, in its order, with nothing to read in it.
func (d *desktop) build() {
	for i := range d.lines {
		d.lines[i] = systray.AddMenuItem("", "")
		d.lines[i].Hide()
		go d.listen(d.lines[i], entryOpen)
	}
	for e := range entries {
		switch e {
		case entryOpen, entryLanguage, entryQuit:
			systray.AddSeparator()
		}
		switch e {
		case entryItalian, entryEnglish, entryGerman:
			d.entries[e] = d.entries[entryLanguage].AddSubMenuItemCheckbox("", "", false)
		default:
			d.entries[e] = systray.AddMenuItem("", "")
		}
		go d.listen(d.entries[e], e)
	}
}

// listen passes clicks on, for as long as the process lives.
func (d *desktop) listen(m *systray.MenuItem, e entry) {
	for range m.ClickedCh {
		d.clicked <- e
	}
}

func (d *desktop) show(m menu) {
	if d.shown == nil || d.shown.icon != m.icon {
		setIcon(m.icon)
	}
	if d.shown == nil || d.shown.tooltip != m.tooltip {
		systray.SetTooltip(m.tooltip)
	}
	for i, line := range d.lines {
		d.showLine(line, lineAt(&m, i), lineAt(d.shown, i))
	}
	for e, i := range m.entries {
		d.showEntry(entry(e), i)
	}
	d.shown = &m
}

func lineAt(m *menu, i int) string {
	if m == nil || i >= len(m.lines) {
		return ""
	}
	return m.lines[i]
}

func (d *desktop) showLine(line *systray.MenuItem, text, before string) {
	switch {
	case text == before:
	case text == "":
		line.Hide()
	default:
		line.SetTitle(label(text))
		line.Show()
	}
}

func (d *desktop) showEntry(e entry, i item) {
	m := d.entries[e]
	before := item{}
	if d.shown != nil {
		before = d.shown.entries[e]
	}
	if i.label != before.label {
		m.SetTitle(label(i.label))
	}
	if i.enabled != before.enabled || d.shown == nil {
		if i.enabled {
			m.Enable()
		} else {
			m.Disable()
		}
	}
	if _, choice := languages[e]; choice { // always: some desktops tick by themselves what was clicked
		if i.checked {
			m.Check()
		} else {
			m.Uncheck()
		}
	}
}
