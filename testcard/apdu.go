// SPDX-License-Identifier: EUPL-1.2

package testcard

// A command is a parsed command APDU (ISO/IEC 7816-4:2005, 5.1). The parser is
// the card's own, so that an error in the client's encoder is not mirrored.
type command struct {
	cla, ins, p1, p2 byte
	data             []byte
	ne               int  // bytes expected, 0 when Le is absent
	hasLe            bool // Le is present: cases 2 and 4
	extended         bool
}

func (c command) p12() uint16 { return uint16(c.p1)<<8 | uint16(c.p2) }

// parseCommand reads a short or extended APDU of the cases 1 to 4. data aliases
// raw. The length fields must add up exactly.
func parseCommand(raw []byte) (command, bool) {
	if len(raw) < 4 {
		return command{}, false
	}
	c := command{cla: raw[0], ins: raw[1], p1: raw[2], p2: raw[3]}
	body := raw[4:]
	switch {
	case len(body) == 0: // case 1
		return c, true
	case len(body) == 1: // case 2, short
		c.setShortLe(body[0])
		return c, true
	case body[0] != 0:
		return c.short(body)
	case len(body) >= 3:
		return c.long(body)
	}
	return command{}, false
}

// short reads Lc, data and perhaps Le: cases 3 and 4.
func (c command) short(body []byte) (command, bool) {
	lc, rest := int(body[0]), body[1:]
	switch len(rest) {
	case lc + 1:
		c.setShortLe(rest[lc])
	case lc:
	default:
		return command{}, false
	}
	c.data = rest[:lc]
	return c, true
}

// long reads the extended forms of the cases 2, 3 and 4, which begin with 00.
func (c command) long(body []byte) (command, bool) {
	c.extended = true
	n, rest := int(body[1])<<8|int(body[2]), body[3:]
	if len(rest) == 0 { // case 2: the number is Le
		c.setLongLe(n)
		return c, true
	}
	switch {
	case n == 0:
		return command{}, false
	case len(rest) == n+2:
		c.setLongLe(int(rest[n])<<8 | int(rest[n+1]))
	case len(rest) != n:
		return command{}, false
	}
	c.data = rest[:n]
	return c, true
}

func (c *command) setShortLe(le byte) {
	c.hasLe, c.ne = true, int(le)
	if le == 0 {
		c.ne = 256
	}
}

func (c *command) setLongLe(le int) {
	c.hasLe, c.ne = true, le
	if le == 0 {
		c.ne = 65536
	}
}

// status is a status word (cns-card.md A8).
type status uint16

const (
	swOK             status = 0x9000
	swMoreData       status = 0x6100 // + bytes left, 00 for 256 or more
	swEndOfFile      status = 0x6282
	swWrongNoCounter status = 0x6300
	swWrong          status = 0x63C0 // + tries left
	swLength         status = 0x6700
	swNoChannels     status = 0x6881
	swNoMessaging    status = 0x6882
	swNotPermitted   status = 0x6982
	swBlocked        status = 0x6983
	swNotActivated   status = 0x6984 // and of a key whose DF is not the current one (A10)
	swConditions     status = 0x6985
	swNoFile         status = 0x6986
	swData           status = 0x6A80
	swNotFound       status = 0x6A82
	swParameters     status = 0x6A86
	swNoObject       status = 0x6A88
	swOffset         status = 0x6B00
	swExactLength    status = 0x6C00 // + the length to ask for
	swInstruction    status = 0x6D00
	swClass          status = 0x6E00
)

// answer is what an instruction gives back: data and a status word.
type answer struct {
	data   []byte
	status status
}

func sw(s status) answer { return answer{status: s} }

func (a answer) bytes() []byte {
	return append(append(make([]byte, 0, len(a.data)+2), a.data...), byte(a.status>>8), byte(a.status))
}
