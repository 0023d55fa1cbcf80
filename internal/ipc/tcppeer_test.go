// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"net/netip"
	"strings"
	"testing"
)

// table is what the kernel shows of: a listening socket, the two ends of 127.0.0.1:40000 -> 127.0.0.1:24880 (users 1000
// and 1001; as little-endian machines write it), an orphan and a closing one on the same address, and a client with an IPv6 socket.
const (
	table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:6130 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 11 1 0 100 0 0 10 0
   1: 0100007F:6130 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1001        0 12 1 0 20 4 30 10 -1
   2: 0100007F:9C40 0100007F:6130 01 00000000:00000000 00:00000000 00000000  1000        0 13 1 0 20 4 30 10 -1
   3: 0100007F:9C41 0100007F:6130 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1
   4: 0100007F:9C42 0100007F:6130 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
   5: 0100007F:9C46 0100007F:6130 08 00000000:00000000 00:00000000 00000000  1000        0 15 1 0 20 4 30 10 -1
   6: 0100007F:9C43 0100007F:6130 01 00000000:00000000 00:00000000 00000000     x        0 14 1 0
`
	table6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:9C44 0000000000000000FFFF00000100007F:6130 01 00000000:00000000 00:00000000 00000000  1000        0 21 1 0 20 4 30 10 -1
   1: 00000000000000000000000001000000:9C45 00000000000000000000000001000000:6130 01 00000000:00000000 00:00000000 00000000  1002        0 22 1 0 20 4 30 10 -1
`
)

func TestSocketOwner(t *testing.T) {
	for _, c := range []struct {
		name, table, local, remote string
		uid                        int // -1: none
	}{
		{"a client", table, "127.0.0.1:40000", "127.0.0.1:24880", 1000},
		{"the other end of it is another socket", table, "127.0.0.1:24880", "127.0.0.1:40000", 1001},
		{"a port that nobody has", table, "127.0.0.1:40009", "127.0.0.1:24880", -1},
		{"an address that nobody has", table, "127.0.0.2:40000", "127.0.0.1:24880", -1},
		{"a client of another server", table, "127.0.0.1:40000", "127.0.0.1:24881", -1},
		{"an orphan, which shows user 0", table, "127.0.0.1:40001", "127.0.0.1:24880", -1},
		{"a connection in TIME_WAIT, which shows user 0", table, "127.0.0.1:40002", "127.0.0.1:24880", -1},
		{"a connection that its server has closed", table, "127.0.0.1:40006", "127.0.0.1:24880", -1},
		{"a user that is not a number", table, "127.0.0.1:40003", "127.0.0.1:24880", -1},
		{"IPv4 through an IPv6 socket", table6, "127.0.0.1:40004", "127.0.0.1:24880", 1000},
		{"IPv6", table6, "[::1]:40005", "[::1]:24880", 1002},
		{"IPv4-mapped in the question", table, "[::ffff:127.0.0.1]:40000", "[::ffff:127.0.0.1]:24880", 1000},
		{"an empty table", "", "127.0.0.1:40000", "127.0.0.1:24880", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			uid, err := socketOwner(strings.NewReader(c.table), netip.MustParseAddrPort(c.local), netip.MustParseAddrPort(c.remote))
			wantOwner(t, uid, err, c.uid)
		})
	}
}

func FuzzSocketTable(f *testing.F) {
	f.Add(table)
	f.Add(table6)
	f.Add("   0: 0100007F:9C40 0100007F:6130 01 0 0 0 0 0 0 0\n")
	f.Add("a b c 01 e f g h i j k")
	f.Fuzz(func(t *testing.T, in string) {
		local, remote := netip.MustParseAddrPort("127.0.0.1:40000"), netip.MustParseAddrPort("127.0.0.1:24880")
		if _, err := socketOwner(strings.NewReader(in), local, remote); err == nil && !strings.Contains(strings.ToUpper(in), ":9C40") {
			t.Errorf("found a socket in %q", in)
		}
	})
}
