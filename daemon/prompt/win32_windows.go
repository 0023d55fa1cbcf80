// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// The functions of Windows that a dialog needs and x/sys does not have. Those of the second group are missing from old
// versions (and from 32-bit ones): find them before calling them.
var (
	user32   = windows.NewLazySystemDLL("user32.dll")
	gdi32    = windows.NewLazySystemDLL("gdi32.dll")
	kernel32 = windows.NewLazySystemDLL("kernel32.dll")
	shcore   = windows.NewLazySystemDLL("shcore.dll")

	adjustWindowRectEx       = user32.NewProc("AdjustWindowRectEx")
	attachThreadInput        = user32.NewProc("AttachThreadInput")
	bringWindowToTop         = user32.NewProc("BringWindowToTop")
	callWindowProc           = user32.NewProc("CallWindowProcW")
	closeClipboard           = user32.NewProc("CloseClipboard")
	createWindowEx           = user32.NewProc("CreateWindowExW")
	destroyIcon              = user32.NewProc("DestroyIcon")
	dialogBoxIndirectParam   = user32.NewProc("DialogBoxIndirectParamW")
	drawText                 = user32.NewProc("DrawTextW")
	endDialog                = user32.NewProc("EndDialog")
	endMenu                  = user32.NewProc("EndMenu")
	fillRect                 = user32.NewProc("FillRect")
	flashWindow              = user32.NewProc("FlashWindow")
	getClientRect            = user32.NewProc("GetClientRect")
	getClipboardData         = user32.NewProc("GetClipboardData")
	getDC                    = user32.NewProc("GetDC")
	getKeyState              = user32.NewProc("GetKeyState")
	getMonitorInfo           = user32.NewProc("GetMonitorInfoW")
	getProcessWindowStation  = user32.NewProc("GetProcessWindowStation")
	getSysColor              = user32.NewProc("GetSysColor")
	getSysColorBrush         = user32.NewProc("GetSysColorBrush")
	getUserObjectInformation = user32.NewProc("GetUserObjectInformationW")
	invalidateRect           = user32.NewProc("InvalidateRect")
	isHungAppWindow          = user32.NewProc("IsHungAppWindow")
	loadImage                = user32.NewProc("LoadImageW")
	messageBeep              = user32.NewProc("MessageBeep")
	monitorFromWindow        = user32.NewProc("MonitorFromWindow")
	openClipboard            = user32.NewProc("OpenClipboard")
	postMessage              = user32.NewProc("PostMessageW")
	releaseDC                = user32.NewProc("ReleaseDC")
	sendMessage              = user32.NewProc("SendMessageW")
	setForegroundWindow      = user32.NewProc("SetForegroundWindow")
	setWindowLong            = user32.NewProc("SetWindowLongW")
	setWindowPos             = user32.NewProc("SetWindowPos")
	systemParametersInfo     = user32.NewProc("SystemParametersInfoW")
	createFontIndirect       = gdi32.NewProc("CreateFontIndirectW")
	deleteObject             = gdi32.NewProc("DeleteObject")
	getDeviceCaps            = gdi32.NewProc("GetDeviceCaps")
	getTextExtentPoint32     = gdi32.NewProc("GetTextExtentPoint32W")
	selectObject             = gdi32.NewProc("SelectObject")
	setBkColor               = gdi32.NewProc("SetBkColor")
	setTextColor             = gdi32.NewProc("SetTextColor")
	activateActCtx           = kernel32.NewProc("ActivateActCtx")
	createActCtx             = kernel32.NewProc("CreateActCtxW")
	deactivateActCtx         = kernel32.NewProc("DeactivateActCtx")
	globalLock               = kernel32.NewProc("GlobalLock")
	getWindowRect            = user32.NewProc("GetWindowRect")
	globalSize               = kernel32.NewProc("GlobalSize")
	globalUnlock             = kernel32.NewProc("GlobalUnlock")
	releaseActCtx            = kernel32.NewProc("ReleaseActCtx")

	adjustWindowRectExForDpi     = user32.NewProc("AdjustWindowRectExForDpi")     // Windows 10, 1607
	getDpiForMonitor             = shcore.NewProc("GetDpiForMonitor")             // Windows 8.1
	setDialogDpiChangeBehavior   = user32.NewProc("SetDialogDpiChangeBehavior")   // Windows 10, 1703
	setThreadDpiAwarenessContext = user32.NewProc("SetThreadDpiAwarenessContext") // Windows 10, 1607
	setWindowLongPtr             = user32.NewProc("SetWindowLongPtrW")            // 64-bit Windows
	systemParametersInfoForDpi   = user32.NewProc("SystemParametersInfoForDpi")   // Windows 10, 1607
)

