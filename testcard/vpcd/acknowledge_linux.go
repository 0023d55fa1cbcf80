// SPDX-License-Identifier: EUPL-1.2

package vpcd

import (
	"io"
	"net"

	"golang.org/x/sys/unix"
)

// quickly reads from the virtual reader and acknowledges at once. vpcd sends
// the length and the payload in two segments and waits for the acknowledgement
// in between: 40 ms for each command otherwise (cns-card.md D). The kernel
// forgets the option, so it is set before every read.
type quickly struct{ *net.TCPConn }

func acknowledge(conn net.Conn) io.Reader {
	if tcp, ok := conn.(*net.TCPConn); ok {
		return quickly{tcp}
	}
	return conn
}

func (q quickly) Read(b []byte) (int, error) {
	if raw, err := q.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) {
			// A refusal costs time only.
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1)
		})
	}
	return q.TCPConn.Read(b)
}
