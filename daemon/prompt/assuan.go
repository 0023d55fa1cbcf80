// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxAssuanLine is the longest line of the Assuan protocol in bytes, without its end (libassuan, ASSUAN_LINELENGTH).
const maxAssuanLine = 1000

// maxReplyLines ends the reply of a program that never comes to OK or ERR.
const maxReplyLines = 200

// Errors of an Assuan conversation. None of them repeats what the program sent: it may hold a PIN.
var (
	errAssuanLine  = errors.New("assuan: line longer than 1000 bytes")
	errAssuanReply = errors.New("assuan: not a reply")
	errAssuanCache = errors.New("assuan: an answer that nobody typed")
)

// assuanError is an ERR line: a libgpg-error code, the source in its upper bits.
type assuanError uint32

// Codes that pinentry answers with (libgpg-error: source 5 << 24 | code).
const (
	assuanTimeout      assuanError = 5<<24 | 62  // 83886142
	assuanCancelled    assuanError = 5<<24 | 99  // 83886179
	assuanNotConfirmed assuanError = 5<<24 | 114 // 83886194
)

func (e assuanError) Error() string { return "assuan: error " + strconv.FormatUint(uint64(e), 10) }

// assuan is the client's side of an Assuan conversation. What it reads stays in one buffer, which wipe clears.
type assuan struct {
	in         io.Writer // towards the program
	out        io.Reader // from the program
	buf        [maxAssuanLine + 2]byte
	start, end int // of what is read and not yet used in buf
}

// wipe forgets everything that was read.
func (c *assuan) wipe() {
	clear(c.buf[:])
	c.start, c.end = 0, 0
}

// readLine gives the next line without its end. It is part of the buffer: the next call overwrites it.
func (c *assuan) readLine() ([]byte, error) {
	copy(c.buf[:], c.buf[c.start:c.end])
	c.start, c.end = 0, c.end-c.start
	for seen := 0; ; {
		if i := bytes.IndexByte(c.buf[seen:c.end], '\n'); i >= 0 {
			line := c.buf[:seen+i]
			c.start = seen + i + 1
			if line = bytes.TrimSuffix(line, []byte("\r")); len(line) > maxAssuanLine {
				return nil, errAssuanLine
			}
			return line, nil
		}
		seen = c.end
		if c.end == len(c.buf) {
			return nil, errAssuanLine
		}
		n, err := c.out.Read(c.buf[c.end:])
		c.end += n
		if n == 0 && err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("assuan: %w", err)
		}
	}
}

// reply reads up to OK (nil) or ERR (an assuanError). data, which may be nil, gets what D lines carry; it must not keep it.
func (c *assuan) reply(data func([]byte)) error {
	for range maxReplyLines {
		line, err := c.readLine()
		if err != nil {
			return err
		}
		word, rest, _ := bytes.Cut(line, []byte(" "))
		switch string(word) {
		case "OK":
			return nil
		case "ERR":
			return parseAssuanError(rest)
		case "D":
			if rest, err = assuanDecode(rest); err != nil {
				return err
			}
			if data != nil {
				data(rest)
			}
		case "S":
			if bytes.HasPrefix(rest, []byte("PASSWORD_FROM_CACHE")) {
				return errAssuanCache
			}
		default:
			if len(line) > 0 && line[0] != '#' {
				return errAssuanReply
			}
		}
	}
	return errAssuanReply
}

// checkText refuses a text that SETDESC would cut: what is missing could be what matters.
func checkText(text string) error {
	if len(assuanEncode(text, math.MaxInt)) > maxAssuanLine-len("SETDESC ") {
		return errAssuanLine
	}
	return nil
}

// command sends one line and reads the reply. The argument is encoded, and cut where the line would be too long.
func (c *assuan) command(name, argument string, data func([]byte)) error {
	line := name
	if argument != "" {
		line += " "
		line += assuanEncode(argument, maxAssuanLine-len(line))
	}
	if _, err := io.WriteString(c.in, line+"\n"); err != nil {
		return fmt.Errorf("assuan: %w", err)
	}
	return c.reply(data)
}

// parseAssuanError reads the number of an ERR line; 0 when it has none.
func parseAssuanError(rest []byte) error {
	number, _, _ := bytes.Cut(rest, []byte(" "))
	if len(number) > 10 {
		return assuanError(0)
	}
	n, _ := strconv.ParseUint(string(number), 10, 32)
	return assuanError(n)
}

// assuanDecode undoes percent-encoding in place.
func assuanDecode(b []byte) ([]byte, error) {
	n := 0
	for i := 0; i < len(b); i++ {
		v := b[i]
		if v == '%' {
			if i+2 >= len(b) {
				return nil, errAssuanReply
			}
			high, low := unhex(b[i+1]), unhex(b[i+2])
			if high < 0 || low < 0 {
				return nil, errAssuanReply
			}
			v, i = byte(high<<4|low), i+2
		}
		b[n] = v
		n++
	}
	clear(b[n:])
	return b[:n], nil
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// assuanEncode percent-encodes control characters and %, and stops at a character that would exceed most bytes.
func assuanEncode(s string, most int) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "?") {
		if r < ' ' || r == '%' || r == 0x7f {
			if b.Len()+3 > most {
				break
			}
			fmt.Fprintf(&b, "%%%02X", r)
			continue
		}
		if b.Len()+utf8.RuneLen(r) > most {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}