// Constants of winuser.h, wingdi.h, commctrl.h and winnls.h.
const (
	wsPopup, wsCaption, wsSysMenu, wsChild = 0x80000000, 0x00C00000, 0x00080000, 0x40000000
	wsVisible, wsTabStop, wsGroup          = 0x10000000, 0x00010000, 0x00020000
	wsVScroll                              = 0x00200000
	wsExTopmost, wsExClientEdge            = 0x00000008, 0x00000200
	wsExDlgModalFrame, wsExAppWindow       = 0x00000001, 0x00040000
	dsModalFrame, dsNoIdleMsg              = 0x80, 0x100

	ssIcon, ssNoPrefix                      = 0x03, 0x80
	esMultiline, esPassword                 = 0x04, 0x20
	esAutoHScroll, esReadOnly, esNumber     = 0x80, 0x800, 0x2000
	bsDefPushButton                         = 0x01
	wmSetFocus, wmSetText, wmGetText        = 0x07, 0x0C, 0x0D
	wmClose, wmEraseBkgnd, wmSysColorChange = 0x10, 0x14, 0x15
	wmSetFont, wmChar, wmInitDialog         = 0x30, 0x102, 0x110
	wmCommand, wmCtlColorEdit               = 0x111, 0x133
	wmCtlColorBtn, wmCtlColorDlg            = 0x135, 0x136
	wmCtlColorStatic, wmNextDlgCtl          = 0x138, 0x28
	wmCut, wmCopy, wmPaste, wmDpiChanged    = 0x300, 0x301, 0x302, 0x2E0
	wmApp                                   = 0x8000
	emScrollCaret, emSetMargins             = 0xB7, 0xD3
	emSetSel, emLimitText, emReplaceSel     = 0xB1, 0xC5, 0xC2
	wmKeyDown, vkShift, vkInsert, vkDelete  = 0x100, 0x10, 0x2D, 0x2E
	ctrlC, ctrlV, ctrlX                     = 0x03, 0x16, 0x18 // as characters
	wmGetDlgCode, dlgcHasSetSel             = 0x87, 0x08
	bmSetStyle                              = 0xF4
	dmSetDefID, stmSetImage                 = 0x401, 0x172
	idOK, idCancel, idNo                    = 1, 2, 7
	colorWindow, color3DFace, color3DLight  = 5, 15, 22
	colorWindowText                         = 8
	spiGetNonClientMetrics, spiHighContrast = 0x29, 0x42
	highContrastOn                          = 1
	imageIcon, oicWarning                   = 1, 32515
	monitorDefaultToPrimary                 = 1
	swpShow, swpHide                        = 0x40, 0x80
	swpNoZOrder, swpNoActivate              = 0x04, 0x10
	dtWordBreak, dtExpandTabs, dtCalcRect   = 0x10, 0x40, 0x400
	dtExternalLeading, dtNoPrefix           = 0x200, 0x800
	cfUnicodeText                           = 13
	mbIconWarning                           = 0x30
	logPixelsY                              = 90
	gwlpWndProc                             = -4
	dwlpMsgResult                           = 0
	dpiAwarenessPerMonitorV2, dpiMonitor    = -4, 0
	uoiFlags, wsfVisible                    = 1, 1
	actCtxAssemblyDirectory, actCtxResource = 0x04, 0x08
	standardDPI                             = 96
)

type (
	point struct{ x, y int32 }
	rect  struct{ left, top, right, bottom int32 }

	dialogTemplate struct { // DLGTEMPLATE with no menu, class, title and item
		style, exStyle    uint32
		items             uint16
		x, y, cx, cy      int16
		menu, class, text uint16
	}

	logFont struct { // LOGFONTW
		height, width, escapement, orientation, weight                            int32
		italic, underline, strikeOut, charSet, outPrecision, clip, quality, pitch byte
		face                                                                      [32]uint16
	}

	nonClientMetrics struct { // NONCLIENTMETRICSW
		size                                   uint32
		borderWidth, scrollWidth, scrollHeight int32
		captionWidth, captionHeight            int32
		captionFont                            logFont
		smallCaptionWidth, smallCaptionHeight  int32
		smallCaptionFont                       logFont
		menuWidth, menuHeight                  int32
		menuFont, statusFont, messageFont      logFont
		paddedBorderWidth                      int32
	}

	monitorInfo struct { // MONITORINFO
		size          uint32
		monitor, work rect
		flags         uint32
	}

	highContrast struct { // HIGHCONTRASTW
		size, flags uint32
		scheme      *uint16
	}

	actCtx struct { // ACTCTXW
		size, flags            uint32
		source                 *uint16
		architecture, language uint16
		assemblyDirectory      *uint16
		resource               uintptr
		application            *uint16
		module                 windows.Handle
	}
)

func (r rect) width() int  { return int(r.right - r.left) }
func (r rect) height() int { return int(r.bottom - r.top) }

// call calls a function of Windows and gives its result.
//
//go:uintptrescapes
func call(p *windows.LazyProc, args ...uintptr) uintptr {
	r, _, _ := p.Call(args...)
	return r
}

// has says whether this Windows has a function.
func has(p *windows.LazyProc) bool { return p.Find() == nil }

// signed makes a negative constant an argument.
func signed(n int) uintptr { return uintptr(n) }

// wide gives a text as Windows wants it: UTF-16, ended by 0. A 0 inside would end it early, so it becomes a space.
func wide(s string) *uint16 {
	p, err := windows.UTF16PtrFromString(s)
	if err != nil {
		return wide(withoutNUL(s))
	}
	return p
}

func withoutNUL(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == 0 {
			b[i] = ' '
		}
	}
	return string(b)
}

func setText(h windows.HWND, s string) {
	call(sendMessage, uintptr(h), wmSetText, 0, uintptr(unsafe.Pointer(wide(s))))
}
