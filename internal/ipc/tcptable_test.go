// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"
)

// row is one connection as Windows writes it.
type row struct {
	local, remote string
	state, pid    uint32
	since         uint64
}

// write makes a table of the form. It says that it has more rows by the number more.
func (f tcpForm) write(more int, rows ...row) []byte {
	table := binary.LittleEndian.AppendUint64(nil, 0xCCCCCCCC_00000000|uint64(len(rows)+more))
	for _, r := range rows {
		b := make([]byte, f.row)
		local, remote := netip.MustParseAddrPort(r.local), netip.MustParseAddrPort(r.remote)
		copy(b[f.local:], local.Addr().AsSlice())
		copy(b[f.remote:], remote.Addr().AsSlice())
		binary.BigEndian.PutUint16(b[f.localPort:], local.Port())
		binary.BigEndian.PutUint16(b[f.remotePort:], remote.Port())
		binary.LittleEndian.PutUint16(b[f.remotePort+2:], 0xCCCC) // the upper half may hold anything
		binary.LittleEndian.PutUint32(b[f.state:], r.state)
		binary.LittleEndian.PutUint32(b[f.pid:], r.pid)
		binary.LittleEndian.PutUint64(b[f.since:], r.since)
		table = append(table, b...)
	}
	return table
}

var (
	rows4 = []row{
		{"127.0.0.1:24880", "0.0.0.0:0", 2, 70, 1},
		{"127.0.0.1:24880", "127.0.0.1:40000", 5, 71, 2},
		{"127.0.0.1:40000", "127.0.0.1:24880", 5, 72, 3},
		{"127.0.0.1:40001", "127.0.0.1:24880", 11, 0, 4}, // TIME_WAIT
		{"127.0.0.1:40002", "127.0.0.1:24880", 8, 73, 5}, // CLOSE_WAIT
		{"127.0.0.1:40003", "127.0.0.1:24880", 5, 0, 6},
	}
	rows6 = []row{
		{"[::1]:40004", "[::1]:24880", 5, 74, 7},
		{"[::ffff:127.0.0.1]:40005", "[::ffff:127.0.0.1]:24880", 5, 75, 8},
	}
)

func TestTheOwnerOfAConnectionIsFoundInTheTablesOfWindows(t *testing.T) {
	table4, table6 := tcpForm4.write(0, rows4...), tcpForm6.write(0, rows6...)
	for _, c := range []struct {
		name          string
		form          tcpForm
		table         []byte
		local, remote string
		pid           int // 0: none
		since         uint64
	}{
		{"a port that nobody has", tcpForm4, table4, "127.0.0.1:40009", "127.0.0.1:24880", 0, 0},
		{"an address that nobody has", tcpForm4, table4, "127.0.0.2:40000", "127.0.0.1:24880", 0, 0},
		{"a client of another server", tcpForm4, table4, "127.0.0.1:40000", "127.0.0.1:24881", 0, 0},
		{"a connection in TIME_WAIT, which nobody owns", tcpForm4, table4, "127.0.0.1:40001", "127.0.0.1:24880", 0, 0},
		{"a connection that its server has closed", tcpForm4, table4, "127.0.0.1:40002", "127.0.0.1:24880", 0, 0},
		{"a connection of the number 0", tcpForm4, table4, "127.0.0.1:40003", "127.0.0.1:24880", 0, 0},
		{"a listening socket", tcpForm4, table4, "127.0.0.1:24880", "0.0.0.0:0", 0, 0},
		{"a row that is cut", tcpForm4, tcpForm4.write(1, rows4[2])[:tcpTableHead+tcpForm4.row-1], "127.0.0.1:40000", "127.0.0.1:24880", 0, 0},
		{"a row behind those that count", tcpForm4, tcpForm4.write(-1, rows4[1], rows4[2]), "127.0.0.1:40000", "127.0.0.1:24880", 0, 0},
		{"an empty table", tcpForm4, nil, "127.0.0.1:40000", "127.0.0.1:24880", 0, 0},
		{"a head that is cut", tcpForm6, table6[:7], "[::1]:40004", "[::1]:24880", 0, 0},
		{"a client", tcpForm4, table4, "127.0.0.1:40000", "127.0.0.1:24880", 72, 3},
		{"the other end of it is another socket", tcpForm4, table4, "127.0.0.1:24880", "127.0.0.1:40000", 71, 2},
		{"IPv6", tcpForm6, table6, "[::1]:40004", "[::1]:24880", 74, 7},
		{"IPv4 through an IPv6 socket", tcpForm6, table6, "127.0.0.1:40005", "127.0.0.1:24880", 75, 8},
		{"IPv4-mapped in the question", tcpForm4, table4, "[::ffff:127.0.0.1]:40000", "[::ffff:127.0.0.1]:24880", 72, 3},
		{"a table that counts more rows than it holds", tcpForm4, tcpForm4.write(1<<30, rows4...), "127.0.0.1:40000", "127.0.0.1:24880", 72, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.form.find(c.table, netip.MustParseAddrPort(c.local), netip.MustParseAddrPort(c.remote))
			if c.pid == 0 {
				if !errors.Is(err, errNoSocket) {
					t.Errorf("%+v, %v; want none", got, err)
				}
				return
			}
			if err != nil || got != (tcpConnection{c.pid, c.since}) {
				t.Errorf("%+v, %v; want process %d since %d", got, err, c.pid, c.since)
			}
		})
	}
}

func FuzzTablesOfWindows(f *testing.F) {
	f.Add(tcpForm4.write(0, rows4...), false)
	f.Add(tcpForm6.write(3, rows6...), true)
	f.Fuzz(func(t *testing.T, table []byte, six bool) {
		form := tcpForm4
		if six {
			form = tcpForm6
		}
		c, err := form.find(table, netip.MustParseAddrPort("127.0.0.1:40000"), netip.MustParseAddrPort("127.0.0.1:24880"))
		if err == nil && (c.pid == 0 || len(table) < tcpTableHead+form.row) {
			t.Errorf("found %+v in %x", c, table)
		}
	})
}
