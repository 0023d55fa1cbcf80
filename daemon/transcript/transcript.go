// SPDX-License-Identifier: EUPL-1.2

// Package transcript writes down what is said to a card while it is recognised and read, without personal data, and plays
// it again: each card that somebody reports becomes a test. It asks for no PIN, signs nothing and opens no reader; the
// caller brings the card.
package transcript

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Transcript is one conversation with a card, and what Ponte made of it.
type Transcript struct {
	Version   string // of Ponte
	System    string // operating system and processor
	Reader    string // its model, without a serial number
	ATR       []byte // answer to reset
	Exchanges []Exchange
	Findings  []string // see Read
}

// Exchange is a command APDU and its answer.
type Exchange struct {
	Command, Answer []byte
}

// Ceilings of a transcript. Reading a card takes some twenty commands; a hostile one can make it take some hundred.
const (
	maxExchanges = 4000
	maxText      = 1 << 20
	maxAPDU      = 1 << 10 // bytes: nothing longer is needed to read a card
	maxField     = 200     // characters of a field or a finding
)

const (
	title = "Ponte APDU transcript 1"
	note  = "# No PIN was asked. What is personal was replaced by fillers of the same length (docs/cards.md)."
)

// Write writes the text of a transcript: one line for each command (>) and answer (<), findings (=) at the end.
func (t *Transcript) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\nversion %s\nsystem %s\nreader %s\natr %X\n", title, note, field(t.Version), field(t.System), field(t.Reader), t.ATR)
	for _, e := range t.Exchanges {
		fmt.Fprintf(&b, ">%X\n<%X\n", e.Command, e.Answer)
	}
	for _, f := range t.Findings {
		fmt.Fprintf(&b, "= %s\n", field(f))
	}
	if b.Len() > maxText {
		return ErrTooLong
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// field keeps a text from outside in its line.
func field(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	if r := []rune(s); len(r) > maxField {
		s = string(r[:maxField])
	}
	return strings.TrimSpace(s)
}

// Errors of reading and recording.
var (
	ErrFormat  = errors.New("not a transcript of Ponte")
	ErrTooLong = errors.New("the conversation with the card is too long")
)

// Parse reads what Write has written.
func Parse(r io.Reader) (*Transcript, error) {
	t := &Transcript{}
	fields := map[string]*string{"version": &t.Version, "system": &t.System, "reader": &t.Reader}
	lines := bufio.NewScanner(io.LimitReader(r, maxText))
	lines.Buffer(nil, 4*maxAPDU)
	if !lines.Scan() || lines.Text() != title {
		return nil, ErrFormat
	}
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		if err := t.add(line, fields); err != nil {
			return nil, fmt.Errorf("%w: line %.40q", err, line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if n := len(t.Exchanges); n > 0 && t.Exchanges[n-1].Answer == nil {
		return nil, fmt.Errorf("%w: a command without an answer", ErrFormat)
	}
	return t, nil
}

// add takes one line.
func (t *Transcript) add(line string, fields map[string]*string) error {
	name, value, _ := strings.Cut(line, " ")
	switch {
	case line[0] == '>':
		b, err := apdu(line[1:])
		n := len(t.Exchanges)
		if err != nil || n >= maxExchanges || n > 0 && t.Exchanges[n-1].Answer == nil {
			return ErrFormat
		}
		t.Exchanges = append(t.Exchanges, Exchange{Command: b})
	case line[0] == '<':
		b, err := apdu(line[1:])
		n := len(t.Exchanges)
		if err != nil || n == 0 || t.Exchanges[n-1].Answer != nil {
			return ErrFormat
		}
		t.Exchanges[n-1].Answer = b
	case name == "=":
		t.Findings = append(t.Findings, value)
	case name == "atr":
		b, err := apdu(value)
		if err != nil {
			return ErrFormat
		}
		t.ATR = b
	case fields[name] != nil:
		*fields[name] = value
	default:
		return ErrFormat
	}
	return nil
}

func apdu(s string) ([]byte, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) < 2 || len(b) > maxAPDU {
		return nil, ErrFormat
	}
	return b, nil
}
