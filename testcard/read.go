// SPDX-License-Identifier: EUPL-1.2

package testcard

import "encoding/binary"

// Ways to select, in P1 (cns-card.md A3).
const (
	selectByID     = 0x00
	selectByName   = 0x04
	selectFromMF   = 0x08
	selectFromHere = 0x09
)

// maxPath is the depth that SELECT by path accepts.
const maxPath = 8

// selectFile is SELECT. A file that is not found leaves the current one.
func (c *Card) selectFile(cmd command) answer {
	if cmd.p2 != 0x00 && cmd.p2 != 0x0C {
		return sw(swParameters)
	}
	var found *file
	switch cmd.p1 {
	case selectByID:
		switch len(cmd.data) {
		case 0:
			found = c.mf()
		case 2:
			found = c.byID(binary.BigEndian.Uint16(cmd.data))
		default:
			return sw(swLength)
		}
	case selectFromMF, selectFromHere:
		if n := len(cmd.data); n == 0 || n%2 != 0 || n > 2*maxPath {
			return sw(swLength)
		}
		from := c.mf()
		if cmd.p1 == selectFromHere {
			from = c.currentDF
		}
		found = byPath(from, cmd.data)
	case selectByName:
		found = c.byName(cmd.data)
	default:
		return sw(swParameters)
	}
	if found == nil {
		return sw(swNotFound)
	}
	c.makeCurrent(found)
	if cmd.p2 == 0x0C {
		return sw(swOK)
	}
	return c.limited(cmd, c.fciOf(found))
}

// byID finds the MF, the current DF, or a child or sibling of it.
func (c *Card) byID(id uint16) *file {
	if id == fidMF {
		return c.mf()
	}
	if id == c.currentDF.id {
		return c.currentDF
	}
	if f := c.currentDF.child(id); f != nil {
		return f
	}
	if parent := c.currentDF.parent; parent != nil {
		if f := parent.child(id); f != nil && f.directory {
			return f
		}
	}
	return nil
}

func byPath(from *file, path []byte) *file {
	for ; len(path) > 0 && from != nil; path = path[2:] {
		from = from.child(binary.BigEndian.Uint16(path))
	}
	return from
}

func (c *Card) makeCurrent(f *file) {
	if f.directory {
		c.currentDF, c.currentEF = f, nil
		return
	}
	c.currentDF, c.currentEF = f.parent, f
}

func (c *Card) fciOf(f *file) []byte {
	fci := f.fci()
	if c.opts.Quirks.NoSize && !f.directory {
		fci = append([]byte{0x6F, fci[1] - 4}, fci[6:]...)
	}
	return fci
}

// limited gives the data of a case 4 command: nothing without Le, 6Cxx if Le is
// too small, and first 61xx when the card works as with T=0.
func (c *Card) limited(cmd command, data []byte) answer {
	switch {
	case c.opts.GetResponse && !cmd.extended:
		c.pending = data
		return sw(moreData(len(data)))
	case !cmd.hasLe:
		return sw(swOK)
	case cmd.ne < len(data):
		return sw(swExactLength | status(byte(len(data))))
	}
	return answer{data: data, status: swOK}
}

func moreData(n int) status {
	if n >= 256 {
		return swMoreData
	}
	return swMoreData | status(n)
}

// getResponse is GET RESPONSE (ISO/IEC 7816-4): the data that 61xx announced.
func (c *Card) getResponse(cmd command, pending []byte) answer {
	switch {
	case cmd.p12() != 0 || len(cmd.data) != 0:
		return sw(swParameters)
	case len(pending) == 0:
		return sw(swConditions)
	case cmd.ne > len(pending):
		c.pending = pending
		return sw(swExactLength | status(byte(len(pending))))
	}
	n := cmd.ne
	if n == 0 {
		n = len(pending)
	}
	if rest := pending[n:]; len(rest) > 0 {
		c.pending = rest
		return answer{data: pending[:n], status: moreData(len(rest))}
	}
	return answer{data: pending[:n], status: swOK}
}

// readBinary is READ BINARY on the current EF (cns-card.md A3).
func (c *Card) readBinary(cmd command) answer {
	offset := int(cmd.p12())
	switch {
	case cmd.p1&0x80 != 0: // a short file identifier
		return sw(swParameters)
	case len(cmd.data) != 0 || cmd.ne == 0:
		return sw(swLength)
	case c.currentEF == nil:
		return sw(swNoFile)
	case offset >= len(c.currentEF.content):
		return sw(swOffset)
	}
	left := c.currentEF.content[offset:]
	if cmd.ne <= len(left) {
		return answer{data: left[:cmd.ne], status: swOK}
	}
	switch c.opts.Quirks.ReadPastEnd {
	case PastEnd6282:
		return answer{data: left, status: swEndOfFile}
	case PastEnd6Cxx:
		if len(left) < 256 {
			return sw(swExactLength | status(len(left)))
		}
	}
	return answer{data: left, status: swOK}
}
