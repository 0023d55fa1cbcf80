// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/ponte-cns/ponte/daemon/bridge"
)

// canBeSeen refuses where a window would open and nobody would see it: in a service, whose window station has no screen.
func canBeSeen() error {
	var flags struct{ inherit, reserved, flags uint32 }
	ok := call(getUserObjectInformation, call(getProcessWindowStation), uoiFlags,
		uintptr(unsafe.Pointer(&flags)), unsafe.Sizeof(flags), 0)
	if ok == 0 || flags.flags&wsfVisible == 0 {
		return fmt.Errorf("%w: this process has no desktop", bridge.ErrNoDialog)
	}
	return nil
}

// startVisualStyles makes the controls of the calling thread look as the desktop's do (comctl32 6), without a manifest in
// our program: shell32 has one that asks for it, as resource 124. Where that does not work they look plain. The function
// it gives ends it.
func startVisualStyles() func() {
	dir, err := windows.GetSystemDirectory()
	if err != nil {
		return func() {}
	}
	c := actCtx{
		flags: actCtxAssemblyDirectory | actCtxResource, source: wide(dir + `\shell32.dll`), assemblyDirectory: wide(dir),
		resource: 124,
	}
	c.size = uint32(unsafe.Sizeof(c))
	handle := call(createActCtx, uintptr(unsafe.Pointer(&c)))
	if windows.Handle(handle) == windows.InvalidHandle {
		return func() {}
	}
	var cookie uintptr
	if call(activateActCtx, handle, uintptr(unsafe.Pointer(&cookie))) == 0 {
		call(releaseActCtx, handle)
		return func() {}
	}
	return func() {
		call(deactivateActCtx, 0, cookie)
		call(releaseActCtx, handle)
	}
}

// monitor is where a dialog opens: its work area, which is the screen without the taskbar, and its resolution.
type monitor struct {
	work rect
	dpi  int
}

// monitorOf gives the monitor on which most of a window is; the first one when there is no window.
func monitorOf(h windows.HWND) (monitor, error) {
	m := call(monitorFromWindow, uintptr(h), monitorDefaultToPrimary)
	info := monitorInfo{size: uint32(unsafe.Sizeof(monitorInfo{}))}
	if call(getMonitorInfo, m, uintptr(unsafe.Pointer(&info))) == 0 {
		return monitor{}, errors.New("asking for the size of the screen")
	}
	found := monitor{work: info.work}
	if has(getDpiForMonitor) {
		var x, y uint32
		if call(getDpiForMonitor, m, dpiMonitor, uintptr(unsafe.Pointer(&x)), uintptr(unsafe.Pointer(&y))) == 0 {
			found.dpi = int(y)
		}
	}
	if found.dpi == 0 {
		dc := call(getDC, 0)
		found.dpi = int(call(getDeviceCaps, dc, logPixelsY))
		call(releaseDC, 0, dc)
	}
	if found.dpi == 0 {
		found.dpi = standardDPI
	}
	return found, nil
}

// frame gives the size of a window whose inside is width x height.
func frame(width, height int, style, exStyle uintptr, dpi int) (int, int) {
	r := rect{0, 0, int32(width), int32(height)}
	if has(adjustWindowRectExForDpi) {
		call(adjustWindowRectExForDpi, uintptr(unsafe.Pointer(&r)), style, 0, exStyle, uintptr(dpi))
	} else {
		call(adjustWindowRectEx, uintptr(unsafe.Pointer(&r)), style, 0, exStyle)
	}
	return r.width(), r.height()
}

// fonts are those that the person has chosen for messages, and a larger one for the name of the site.
type fonts struct{ text, site uintptr }

func newFonts(dpi int) (fonts, error) {
	var m nonClientMetrics
	m.size = uint32(unsafe.Sizeof(m))
	scaled := has(systemParametersInfoForDpi) &&
		call(systemParametersInfoForDpi, spiGetNonClientMetrics, uintptr(m.size), uintptr(unsafe.Pointer(&m)), 0, uintptr(dpi)) != 0
	if !scaled && call(systemParametersInfo, spiGetNonClientMetrics, uintptr(m.size), uintptr(unsafe.Pointer(&m)), 0) == 0 {
		return fonts{}, errors.New("asking for the fonts of the desktop")
	}
	text := m.messageFont
	site := text
	site.height, site.weight = text.height*4/3, max(text.weight, 600)
	f := fonts{call(createFontIndirect, uintptr(unsafe.Pointer(&text))), call(createFontIndirect, uintptr(unsafe.Pointer(&site)))}
	if f.text == 0 || f.site == 0 {
		f.free()
		return fonts{}, errors.New("making the fonts of a dialog")
	}
	return f, nil
}

func (f fonts) free() {
	for _, font := range [...]uintptr{f.text, f.site} {
		if font != 0 {
			call(deleteObject, font)
		}
	}
}

// ruler measures texts in one font.
type ruler struct{ dc, font, before uintptr }

func newRuler(font uintptr) ruler {
	dc := call(getDC, 0)
	return ruler{dc, font, call(selectObject, dc, font)}
}

func (r ruler) close() {
	call(selectObject, r.dc, r.before)
	call(releaseDC, 0, r.dc)
}

// width is that of one line.
func (r ruler) width(line string) int {
	s := windows.StringToUTF16(withoutNUL(line))
	var size struct{ width, height int32 }
	call(getTextExtentPoint32, r.dc, uintptr(unsafe.Pointer(&s[0])), uintptr(len(s)-1), uintptr(unsafe.Pointer(&size)))
	return int(size.width)
}

// height is that of a text which is broken at width, as a static control breaks it.
func (r ruler) height(text string, width int) int {
	box := rect{right: int32(width)}
	call(drawText, r.dc, uintptr(unsafe.Pointer(wide(text))), signed(-1), uintptr(unsafe.Pointer(&box)),
		dtCalcRect|dtWordBreak|dtNoPrefix|dtExpandTabs|dtExternalLeading)
	return box.height()
}

// alarm is the red of what was wrong; ordinary says that it would be hard to read: with the high contrast that the person
// has chosen, and on a background that is not light.
const alarm = 0x1C2BC4 // COLORREF is 0x00bbggrr

func alarmColour() (colour uint32, ordinary bool) {
	hc := highContrast{}
	hc.size = uint32(unsafe.Sizeof(hc))
	call(systemParametersInfo, spiHighContrast, uintptr(hc.size), uintptr(unsafe.Pointer(&hc)), 0)
	background := uint32(call(getSysColor, colorWindow))
	if hc.flags&highContrastOn != 0 || contrast(alarm, background) < 4.5 {
		return uint32(call(getSysColor, colorWindowText)), true
	}
	return alarm, false
}
