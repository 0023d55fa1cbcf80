// SPDX-License-Identifier: EUPL-1.2

//go:build windows

// Command visitor is what the tests send to the doors of an agent that was installed: a page with a WebSocket, and a
// browser that loads the module. It is no browser, and part of no release.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/gorilla/websocket"
	"golang.org/x/sys/windows"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "page":
		return page(args[1], args[2])
	case len(args) == 2 && args[0] == "module":
		return module(args[1])
	case len(args) == 2 && args[0] == "take":
		return take(args[1])
	}
	return errors.New("visitor page ORIGIN PORT | module DLL | take SOCKET")
}

// page says hello.
func page(origin, port string) error {
	dialer := websocket.Dialer{Subprotocols: []string{"ponte.v1"}, HandshakeTimeout: time.Minute}
	ws, answer, err := dialer.Dial("ws://127.0.0.1:"+port+"/v1", http.Header{"Origin": {origin}})
	if answer != nil && answer.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("refused: %d", answer.StatusCode)
	}
	if err != nil {
		return err
	}
	defer ws.Close()
	hello := `{"jsonrpc":"2.0","id":1,"method":"bridge.hello","params":{"protocol":1,"client":{"name":"visitor","version":"1"}}}`
	if err := errors.Join(ws.SetReadDeadline(time.Now().Add(time.Minute)), ws.WriteMessage(websocket.TextMessage, []byte(hello))); err != nil {
		return err
	}
	_, message, err := ws.ReadMessage()
	fmt.Printf("%s\n", message)
	return err
}

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
