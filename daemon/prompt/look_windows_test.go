// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

// sight is what is on the screen.
type sight struct {
	Open, InFront, Topmost bool
	Title                  string
	Resolution             int
	Window, Work, Inside   rectangle
	Focus                  string // what has the keyboard: field, ok, no, cancel, scrolled
	Default                int    // id of the button that Enter means
	Fonts                  [2]int // height of a line: of texts, of the site
	Controls               []controlSight
}

type rectangle struct{ Left, Top, Right, Bottom int }

// controlSight is a control that can be seen, in the order of the Tab key.
type controlSight struct {
	Name, Class, Text string
	Length            int // of its text
	Place             rectangle
	Needs             struct{ Width, Height int } // of its text, as Windows draws it
}

var (
	getWindow        = user32.NewProc("GetWindow")
	getWindowLong    = user32.NewProc("GetWindowLongW")
	mapWindowPoints  = user32.NewProc("MapWindowPoints")
	getClassNameProc = user32.NewProc("GetClassNameW")
)

// look describes the open dialog.
func look() sight {
	w := anyWindow()
	if w == nil {
		return sight{}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if has(setThreadDpiAwarenessContext) { // else the numbers would be of another scale
		before := call(setThreadDpiAwarenessContext, signed(dpiAwarenessPerMonitorV2))
		defer call(setThreadDpiAwarenessContext, before)
	}
	h := w.handleOf()
	s := sight{Resolution: w.dpi, InFront: windows.GetForegroundWindow() == h, Title: textOf(h)}
	s.Open = h != 0 && windows.IsWindowVisible(h)
	s.Topmost = call(getWindowLong, uintptr(h), signed(-20))&wsExTopmost != 0 // GWL_EXSTYLE
	var r rect
	call(getWindowRect, uintptr(h), uintptr(unsafe.Pointer(&r)))
	s.Window = rectangleOf(r)
	call(getClientRect, uintptr(h), uintptr(unsafe.Pointer(&r)))
	s.Inside = rectangleOf(r)
	if m, err := monitorOf(h); err == nil {
		s.Work = rectangleOf(m.work)
	}
	s.Default = int(call(sendMessage, uintptr(h), wmUser, 0, 0) & 0xFFFF) // DM_GETDEFID
	text, site := newRuler(w.fonts.text), newRuler(w.fonts.site)
	defer text.close()
	defer site.close()
	s.Fonts = [2]int{text.height("X", 1000), site.height("X", 1000)}
	names := w.names()
	thread, _ := windows.GetWindowThreadProcessId(h, nil)
	info := windows.GUIThreadInfo{Size: uint32(unsafe.Sizeof(windows.GUIThreadInfo{}))}
	if windows.GetGUIThreadInfo(thread, &info) == nil {
		s.Focus = names[info.Focus]
	}
	for child := call(getWindow, uintptr(h), 5); child != 0; child = call(getWindow, child, 2) { // GW_CHILD, GW_HWNDNEXT
		c := windows.HWND(child)
		if !windows.IsWindowVisible(c) {
			continue
		}
		font := text
		if c == w.controls.site {
			font = site
		}
		s.Controls = append(s.Controls, controlOf(h, c, names[c], font))
	}
	return s
}

const wmUser = 0x400

func controlOf(parent, c windows.HWND, name string, font ruler) controlSight {
	s := controlSight{Name: name, Text: textOf(c)}
	s.Length = len([]rune(s.Text))
	var class [32]uint16
	call(getClassNameProc, uintptr(c), uintptr(unsafe.Pointer(&class[0])), uintptr(len(class)))
	s.Class = windows.UTF16ToString(class[:])
	var r rect
	call(getWindowRect, uintptr(c), uintptr(unsafe.Pointer(&r)))
	call(mapWindowPoints, 0, uintptr(parent), uintptr(unsafe.Pointer(&r)), 2)
	s.Place = rectangleOf(r)
	box := rect{right: int32(r.width())}
	call(drawText, font.dc, uintptr(unsafe.Pointer(wide(s.Text))), signed(-1), uintptr(unsafe.Pointer(&box)), dtCalcRect|dtWordBreak|dtNoPrefix|dtExpandTabs)
	s.Needs.Width, s.Needs.Height = box.width(), box.height()
	if s.Name == "field" {
		s.Text = "" // only its length is told
	}
	return s
}

// names are what the test calls the controls.
func (w *window) names() map[windows.HWND]string {
	c := &w.controls
	names := map[windows.HWND]string{
		c.icon: "icon", c.site: "site", c.body: "body", c.scrolled: "scrolled", c.problem: "problem", c.label: "label", c.field: "field",
	}
	for _, b := range c.buttons {
		names[b.hwnd] = map[int]string{idOK: "ok", idNo: "no", idCancel: "cancel"}[b.id]
	}
	delete(names, 0)
	return names
}

func textOf(h windows.HWND) string {
	var text [1 << 15]uint16
	call(sendMessage, uintptr(h), wmGetText, uintptr(len(text)), uintptr(unsafe.Pointer(&text[0])))
	defer clear(text[:])
	return windows.UTF16ToString(text[:])
}

func rectangleOf(r rect) rectangle {
	return rectangle{int(r.left), int(r.top), int(r.right), int(r.bottom)}
}
