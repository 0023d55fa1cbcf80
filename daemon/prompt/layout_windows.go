// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"strings"

	"golang.org/x/sys/windows"
)

// What is composed has long lines and whole names: layOut breaks them where the window ends.
const lineWidth, maxHost = 1 << 20, 1 << 20

// Lengths of a dialog, in pixels of a screen with 96 to the inch.
const (
	margin       = 20
	footerMargin = 12
	narrow       = 360 // least width of the texts
	usual        = 440 // most, where the screen is high enough
	broad        = 640 // most, to make a long dialog lower
	iconSize     = 32
	iconGap      = 14
	fieldWidth   = 220
	buttonWidth  = 88
	buttonHeight = 26
	buttonGap    = 8
	lineSlack    = 4 // a control may count some pixels more than the ruler
)

// row is one text of a dialog, or its field, above the buttons.
type row struct {
	control windows.HWND
	text    string // broken into lines; empty for the field
	gap     int    // above it
	width   int
	height  int
}

// layout is a dialog as it is with texts of one width.
type layout struct {
	rows   []row
	width  int // of the texts
	upper  int // height of the part above the buttons
	height int // of all
}

// px is a length on this monitor.
func (w *window) px(n int) int { return n * w.dpi / standardDPI }

// layOut gives every control its font, text and place, and gives the outer size of the window. When it would be higher
// than the screen it is made broader, and when that is not enough the text between the site and the field gets a scroll
// bar: the site, the problem, the field and the buttons are always seen.
func (w *window) layOut(where monitor) (width, height int) {
	w.setFonts()
	text, site := newRuler(w.fonts.text), newRuler(w.fonts.site)
	defer text.close()
	defer site.close()
	edgeX, edgeY := frame(0, 0, windowStyle, windowExStyle, w.dpi)
	most := where.work.width() - edgeX - 2*w.px(margin) - w.indent()
	natural := max(w.naturalWidth(text, site), w.px(narrow))
	var l layout
	for _, limit := range []int{w.px(usual), w.px(broad), most} {
		l = w.measure(text, site, min(natural, max(limit, w.buttonsWidth(text)), most))
		if l.height+edgeY <= where.work.height() {
			break
		}
	}
	if over := l.height + edgeY - where.work.height(); over > 0 {
		l.scroll(w, over, 3*text.height("X", l.width))
	}
	w.apply(l, text)
	return frame(l.width+w.indent()+2*w.px(margin), l.height, windowStyle, windowExStyle, w.dpi)
}

// indent is the room that the icon takes.
func (w *window) indent() int {
	if w.controls.icon == 0 {
		return 0
	}
	return w.px(iconSize + iconGap)
}

// naturalWidth is the width at which no line has to be broken.
func (w *window) naturalWidth(text, site ruler) int {
	widest := max(site.width(w.d.site), text.width(w.d.problem), text.width(w.d.label), w.buttonsWidth(text))
	for line := range strings.SplitSeq(w.body(), "\n") {
		widest = max(widest, text.width(line))
	}
	return widest + w.px(lineSlack)
}

func (w *window) buttonsWidth(text ruler) int {
	total := -w.px(buttonGap)
	for _, b := range w.controls.buttons {
		total += w.buttonWidth(text, b) + w.px(buttonGap)
	}
	return total
}

func (w *window) buttonWidth(text ruler, b pushButton) int {
	return max(w.px(buttonWidth), text.width(b.text)+w.px(24))
}

func (w *window) buttonHeight(text ruler) int {
	return max(w.px(buttonHeight), text.height("X", w.px(narrow))+w.px(10))
}

// measure breaks the texts at a width and adds the heights up.
func (w *window) measure(text, site ruler, width int) layout {
	l := layout{width: width}
	c := &w.controls
	add := func(control windows.HWND, font ruler, s string, gap int) {
		if control == 0 {
			return
		}
		if len(l.rows) == 0 {
			gap = 0
		}
		var lines []string
		for line := range strings.SplitSeq(s, "\n") {
			lines = append(lines, breakLine(line, width-w.px(lineSlack), font.width)...)
		}
		s = strings.Join(lines, "\n")
		l.rows = append(l.rows, row{control, s, w.px(gap), width, font.height(s, width)})
	}
	add(c.site, site, w.d.site, 0)
	add(c.body, text, w.body(), 10)
	add(c.problem, text, w.d.problem, 14)
	add(c.label, text, w.d.label, 14)
	if c.field != 0 {
		l.rows = append(l.rows, row{c.field, "", w.px(5), min(w.px(fieldWidth), width), text.height("X", width) + w.px(9)})
	}
	for _, r := range l.rows {
		l.upper += r.gap + r.height
	}
	if c.icon != 0 {
		l.upper = max(l.upper, w.px(iconSize))
	}
	l.upper += 2 * w.px(margin)
	l.height = l.upper + 1 + 2*w.px(footerMargin) + w.buttonHeight(text)
	return l
}

// scroll makes a layout lower by giving the body a scroll bar, but leaves it some lines.
func (l *layout) scroll(w *window, over, least int) {
	for i := range l.rows {
		if r := &l.rows[i]; r.control == w.controls.body && r.control != 0 {
			over = max(min(over, r.height-least), 0)
			r.control, r.text = w.controls.scrolled, ""
			r.height -= over
			l.upper -= over
			l.height -= over
			return
		}
	}
}

// apply puts every control where the layout says.
func (w *window) apply(l layout, text ruler) {
	c := &w.controls
	move := func(h windows.HWND, x, y, width, height int) {
		call(setWindowPos, uintptr(h), 0, uintptr(x), uintptr(y), uintptr(width), uintptr(height), swpNoZOrder|swpNoActivate|swpShow)
	}
	for _, h := range []windows.HWND{c.body, c.scrolled} { // one of them is shown below
		call(setWindowPos, uintptr(h), 0, 0, 0, 0, 0, swpNoZOrder|swpNoActivate|swpHide)
	}
	if c.icon != 0 {
		w.setIcon()
		move(c.icon, w.px(margin), w.px(margin), w.px(iconSize), w.px(iconSize))
	}
	x, y := w.px(margin)+w.indent(), w.px(margin)
	for _, r := range l.rows {
		y += r.gap
		if r.text != "" {
			setText(r.control, r.text)
		}
		move(r.control, x, y, r.width, r.height)
		if r.control == c.scrolled { // from its beginning, which it was not when it had no size
			call(sendMessage, uintptr(c.scrolled), emSetMargins, 3, 0)
			call(sendMessage, uintptr(c.scrolled), emSetSel, 0, 0)
			call(sendMessage, uintptr(c.scrolled), emScrollCaret, 0, 0)
		}
		y += r.height
	}
	w.footer = l.upper
	x = l.width + w.indent() + w.px(margin) + w.px(buttonGap)
	for i := len(c.buttons) - 1; i >= 0; i-- {
		width := w.buttonWidth(text, c.buttons[i])
		x -= width + w.px(buttonGap)
		move(c.buttons[i].hwnd, x, l.upper+1+w.px(footerMargin), width, w.buttonHeight(text))
	}
}

// setIcon draws the sign of a warning in the size of this monitor.
func (w *window) setIcon() {
	made := call(loadImage, 0, oicWarning, imageIcon, uintptr(w.px(iconSize)), uintptr(w.px(iconSize)), 0)
	call(sendMessage, uintptr(w.controls.icon), stmSetImage, imageIcon, made)
	if w.icon != 0 {
		call(destroyIcon, w.icon)
	}
	w.icon = made
}
