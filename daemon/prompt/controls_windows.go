// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// controls are what a dialog is made of. What the dialog does not have is 0. They are made in the order in which a screen
// reader and the Tab key go through them, and they are Windows' own: a screen reader knows them.
type controls struct {
	icon, site, body, scrolled windows.HWND // scrolled is the body where the screen is too small for it
	problem, label, field      windows.HWND
	buttons                    []pushButton
}

type pushButton struct {
	id   int
	text string
	hwnd windows.HWND
}

// has says whether there is a button.
func (c *controls) has(id int) bool {
	for _, b := range c.buttons {
		if b.id == id {
			return true
		}
	}
	return false
}

// errControl is a control that Windows would not make.
var errControl = errors.New("making a control of a dialog")

// createControls makes everything that the dialog shows. layOut gives it its place.
func (w *window) createControls(h windows.HWND) error {
	var failed error
	create := func(class, text string, style, exStyle uintptr, id int) windows.HWND {
		made, _, err := createWindowEx.Call(exStyle, uintptr(unsafe.Pointer(wide(class))), uintptr(unsafe.Pointer(wide(text))),
			wsChild|wsVisible|style, 0, 0, 0, 0, uintptr(h), uintptr(id), moduleHandle(), 0)
		if made == 0 && failed == nil {
			failed = fmt.Errorf("%w: %s: %w", errControl, class, err)
		}
		return windows.HWND(made)
	}
	text := func(s string) windows.HWND {
		if s == "" {
			return 0
		}
		return create("STATIC", s, ssNoPrefix, 0, -1)
	}
	c := &w.controls
	if w.d.risky {
		c.icon = create("STATIC", "", ssIcon, 0, -1)
	}
	c.site = text(w.d.site)
	if body := w.body(); body != "" {
		c.body = text(body)
		c.scrolled = create("EDIT", strings.ReplaceAll(body, "\n", "\r\n"), esMultiline|esReadOnly|wsVScroll|wsTabStop, 0, -1)
	}
	c.problem = text(w.d.problem)
	if w.field {
		c.label = text(w.d.label) // right before the field: that makes it the field's name
		c.field = create("EDIT", "", esPassword|esNumber|esAutoHScroll|wsTabStop, wsExClientEdge, -1)
	}
	for _, b := range []pushButton{{id: idOK, text: w.d.ok}, {id: idNo, text: w.d.notOK}, {id: idCancel, text: w.d.cancel}} {
		if b.text != "" {
			b.hwnd = create("BUTTON", strings.ReplaceAll(b.text, "&", "&&"), wsTabStop, 0, b.id)
			c.buttons = append(c.buttons, b)
		}
	}
	if failed != nil {
		return failed
	}
	if len(c.buttons) == 0 {
		return errors.New("a dialog without a button")
	}
	w.guardFields()
	def := w.defaultButton()
	call(sendMessage, uintptr(h), dmSetDefID, uintptr(def.id), 0)
	call(sendMessage, uintptr(def.hwnd), bmSetStyle, bsDefPushButton, 1)
	return nil
}

// body gives the text between the name of the site and the field.
func (w *window) body() string { return strings.Trim(strings.Join(w.d.lines, "\n"), "\n") }

// defaultButton is what Enter means: never yes to a risk. Who has written a PIN has decided, so Enter sends it.
func (w *window) defaultButton() pushButton {
	b := w.controls.buttons
	if w.d.risky && !w.field {
		return b[len(b)-1]
	}
	return b[0]
}

// first is the control that has the keyboard at the beginning.
func (w *window) first() windows.HWND {
	if w.field {
		return w.controls.field
	}
	return w.defaultButton().hwnd
}

// setFonts gives every control its font.
func (w *window) setFonts() {
	c := &w.controls
	all := []windows.HWND{c.body, c.scrolled, c.problem, c.label, c.field}
	for _, b := range c.buttons {
		all = append(all, b.hwnd)
	}
	for _, h := range all {
		call(sendMessage, uintptr(h), wmSetFont, w.fonts.text, 1)
	}
	call(sendMessage, uintptr(c.site), wmSetFont, w.fonts.site, 1)
}

// colour prepares what a text is drawn with and gives its background.
func (w *window) colour(dc uintptr, control windows.HWND) uintptr {
	text := uint32(call(getSysColor, colorWindowText))
	if control == w.controls.problem {
		text, _ = alarmColour()
	}
	call(setTextColor, dc, uintptr(text))
	call(setBkColor, dc, call(getSysColor, colorWindow))
	return call(getSysColorBrush, colorWindow)
}

// paint draws the background: that of texts, a line, and that of buttons.
func (w *window) paint(h windows.HWND, dc uintptr) {
	var all rect
	call(getClientRect, uintptr(h), uintptr(unsafe.Pointer(&all)))
	upper, line, lower := all, all, all
	upper.bottom = int32(w.footer)
	line.top, line.bottom = upper.bottom, upper.bottom+1
	lower.top = line.bottom
	for _, part := range []struct {
		where  *rect
		colour uintptr
	}{{&upper, colorWindow}, {&line, color3DLight}, {&lower, color3DFace}} {
		call(fillRect, dc, uintptr(unsafe.Pointer(part.where)), call(getSysColorBrush, part.colour))
	}
}
