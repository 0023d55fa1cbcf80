// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"
)

// pcb is one socket as macOS lists it.
type pcb struct {
	local, remote string
	uid, state    uint32
}

const orphaned = 0xFFFF_FFFF // no process holds the socket

// pcbList writes a list: a head, some six records for each socket, a head again. Lengths are those of a real kernel.
func pcbList(sockets ...pcb) []byte {
	record := func(list []byte, length int, kind uint32, fill func(b []byte)) []byte {
		b := make([]byte, (length+7)&^7)
		binary.LittleEndian.PutUint32(b, uint32(length))
		binary.LittleEndian.PutUint32(b[4:], kind)
		fill(b)
		return append(list, b...)
	}
	nothing := func([]byte) {}
	list := record(nil, pcbHead, uint32(len(sockets)), nothing)
	for _, s := range sockets {
		list = record(list, 104, pcbAddresses, func(b []byte) {
			write := func(of string, address, port int) {
				a := netip.MustParseAddrPort(of)
				binary.BigEndian.PutUint16(b[port:], a.Port())
				b[pcbFamily] = 2
				if a.Addr().Is4() {
					b[pcbFamily] = pcbIPv4
					address += 12
				}
				copy(b[address:], a.Addr().AsSlice())
			}
			write(s.local, pcbLocal, pcbLocalPort)
			write(s.remote, pcbRemote, pcbRemotePort)
		})
		list = record(list, 76, pcbSocket, func(b []byte) {
			if s.uid != orphaned {
				b[pcbType] = pcbStream
				binary.LittleEndian.PutUint32(b[pcbUID:], s.uid)
			}
		})
		for _, buffer := range []uint32{2, 4} { // XSO_RCVBUF, XSO_SNDBUF
			list = record(list, 32, buffer, nothing)
		}
		list = record(list, 136, 8, nothing) // XSO_STATS
		list = record(list, 204, pcbTCP, func(b []byte) { binary.LittleEndian.PutUint32(b[pcbState:], s.state) })
	}
	return record(list, pcbHead, pcbSocket, nothing) // how many there are may look like a kind
}

func TestTheUserOfAConnectionIsFoundInTheListOfMacOS(t *testing.T) {
	const listening, established, closeWait = 1, 4, 5
	list := pcbList(
		pcb{"127.0.0.1:24880", "0.0.0.0:0", 501, listening},
		pcb{"127.0.0.1:24880", "127.0.0.1:40000", 501, established},
		pcb{"127.0.0.1:40000", "127.0.0.1:24880", 502, established},
		pcb{"127.0.0.1:40001", "127.0.0.1:24880", 501, closeWait},
		pcb{"127.0.0.1:40004", "127.0.0.1:24880", orphaned, established},
		pcb{"[::1]:40002", "[::1]:24880", 503, established},
		pcb{"[::ffff:127.0.0.1]:40003", "[::ffff:127.0.0.1]:24880", 504, established},
	)
	for _, c := range []struct {
		name          string
		list          []byte
		local, remote string
		uid           int // -1: none
	}{
		{"a port that nobody has", list, "127.0.0.1:40009", "127.0.0.1:24880", -1},
		{"an address that nobody has", list, "127.0.0.2:40000", "127.0.0.1:24880", -1},
		{"a client of another server", list, "127.0.0.1:40000", "127.0.0.1:24881", -1},
		{"a connection that its server has closed", list, "127.0.0.1:40001", "127.0.0.1:24880", -1},
		{"a socket that no process holds, which shows user 0", list, "127.0.0.1:40004", "127.0.0.1:24880", -1},
		{"a listening socket", list, "127.0.0.1:24880", "0.0.0.0:0", -1},
		{"an empty list", nil, "127.0.0.1:40000", "127.0.0.1:24880", -1},
		{"a head alone", pcbList(), "127.0.0.1:40000", "127.0.0.1:24880", -1},
		{"a list that is cut before the state", pcbList(pcb{"127.0.0.1:40000", "127.0.0.1:24880", 502, established})[:24+104+80+32], "127.0.0.1:40000", "127.0.0.1:24880", -1},
		{"a client", list, "127.0.0.1:40000", "127.0.0.1:24880", 502},
		{"the other end of it is another socket", list, "127.0.0.1:24880", "127.0.0.1:40000", 501},
		{"IPv6", list, "[::1]:40002", "[::1]:24880", 503},
		{"IPv4 through an IPv6 socket", list, "127.0.0.1:40003", "127.0.0.1:24880", 504},
		{"IPv4-mapped in the question", list, "[::ffff:127.0.0.1]:40000", "[::ffff:127.0.0.1]:24880", 502},
	} {
		t.Run(c.name, func(t *testing.T) {
			uid, err := listedOwner(c.list, netip.MustParseAddrPort(c.local), netip.MustParseAddrPort(c.remote))
			wantOwner(t, uid, err, c.uid)
		})
	}
}

func TestTheUserOfOneSocketIsNotTakenForThatOfTheNext(t *testing.T) {
	const established, closeWait = 4, 5
	first := pcbList(pcb{"127.0.0.1:40000", "127.0.0.1:24880", 501, closeWait})
	second := pcbList(pcb{"127.0.0.1:40000", "127.0.0.1:24880", 502, established})
	withoutSocket := append(append([]byte{}, first[:len(first)-pcbHead]...), second[pcbHead:pcbHead+104]...)
	withoutSocket = append(withoutSocket, second[pcbHead+104+80:]...)
	uid, err := listedOwner(withoutSocket, netip.MustParseAddrPort("127.0.0.1:40000"), netip.MustParseAddrPort("127.0.0.1:24880"))
	if !errors.Is(err, errNoSocket) {
		t.Errorf("user %d, %v", uid, err)
	}
}

func FuzzListsOfMacOS(f *testing.F) {
	f.Add(pcbList(pcb{"127.0.0.1:40000", "127.0.0.1:24880", 502, 4}))
	f.Add([]byte{24, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 16, 0, 0, 0})
	f.Fuzz(func(t *testing.T, list []byte) {
		local, remote := netip.MustParseAddrPort("127.0.0.1:40000"), netip.MustParseAddrPort("127.0.0.1:24880")
		if uid, err := listedOwner(list, local, remote); err == nil && len(list) < 80+68+40 {
			t.Errorf("found user %d in %x", uid, list)
		}
	})
}
