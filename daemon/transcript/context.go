// SPDX-License-Identifier: EUPL-1.2

package transcript

import (
	"encoding/hex"

	"github.com/ponte-cns/ponte/daemon/iso7816"
)

// place is where in the card a command meets what it asks for.
type place struct {
	application string
	file        string // path from the MF, hexadecimal; "" is the MF itself
}

// instruction and the two parameters of a command, 0 where it is too short.
func header(command []byte) (ins, p1, p2 byte) {
	var h [4]byte
	copy(h[:], command)
	return h[1], h[2], h[3]
}

// after follows a command that the card has answered.
func (p place) after(command, answer []byte) place {
	ins, p1, _ := header(command)
	if ins != iso7816.InsSelect || !accepted(answer) {
		return p
	}
	data := hex.EncodeToString(dataOf(command))
	switch {
	case p1 == 0x04:
		return place{application: data}
	case p1 == 0x08:
		p.file = data
	case data == "3f00":
		p.file = ""
	default:
		p.file += "/" + data
	}
	return p
}

// accepted says that an answer ends in 9000, 61xx or 62xx.
func accepted(answer []byte) bool {
	if len(answer) < 2 {
		return false
	}
	sw1 := answer[len(answer)-2]
	return sw1 == 0x90 || sw1 == 0x61 || sw1 == 0x62
}

// dataOf is the data field of a command; it shares memory with it.
func dataOf(command []byte) []byte {
	switch {
	case len(command) <= 5:
		return nil
	case command[4] == 0 && len(command) > 7:
		n := int(command[5])<<8 | int(command[6])
		return command[7:min(7+n, len(command))]
	}
	return command[5:min(5+int(command[4]), len(command))]
}

// walk shows each exchange with its place and with the command that it belongs to: GET RESPONSE belongs to the one before.
func walk(exchanges []Exchange, visit func(e *Exchange, of []byte, p place)) {
	var p place
	var of []byte
	for i := range exchanges {
		e := &exchanges[i]
		if ins, _, _ := header(e.Command); ins != iso7816.InsGetResponse {
			of = e.Command
		}
		next := p.after(e.Command, e.Answer) // a visitor may change both
		visit(e, of, p)
		p = next
	}
}

// maxFile bounds what is put together of one file: READ BINARY has offsets of 15 bits.
const maxFile = 1<<15 + maxAPDU

// content is what was read of a file.
type content struct {
	bytes []byte
	ended bool // its end was seen
}

// files puts together what was read. The bytes that nobody has read are zero.
func files(exchanges []Exchange) map[place]*content {
	all := map[place]*content{}
	walk(exchanges, func(e *Exchange, of []byte, p place) {
		offset, ok := readAt(of)
		if !ok || len(e.Answer) < 2 {
			return
		}
		f := all[p]
		if f == nil {
			f = &content{}
			all[p] = f
		}
		data := e.Answer[:len(e.Answer)-2]
		if end := offset + len(data); end > len(f.bytes) && end <= maxFile {
			f.bytes = append(f.bytes, make([]byte, end-len(f.bytes))...)
		}
		if offset < len(f.bytes) {
			copy(f.bytes[offset:], data)
		}
		_, le, _ := lengths(of)
		f.ended = f.ended || len(data) < le
	})
	return all
}

// readAt says where a READ BINARY of the selected file begins. One by short identifier, which selects another, is none.
func readAt(command []byte) (offset int, ok bool) {
	ins, p1, p2 := header(command)
	return int(p1)<<8 | int(p2), ins == iso7816.InsReadBinary && p1 < 0x80
}

// lengths are Lc and Le of a short command.
func lengths(command []byte) (lc, le int, ok bool) {
	if len(command) != 5 {
		return 0, 0, false
	}
	if le = int(command[4]); le == 0 {
		le = 256
	}
	return 0, le, true
}
