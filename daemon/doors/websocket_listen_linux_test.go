// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

func TestT17_ClientOfAnotherUserIsRefused(t *testing.T) {
	b := &fakeBridge{}
	var local, remote netip.AddrPort
	d := serveDoor(t, &WebSocket{Bridge: b, ownPeer: func(l, r netip.AddrPort) error { local, remote = l, r; return errors.New("user 7") }})
	if got := d.say(d.head(get)); got != refusal {
		t.Errorf("answered %q", got)
	}
	if opened, _, _ := b.counts(); opened != 0 {
		t.Error("a channel was opened")
	}
	if int(local.Port()) != d.port || remote.Port() == local.Port() || !remote.Addr().IsLoopback() {
		t.Errorf("asked about %s connected to %s", remote, local)
	}
}

// TestT7_DoorListensOnLoopbackAlone looks at the sockets that the kernel says are listening.
func TestT7_DoorListensOnLoopbackAlone(t *testing.T) {
	listeners, port, err := ListenWebSocket(protocol.WebSocketPorts[:])
	must(t, err)
	defer closeAll(listeners)
	if port < 24880 || port > 24883 {
		t.Errorf("port %d", port)
	}
	found := listening(t, port)
	if len(found) != len(listeners) {
		t.Errorf("%d sockets listen on the port, want %d", len(found), len(listeners))
	}
	for _, a := range found {
		if a.Addr() != netip.MustParseAddr("127.0.0.1") && a.Addr() != netip.MustParseAddr("::1") {
			t.Errorf("the door listens on %s", a)
		}
	}
}

// loopbacks are the two addresses of loopback as little-endian machines write them; any other is no address here.
var loopbacks = map[string]netip.Addr{
	"0100007F": netip.MustParseAddr("127.0.0.1"), "00000000000000000000000001000000": netip.MustParseAddr("::1"),
}

// listening gives the addresses on which sockets listen on port.
func listening(t *testing.T, port int) (found []netip.AddrPort) {
	t.Helper()
	for _, path := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		table, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) && path == "/proc/net/tcp6" {
			continue
		}
		must(t, err)
		for _, line := range strings.Split(string(table), "\n") {
			f := strings.Fields(line)
			if len(f) < 4 || f[3] != "0A" { // TCP_LISTEN
				continue
			}
			host, hex, _ := strings.Cut(f[1], ":")
			if n, err := strconv.ParseUint(hex, 16, 16); err == nil && int(n) == port {
				found = append(found, netip.AddrPortFrom(loopbacks[host], uint16(port)))
			}
		}
	}
	return found
}

func TestDoorTakesTheNextPortWhenOneIsTaken(t *testing.T) {
	first, port, err := ListenWebSocket([]int{0})
	must(t, err)
	defer closeAll(first)
	second, other, err := ListenWebSocket([]int{port, 0})
	must(t, err)
	defer closeAll(second)
	if other == port {
		t.Error("two doors on one port")
	}
	if _, _, err := ListenWebSocket([]int{port, other}); err == nil {
		t.Error("a third door found a port that is not free")
	}
	// A port that only ::1 has taken is not free either: its pages would meet somebody else there.
	if len(first) == 2 {
		closeAll(first[:1])
		if _, _, err := ListenWebSocket([]int{port}); err == nil {
			t.Error("the door took a port that another program has on ::1")
		}
	}
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
	}
}
