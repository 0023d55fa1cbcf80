// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/ponte-cns/ponte/daemon/bridge"
)

// Messages of our own.
const (
	wmShown = wmApp + iota // the window can be seen now
	wmLeave                // the context has ended
	wmStep                 // another number of documents is done
)

// window is one open dialog. All of it belongs to the thread that shows it, save what mu guards.
type window struct {
	d     *dialog
	field bool // it asks for a PIN
	typed *secret

	dpi       int
	fonts     fonts
	icon      uintptr
	controls  controls
	footer    int     // where the part with the buttons begins
	answer    int     // id of the button that was pressed
	fieldProc uintptr // Windows' own, behind ours
	err       error
	step      func(int) string // of a progress window: its text

	mu   sync.Mutex
	hwnd windows.HWND // 0 before it is open and after it has closed
	late bool         // the context had ended before it was open
}

// show opens a dialog and waits for its answer, or for the end of ctx.
func show(ctx context.Context, d *dialog, field bool) (*window, error) {
	w := &window{d: d, field: field, typed: newSecret()}
	return w, w.show(ctx)
}

// follow shows a window with the one button Cancel, whose text changes with the numbers that come.
func follow(ctx context.Context, d *dialog, step func(int) string, steps <-chan int) error {
	ctx, end := context.WithCancel(ctx)
	w := &window{d: d, typed: newSecret(), step: step}
	var feeding sync.WaitGroup
	defer feeding.Wait()
	defer end()
	feeding.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case n := <-steps:
				w.advance(n)
			}
		}
	})
	return w.show(ctx)
}

// advance tells the window a number, from any thread.
func (w *window) advance(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hwnd != 0 {
		call(postMessage, uintptr(w.hwnd), wmStep, uintptr(n), 0)
	}
}

func (w *window) show(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	done := make(chan error)
	go func() {
		// Never unlocked: the thread ends with its goroutine, and with it all that was changed of the thread.
		runtime.LockOSThread()
		done <- w.run(ctx)
	}()
	err := <-done
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case err != nil:
		err = fmt.Errorf("%w: %w", bridge.ErrNoDialog, err)
	case w.answer == idCancel:
		err = bridge.ErrDialogCancelled
	}
	if err != nil {
		w.typed.wipe()
	}
	return err
}

// shown finds the window of the thread that Windows calls us on.
var shown struct {
	mu sync.Mutex
	by map[uint32]*window
}

func windowOfThread() *window {
	shown.mu.Lock()
	defer shown.mu.Unlock()
	return shown.by[windows.GetCurrentThreadId()]
}

// run shows the window on this thread until it closes.
func (w *window) run(ctx context.Context) error {
	if err := canBeSeen(); err != nil {
		return err
	}
	if has(setThreadDpiAwarenessContext) {
		call(setThreadDpiAwarenessContext, signed(dpiAwarenessPerMonitorV2))
	}
	defer startVisualStyles()()
	thread := windows.GetCurrentThreadId()
	shown.mu.Lock()
	if shown.by == nil {
		shown.by = map[uint32]*window{}
	}
	shown.by[thread] = w
	shown.mu.Unlock()
	defer func() {
		shown.mu.Lock()
		delete(shown.by, thread)
		shown.mu.Unlock()
	}()
	stop := context.AfterFunc(ctx, w.leave)
	defer stop()
	template := dialogTemplate{style: windowStyle, exStyle: windowExStyle}
	r, _, err := dialogBoxIndirectParam.Call(moduleHandle(), uintptr(unsafe.Pointer(&template)), 0, dialogProc(), 0)
	w.free()
	switch {
	case w.err != nil:
		return w.err
	case int(r) == 0 || int(r) == -1:
		return fmt.Errorf("opening a dialog: %w", err)
	}
	return nil
}

const (
	windowStyle   = wsPopup | wsCaption | wsSysMenu | dsModalFrame | dsNoIdleMsg
	windowExStyle = wsExTopmost | wsExAppWindow // unowned and on the taskbar: whoever loses sight of it finds it there
)

func moduleHandle() uintptr {
	var h windows.Handle
	_ = windows.GetModuleHandleEx(windows.GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, nil, &h)
	return uintptr(h)
}

// leave closes the window from any thread.
func (w *window) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.late = w.hwnd == 0
	if w.hwnd != 0 {
		call(postMessage, uintptr(w.hwnd), wmLeave, 0, 0)
	}
}

// end closes the window with an answer, on its own thread.
func (w *window) end(answer int) {
	w.mu.Lock()
	h := w.hwnd
	w.hwnd = 0 // its number may soon be another window's
	w.mu.Unlock()
	if h == 0 {
		return
	}
	w.answer = answer
	if w.field {
		w.readField(answer == idOK)
	}
	call(endMenu) // of the field: it would keep the thread
	call(endDialog, uintptr(h), 1)
}

func (w *window) free() {
	w.fonts.free()
	if w.icon != 0 {
		call(destroyIcon, w.icon)
	}
}

