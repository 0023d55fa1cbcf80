// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"encoding/binary"
	"net/netip"
)

// The kernel of macOS lists its TCP sockets as records of different kinds, several for each socket, in the order in which
// they are here (bsd/netinet/in_pcblist.c and the structures xinpcb_n, xsocket_n and xtcpcb_n of XNU, packed to 4 bytes).
// The first record and the last are a head, xinpgen, which says no kind.
const (
	pcbHead = 24 // length of xinpgen

	pcbAddresses   = 0x10 // XSO_INPCB
	pcbRemotePort  = 16
	pcbLocalPort   = 18
	pcbFamily      = 44
	pcbRemote      = 48
	pcbLocal       = 64
	pcbAddressSize = 16 // an IPv4 address has the last 4 bytes
	pcbIPv4        = 1  // INP_IPV4

	pcbSocket = 0x01 // XSO_SOCKET; all zeros where no process holds the socket any more
	pcbType   = 16
	pcbStream = 1 // SOCK_STREAM
	pcbUID    = 64

	pcbTCP         = 0x20 // XSO_TCPCB
	pcbState       = 36
	pcbEstablished = 4 // TCPS_ESTABLISHED
)

// listedOwner finds in such a list the user id of the established socket that has the address local and is connected to
// remote.
func listedOwner(list []byte, local, remote netip.AddrPort) (uid uint32, err error) {
	rest, ok := afterRecord(list)
	ours, known := false, false
	for ok && len(rest) >= 8 {
		r := rest[:min(len(rest), int(min(binary.LittleEndian.Uint32(rest), 1<<16)))]
		if len(r) <= pcbHead {
			break
		}
		switch kind := binary.LittleEndian.Uint32(r[4:]); {
		case kind == pcbAddresses && len(r) >= pcbLocal+pcbAddressSize:
			ours = pcbAddress(r, pcbLocal, pcbLocalPort) == canonical(local) && pcbAddress(r, pcbRemote, pcbRemotePort) == canonical(remote)
			known = false
		case kind == pcbSocket && len(r) >= pcbUID+4 && ours:
			uid, known = binary.LittleEndian.Uint32(r[pcbUID:]), binary.LittleEndian.Uint16(r[pcbType:]) == pcbStream
		case kind == pcbTCP && len(r) >= pcbState+4 && ours && known:
			if binary.LittleEndian.Uint32(r[pcbState:]) == pcbEstablished {
				return uid, nil
			}
		}
		rest, ok = afterRecord(rest)
	}
	return 0, errNoSocket
}

// afterRecord is what comes after the first record: each begins with its length, and the next one at a multiple of 8.
func afterRecord(list []byte) ([]byte, bool) {
	if len(list) < 8 {
		return nil, false
	}
	n := (uint64(binary.LittleEndian.Uint32(list)) + 7) &^ 7
	if n < 8 || n > uint64(len(list)) {
		return nil, false
	}
	return list[n:], true
}

func pcbAddress(r []byte, address, port int) netip.AddrPort {
	b := r[address : address+pcbAddressSize]
	if r[pcbFamily]&pcbIPv4 != 0 {
		b = b[12:]
	}
	a, _ := netip.AddrFromSlice(b)
	return canonical(netip.AddrPortFrom(a, binary.BigEndian.Uint16(r[port:])))
}
