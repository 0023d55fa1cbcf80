// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/binary"
	"fmt"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Places in CK_FUNCTION_LIST, which begins with 2 bytes of version. On Windows the structures of PKCS#11 are packed, and
// CK_ULONG has 4 bytes.
const (
	initialize      = 0
	getSlotList     = 4
	getTokenInfo    = 6
	openSession     = 12
	findObjectsInit = 26
	findObjects     = 27
)

// module loads a PKCS#11 module as a browser does, and says what the token in its first slot holds.
func module(path string) error {
	dll, err := windows.LoadDLL(path)
	if err != nil {
		return err
	}
	getFunctionList, err := dll.FindProc("C_GetFunctionList")
	if err != nil {
		return err
	}
	var list *[2 + 8*68]byte
	if rv, _, _ := getFunctionList.Call(uintptr(unsafe.Pointer(&list))); rv != 0 {
		return fmt.Errorf("C_GetFunctionList: %#x", rv)
	}
	for _, f := range []struct {
		name  string
		place int
		args  []uintptr
	}{
		{"C_Initialize", initialize, []uintptr{0}},
		{"C_GetSlotList", getSlotList, []uintptr{0, address(&slots), address(&slotCount)}},
		{"C_GetTokenInfo", getTokenInfo, []uintptr{1, address(&token)}},
		{"C_OpenSession", openSession, []uintptr{1, serialSession, 0, 0, address(&session)}},
		{"C_FindObjectsInit", findObjectsInit, []uintptr{0, 0, 0}},
		{"C_FindObjects", findObjects, []uintptr{0, address(&objects), uintptr(len(objects)), address(&objectCount)}},
	} {
		if f.place == getTokenInfo || f.place == openSession {
			f.args[0] = uintptr(slots[0])
		}
		if f.place >= findObjectsInit {
			f.args[0] = uintptr(session)
		}
		rv, _, _ := syscall.SyscallN(uintptr(binary.LittleEndian.Uint64(list[2+8*f.place:])), f.args...)
		if uint32(rv) != 0 {
			return fmt.Errorf("%s: %#x", f.name, uint32(rv))
		}
	}
	fmt.Printf("token %q with %d objects\n", strings.TrimSpace(string(token[:32])), objectCount)
	return nil
}

const serialSession = 4 // CKF_SERIAL_SESSION

// What the module fills in.
var (
	slots, objects                  [8]uint32
	slotCount, objectCount, session uint32 = 8, 0, 0
	token                           [512]byte
)

func address[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

// take connects to the pipe of an agent and lets go: see takeFirst of the tests.
func take(socket string) error {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(`\\.\pipe\ponte-` + user.User.Sid.String() + "-" + socket)
	if err != nil {
		return err
	}
	h, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return err
	}
	return windows.CloseHandle(h)
}
