// SPDX-License-Identifier: EUPL-1.2

package vpcd

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// Messages and sizes of the protocol between the PC/SC library and pcscd,
// version 4 (winscard_msg.h and eventhandler.h of pcsc-lite; checked against
// 1.9.9). They are in the byte order of the machine.
const (
	messageVersion      = 0x11
	messageReadersState = 0x12
	protocolMajor       = 4
	protocolMinor       = 4

	maxReaders      = 16
	readerNameSize  = 128
	readerStateSize = 184
	maxATR          = 33
)

// Bits of the state of a reader.
const (
	statePresent   = 0x04
	stateSwallowed = 0x08 // there is a card and it does not answer
)

// pollInterval is how often the waiting functions ask pcscd.
const pollInterval = 5 * time.Millisecond

// Reader is a reader as pcscd sees it.
type Reader struct {
	Name   string
	Card   bool // a card that answered with an ATR
	Mute   bool // a card that did not
	ATR    []byte
	Events int // insertions and removals so far
}

// Readers asks this pcscd for its readers.
func (p *Pcscd) Readers(ctx context.Context) ([]Reader, error) { return Readers(ctx, p.Socket()) }

// Readers asks the pcscd on a socket for its readers, without the PC/SC library.
func Readers(ctx context.Context, socket string) ([]Reader, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("asking pcscd for its readers: %w", err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	readers, err := askReaders(conn)
	if err != nil {
		return nil, fmt.Errorf("asking pcscd for its readers: %w", err)
	}
	return readers, nil
}

func askReaders(conn io.ReadWriter) ([]Reader, error) {
	order := binary.NativeEndian
	hello := order.AppendUint32(nil, 12)
	for _, n := range []uint32{messageVersion, protocolMajor, protocolMinor, 0} {
		hello = order.AppendUint32(hello, n)
	}
	if _, err := conn.Write(hello); err != nil {
		return nil, err
	}
	var version [12]byte
	if _, err := io.ReadFull(conn, version[:]); err != nil {
		return nil, noEOF(err)
	}
	if major := order.Uint32(version[:]); major != protocolMajor {
		return nil, fmt.Errorf("it speaks version %d of its protocol, not %d", major, protocolMajor)
	}
	if _, err := conn.Write(order.AppendUint32(order.AppendUint32(nil, 0), messageReadersState)); err != nil {
		return nil, err
	}
	states := make([]byte, maxReaders*readerStateSize)
	if _, err := io.ReadFull(conn, states); err != nil {
		return nil, noEOF(err)
	}
	var readers []Reader
	for ; len(states) > 0; states = states[readerStateSize:] {
		if r := parseReader(states[:readerStateSize]); r.Name != "" {
			readers = append(readers, r)
		}
	}
	return readers, nil
}

// parseReader reads READER_STATE: the name, three words, the ATR, two words.
func parseReader(b []byte) Reader {
	order := binary.NativeEndian
	name, _, _ := bytes.Cut(b[:readerNameSize], []byte{0})
	words := b[readerNameSize:]
	state := order.Uint32(words[4:])
	n := min(order.Uint32(words[48:]), maxATR)
	return Reader{
		Name:   string(name),
		Card:   state&statePresent != 0 && state&stateSwallowed == 0,
		Mute:   state&stateSwallowed != 0,
		ATR:    bytes.Clone(words[12 : 12+n]),
		Events: int(order.Uint32(words)),
	}
}

// WaitCard waits until pcscd has seen the card in the slot and got its ATR.
func (p *Pcscd) WaitCard(ctx context.Context, slot int) error {
	return p.wait(ctx, slot, "a card", func(r Reader) bool { return r.Card && len(r.ATR) > 0 })
}

// WaitMute waits until pcscd has seen a card in the slot that does not answer.
func (p *Pcscd) WaitMute(ctx context.Context, slot int) error {
	return p.wait(ctx, slot, "a mute card", func(r Reader) bool { return r.Mute })
}

// WaitNoCard waits until pcscd sees the slot empty.
func (p *Pcscd) WaitNoCard(ctx context.Context, slot int) error {
	return p.wait(ctx, slot, "no card", func(r Reader) bool { return !r.Card && !r.Mute })
}

func (p *Pcscd) wait(ctx context.Context, slot int, what string, holds func(Reader) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		readers, err := p.Readers(ctx)
		for _, r := range readers {
			if r.Name == p.ReaderName(slot) && holds(r) {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s in %s: %w (readers %+v, error %v)", what, p.ReaderName(slot), ctx.Err(), readers, err)
		case <-time.After(pollInterval):
		}
	}
}