// dialogProc is what Windows calls with the messages of a dialog. It is made once: Windows' callbacks are never freed.
var dialogProc = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(h windows.HWND, message uint32, wParam, lParam uintptr) uintptr {
		w := windowOfThread()
		if w == nil {
			return 0
		}
		return w.handle(h, message, wParam, lParam)
	})
})

// handle answers a message; 0 leaves it to Windows.
func (w *window) handle(h windows.HWND, message uint32, wParam, lParam uintptr) uintptr {
	switch message {
	case wmInitDialog:
		w.open(h)
	case wmShown:
		w.toFront(h)
		w.d.visible()
		call(sendMessage, uintptr(h), wmNextDlgCtl, uintptr(w.first()), 1)
	case wmCommand:
		w.pressed(int(wParam & 0xFFFF))
		return 1
	case wmClose, wmLeave:
		w.end(idCancel)
		return 1
	case wmStep:
		if w.step != nil {
			setText(w.controls.body, w.step(int(wParam)))
		}
	case wmDpiChanged:
		if dpi := int(wParam & 0xFFFF); dpi != w.dpi {
			w.moveTo(h, dpi)
		}
		return 1
	case wmSysColorChange:
		call(invalidateRect, uintptr(h), 0, 1)
	case wmEraseBkgnd:
		w.paint(h, wParam)
		if has(setWindowLongPtr) {
			call(setWindowLongPtr, uintptr(h), dwlpMsgResult, 1)
		}
		return 1
	case wmCtlColorStatic:
		return w.colour(wParam, windows.HWND(lParam))
	case wmCtlColorBtn:
		return call(getSysColorBrush, color3DFace)
	}
	return 0
}

// open fills the new window.
func (w *window) open(h windows.HWND) {
	w.mu.Lock()
	w.hwnd = h
	late := w.late
	w.mu.Unlock()
	if w.err = w.fill(h); w.err != nil || late {
		w.end(idCancel)
		return
	}
	call(postMessage, uintptr(h), wmShown, 0, 0)
}

// fill makes the controls and puts the window in the middle of the monitor on which the person works.
func (w *window) fill(h windows.HWND) error {
	where, err := monitorOf(windows.GetForegroundWindow())
	if err != nil {
		return err
	}
	if has(setDialogDpiChangeBehavior) {
		call(setDialogDpiChangeBehavior, uintptr(h), 1, 1) // we lay it out ourselves, at wmDpiChanged
	}
	setText(h, w.d.title)
	w.dpi = where.dpi
	if w.fonts, err = newFonts(w.dpi); err != nil {
		return err
	}
	if err := w.createControls(h); err != nil {
		return err
	}
	width, height := w.layOut(where)
	w.place(h, where, width, height, int(where.work.left)+(where.work.width()-width)/2, int(where.work.top)+(where.work.height()-height)/2)
	return nil
}

// place gives the window its size and puts it where it is wanted, but wholly on its monitor.
func (w *window) place(h windows.HWND, where monitor, width, height, x, y int) {
	x = max(min(x, int(where.work.right)-width), int(where.work.left))
	y = max(min(y, int(where.work.bottom)-height), int(where.work.top))
	call(setWindowPos, uintptr(h), 0, signed(x), signed(y), uintptr(width), uintptr(height), swpNoZOrder|swpNoActivate)
}

// moveTo lays the window out anew for a monitor of another resolution.
func (w *window) moveTo(h windows.HWND, dpi int) {
	where, err := monitorOf(h)
	if err != nil {
		return
	}
	where.dpi = dpi
	made, err := newFonts(dpi)
	if err != nil {
		return
	}
	old := w.fonts
	w.dpi, w.fonts = dpi, made
	var now rect
	call(getWindowRect, uintptr(h), uintptr(unsafe.Pointer(&now)))
	width, height := w.layOut(where)
	w.place(h, where, width, height, int(now.left), int(now.top))
	old.free()
	call(invalidateRect, uintptr(h), 0, 1)
}

// pressed takes what a button sends. Enter and Escape come as the buttons that they mean, also when there is no such
// button.
func (w *window) pressed(id int) {
	switch {
	case id == idCancel:
		w.end(idCancel)
	case (id == idOK || id == idNo) && w.controls.has(id):
		w.end(id)
	}
}

// toFront gives the dialog the keyboard. Windows lets only the program in front do that, so for a moment we share its
// input; not with one that hangs, because we would hang with it. Where it is refused, the taskbar blinks.
func (w *window) toFront(h windows.HWND) {
	front := windows.GetForegroundWindow()
	if front == h {
		return
	}
	own := windows.GetCurrentThreadId()
	other, _ := windows.GetWindowThreadProcessId(front, nil)
	if other != 0 && other != own && call(isHungAppWindow, uintptr(front)) == 0 {
		call(attachThreadInput, uintptr(own), uintptr(other), 1)
		defer call(attachThreadInput, uintptr(own), uintptr(other), 0)
	}
	call(bringWindowToTop, uintptr(h))
	call(setForegroundWindow, uintptr(h))
	if windows.GetForegroundWindow() != h {
		call(flashWindow, uintptr(h), 1)
	}
}
