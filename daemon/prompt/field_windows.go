// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// maxClipboard is how many characters of the clipboard are looked at: two halves of a PIN and what is around them.
const maxClipboard = 64

// guardFields makes the field take digits only, few of them, and give none away, and the scrolled body a text to read.
func (w *window) guardFields() {
	set := setWindowLong
	if has(setWindowLongPtr) {
		set = setWindowLongPtr
	}
	for _, f := range []windows.HWND{w.controls.field, w.controls.scrolled} {
		if f != 0 {
			w.fieldProc = call(set, uintptr(f), signed(gwlpWndProc), fieldProc())
		}
	}
	call(sendMessage, uintptr(w.controls.field), emLimitText, maxTyped, 0)
}

// fieldProc is what Windows calls with the messages of both.
var fieldProc = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(h windows.HWND, message uint32, wParam, lParam uintptr) uintptr {
		w := windowOfThread()
		if w == nil || h == w.controls.field && !w.admits(message, wParam) {
			return 0
		}
		r := call(callWindowProc, w.fieldProc, uintptr(h), uintptr(message), wParam, lParam)
		if message == wmGetDlgCode && h == w.controls.scrolled {
			r &^= dlgcHasSetSel // the Tab key would mark all of the text and show its end
		}
		return r
	})
})

// admits says whether the field may see a message. What is typed is a digit, or a key like Backspace; the other ASCII
// characters go to Windows, which refuses them and says so (ES_NUMBER). Nothing is copied out. A field may paste and copy
// by itself when the keys come, without sending itself the message for it: so the keys are caught too.
func (w *window) admits(message uint32, wParam uintptr) bool {
	typed, pressed := message == wmChar, message == wmKeyDown
	switch {
	case message == wmPaste, typed && wParam == ctrlV, pressed && wParam == vkInsert && held(vkShift):
		if !w.paste() {
			call(messageBeep, mbIconWarning)
		}
		return false
	case message == wmCopy, message == wmCut, typed && (wParam == ctrlC || wParam == ctrlX),
		pressed && (wParam == vkInsert || wParam == vkDelete && held(vkShift)):
		return false
	case typed && wParam >= 0x7F:
		call(messageBeep, mbIconWarning)
		return false
	}
	return true
}

// held says whether a key was down when the present message was sent.
func held(key uintptr) bool { return int16(call(getKeyState, key)) < 0 }

// paste writes the digits of the clipboard into the field. Spaces and ends of lines around and between them are dropped:
// the halves of a PIN come by mail. Anything else, or more than the field holds, is refused whole.
func (w *window) paste() bool {
	w.mu.Lock()
	h := w.hwnd
	w.mu.Unlock()
	if call(openClipboard, uintptr(h)) == 0 {
		return false
	}
	defer call(closeClipboard)
	data := call(getClipboardData, cfUnicodeText)
	if data == 0 {
		return false
	}
	at := call(globalLock, data)
	if at == 0 {
		return false
	}
	defer call(globalUnlock, data)
	size := min(call(globalSize, data)/2, maxClipboard)
	var digits [maxTyped + 1]uint16
	defer clear(digits[:])
	n := 0
	for _, c := range unsafe.Slice((*uint16)(*(*unsafe.Pointer)(unsafe.Pointer(&at))), size) {
		switch {
		case c == 0:
			return w.insert(&digits, n)
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xA0:
		case c >= '0' && c <= '9' && n < maxTyped:
			digits[n] = c
			n++
		default:
			return false
		}
	}
	return false // longer than any PIN
}

// insert writes n digits where the cursor is.
func (w *window) insert(digits *[maxTyped + 1]uint16, n int) bool {
	call(sendMessage, uintptr(w.controls.field), emReplaceSel, 1, uintptr(unsafe.Pointer(&digits[0])))
	return n > 0
}

// readField takes what was typed, when it is wanted, and overwrites it in the field.
func (w *window) readField(wanted bool) {
	f := uintptr(w.controls.field)
	var typed [maxTyped + 1]uint16
	if wanted {
		n := call(sendMessage, f, wmGetText, uintptr(len(typed)), uintptr(unsafe.Pointer(&typed[0])))
		var digit [1]byte
		for _, c := range typed[:min(n, maxTyped)] {
			digit[0] = '?' // no PIN
			if c >= '0' && c <= '9' {
				digit[0] = byte(c)
			}
			w.typed.add(digit[:])
		}
		clear(digit[:])
	}
	// As many zeros as the field can hold, deleted as a person would delete them, so that what could be brought back with
	// Ctrl+Z is zeros too. (Wine keeps nothing there: of this second part no test can tell.)
	for i := range typed[:maxTyped] {
		typed[i] = '0'
	}
	typed[maxTyped] = 0
	call(sendMessage, f, wmSetText, 0, uintptr(unsafe.Pointer(&typed[0])))
	call(sendMessage, f, emSetSel, 0, signed(-1))
	typed[0] = 0
	call(sendMessage, f, emReplaceSel, 1, uintptr(unsafe.Pointer(&typed[0])))
	clear(typed[:])
}
