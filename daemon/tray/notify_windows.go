// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	shell32            = windows.NewLazySystemDLL("shell32.dll")
	shellNotifyIcon    = shell32.NewProc("Shell_NotifyIconW")
	user32             = windows.NewLazySystemDLL("user32.dll")
	findWindowEx       = user32.NewProc("FindWindowExW")
	openInputDesktop   = user32.NewProc("OpenInputDesktop")
	closeDesktop       = user32.NewProc("CloseDesktop")
	errNoIconWindow    = errors.New("the window of the icon is not there")
	errBalloonNotTaken = errors.New("the taskbar does not take the notification")
	errNotAText        = errors.New("text with a NUL")
)

// newNotifier tells by balloons of the icon that the tray shows.
func newNotifier(*slog.Logger) notifier { return balloonNotifier{} }

type balloonNotifier struct{}

// iconData is NOTIFYICONDATAW (shellapi.h).
type iconData struct {
	size                       uint32
	window                     windows.Handle
	id, flags, callbackMessage uint32
	icon                       windows.Handle
	tip                        [128]uint16
	state, stateMask           uint32
	info                       [256]uint16
	version                    uint32
	infoTitle                  [64]uint16
	infoFlags                  uint32
	item                       windows.GUID
	balloonIcon                windows.Handle
}

// Constants of Shell_NotifyIcon (shellapi.h).
const (
	nimModify            = 1
	nifInfo              = 0x10
	niifInfo             = 1
	niifWarning          = 2
	niifRespectQuietTime = 0x80
	systrayID            = 100 // of the icon, as github.com/getlantern/systray v1.2.2 sets it
	systrayClass         = "SystrayClass"
	maxWindows           = 64 // with that class, of other programs
	desktopReadObjects   = 0x0001
)

func (balloonNotifier) notify(n notice) error {
	window, err := iconWindow()
	if err != nil {
		return err
	}
	data := iconData{window: window, id: systrayID, flags: nifInfo, infoFlags: niifInfo | niifRespectQuietTime}
	if n.urgent {
		data.infoFlags = niifWarning | niifRespectQuietTime
	}
	data.size = uint32(unsafe.Sizeof(data))
	if err := errors.Join(fill(data.infoTitle[:], n.title), fill(data.info[:], n.body)); err != nil {
		return err
	}
	if ok, _, err := shellNotifyIcon.Call(nimModify, uintptr(unsafe.Pointer(&data))); ok == 0 {
		return fmt.Errorf("%w: %w", errBalloonNotTaken, err)
	}
	return nil
}

// fill puts a text and a NUL into a field, cut where the field ends.
func fill(field []uint16, text string) error {
	b, err := windows.UTF16FromString(text)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotAText, err)
	}
	if len(b) > len(field) {
		b = append(b[:len(field)-2], '…', 0)
	}
	copy(field, b)
	return nil
}

// iconWindow finds the window that owns the icon of this process.
func iconWindow() (windows.Handle, error) {
	class, err := windows.UTF16PtrFromString(systrayClass)
	if err != nil {
		return 0, err
	}
	var window uintptr
	for range maxWindows {
		window, _, _ = findWindowEx.Call(0, window, uintptr(unsafe.Pointer(class)), 0)
		if window == 0 {
			break
		}
		var process uint32
		if _, err := windows.GetWindowThreadProcessId(windows.HWND(window), &process); err == nil && process == windows.GetCurrentProcessId() {
			return windows.Handle(window), nil
		}
	}
	return 0, errNoIconWindow
}

// locked: while the screen is locked, or a User Account Control prompt is shown, the desktop that takes input is not ours
// to open.
func (balloonNotifier) locked() bool {
	desktop, _, _ := openInputDesktop.Call(0, 0, desktopReadObjects)
	if desktop == 0 {
		return true
	}
	_, _, _ = closeDesktop.Call(desktop)
	return false
}

// watchLock: no program loads libponte-pkcs11 on this system yet (docs/tls.md), so there is no card to lock.
func (balloonNotifier) watchLock(context.Context, func()) {}
