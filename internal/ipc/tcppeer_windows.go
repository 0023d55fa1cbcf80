// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/windows"
)

// CheckTCPPeer gives an error unless the client at remote, connected to us at local, is a process of our own user in our
// own session: every user of a machine can reach its loopback. It is ErrForeign for a client of another user.
func CheckTCPPeer(local, remote netip.AddrPort) error {
	return tcpOwners{find: findTCP, open: openOwner, own: ownOwner}.check(remote, local) // the client's end: its local address is our remote one
}

var getExtendedTCPTable = windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetExtendedTcpTable")

const (
	ownerModuleConnections = 7        // TCP_TABLE_OWNER_MODULE_CONNECTIONS: those with an owner also tell since when
	tcpTableRoom           = 64 << 10 // for a start
	maxTCPTable            = 32 << 20 // some 200,000 connections
)

// findTCP looks into both tables: a client may reach 127.0.0.1 with a socket of either family.
func findTCP(local, remote netip.AddrPort) (tcpConnection, error) {
	for _, of := range []struct {
		family uintptr
		form   tcpForm
	}{{windows.AF_INET, tcpForm4}, {windows.AF_INET6, tcpForm6}} {
		table, err := tcpTable(of.family)
		if err != nil {
			return tcpConnection{}, fmt.Errorf("reading the table of connections: %w", err)
		}
		if c, err := of.form.find(table, local, remote); err == nil {
			return c, nil
		}
	}
	return tcpConnection{}, errNoSocket
}

// tcpTable reads a table, which may grow while it is read.
func tcpTable(family uintptr) ([]byte, error) {
	for size := uint32(tcpTableRoom); size <= maxTCPTable; {
		table := make([]byte, size)
		has := size
		code, _, _ := getExtendedTCPTable.Call(uintptr(unsafe.Pointer(&table[0])), uintptr(unsafe.Pointer(&has)), 0, family, ownerModuleConnections, 0)
		switch windows.Errno(code) {
		case windows.ERROR_SUCCESS:
			return table, nil
		case windows.ERROR_INSUFFICIENT_BUFFER:
			size = max(2*size, has)
		default:
			return nil, windows.Errno(code)
		}
	}
	return nil, windows.ERROR_INSUFFICIENT_BUFFER
}

func openOwner(pid int) (processOwner, func(), error) {
	h, err := openProcess(pid)
	if err != nil {
		return processOwner{}, nil, err
	}
	closeProcess := func() { _ = windows.CloseHandle(h) }
	o, err := ownerOf(h)
	if err != nil {
		closeProcess()
		return processOwner{}, nil, err
	}
	return o, closeProcess, nil
}

func ownOwner() (processOwner, error) { return ownerOf(windows.CurrentProcess()) }

func ownerOf(process windows.Handle) (o processOwner, err error) {
	var t windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &t); err != nil {
		return o, fmt.Errorf("opening the token: %w", err)
	}
	defer func() { _ = t.Close() }()
	if o.uid, err = tokenUID(t); err != nil {
		return o, err
	}
	var n uint32
	if err := windows.GetTokenInformation(t, windows.TokenSessionId, (*byte)(unsafe.Pointer(&o.session)), uint32(unsafe.Sizeof(o.session)), &n); err != nil {
		return o, fmt.Errorf("asking for the session of a token: %w", err)
	}
	o.start, err = startOf(process)
	return o, err
}
