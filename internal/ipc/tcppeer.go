// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// errNoSocket is returned when no established socket has the two addresses.
var errNoSocket = errors.New("no such socket")

// socketOwner finds, in a table of the form of /proc/net/tcp or /proc/net/tcp6 (proc_pid_net(5)), the user id of the
// established socket that has the address local and is connected to remote. Sockets that no process holds any more show
// the user id 0, so they are not looked at.
func socketOwner(table io.Reader, local, remote netip.AddrPort) (uid uint32, err error) {
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		// sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
		const fieldLocal, fieldRemote, fieldState, fieldUID, fieldInode = 1, 2, 3, 7, 9
		const established = "01"
		if len(f) <= fieldInode || f[fieldState] != established || f[fieldInode] == "0" {
			continue
		}
		if l, ok := parseSocketAddress(f[fieldLocal]); !ok || l != canonical(local) {
			continue
		}
		if r, ok := parseSocketAddress(f[fieldRemote]); !ok || r != canonical(remote) {
			continue
		}
		n, err := strconv.ParseUint(f[fieldUID], 10, 32)
		if err != nil {
			return 0, errNoSocket
		}
		return uint32(n), nil
	}
	if err := lines.Err(); err != nil {
		return 0, err
	}
	return 0, errNoSocket
}

// parseSocketAddress reads "0100007F:6130": an address as 32-bit words in the machine's order, a port.
func parseSocketAddress(s string) (netip.AddrPort, bool) {
	host, port, ok := strings.Cut(s, ":")
	if !ok || len(port) != 4 || (len(host) != 8 && len(host) != 32) {
		return netip.AddrPort{}, false
	}
	b, err := hex.DecodeString(host)
	if err != nil {
		return netip.AddrPort{}, false
	}
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	a, _ := netip.AddrFromSlice(b)
	return canonical(netip.AddrPortFrom(a, uint16(n))), true
}

// canonical makes an IPv4 address of an IPv4-mapped one: a client may reach 127.0.0.1 with a socket of either family.
func canonical(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}
