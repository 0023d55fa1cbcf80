// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"encoding/binary"
	"net/netip"
)

// tcpConnection is what a table of Windows says of one end of a connection.
type tcpConnection struct {
	pid   int    // of the process that made the socket; others may hold it since
	since uint64 // when the socket got its address, as a FILETIME; 0 where it is not told
}

// tcpForm is where the fields of one row are, in a table of GetExtendedTcpTable that has the owners and the times of the
// connections: MIB_TCPTABLE_OWNER_MODULE and MIB_TCP6TABLE_OWNER_MODULE (tcpmib.h).
type tcpForm struct {
	row, address                                     int // sizes
	state, local, localPort, remote, remotePort, pid int
	since                                            int
}

var (
	tcpForm4 = tcpForm{row: 160, address: 4, state: 0, local: 4, localPort: 8, remote: 12, remotePort: 16, pid: 20, since: 24}
	tcpForm6 = tcpForm{row: 192, address: 16, local: 0, localPort: 20, remote: 24, remotePort: 44, state: 48, pid: 52, since: 56}
)

const (
	tcpTableHead   = 8 // how many rows there are, and what brings them to a multiple of 8
	tcpEstablished = 5 // MIB_TCP_STATE_ESTAB
)

// find looks for the established connection that has the address local and is connected to remote. Rows that the table
// counts and does not hold are not there.
func (f tcpForm) find(table []byte, local, remote netip.AddrPort) (tcpConnection, error) {
	if len(table) < tcpTableHead {
		return tcpConnection{}, errNoSocket
	}
	rows := table[tcpTableHead:]
	for n := binary.LittleEndian.Uint32(table); n > 0 && len(rows) >= f.row; n-- {
		row := rows[:f.row]
		rows = rows[f.row:]
		pid := binary.LittleEndian.Uint32(row[f.pid:])
		if binary.LittleEndian.Uint32(row[f.state:]) != tcpEstablished || pid == 0 {
			continue
		}
		if f.addressAt(row, f.local, f.localPort) == canonical(local) && f.addressAt(row, f.remote, f.remotePort) == canonical(remote) {
			return tcpConnection{pid: int(pid), since: binary.LittleEndian.Uint64(row[f.since:])}, nil
		}
	}
	return tcpConnection{}, errNoSocket
}

// addressAt reads an address and a port, both as they are on the wire.
func (f tcpForm) addressAt(row []byte, address, port int) netip.AddrPort {
	a, _ := netip.AddrFromSlice(row[address : address+f.address])
	return canonical(netip.AddrPortFrom(a, binary.BigEndian.Uint16(row[port:])))
}
