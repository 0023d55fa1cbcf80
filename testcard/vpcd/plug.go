// SPDX-License-Identifier: EUPL-1.2

// Package vpcd puts an emulated card into a real pcscd, through the virtual
// reader of vsmartcard (cns-card.md D), and runs a private pcscd for tests. It
// is neither a reader driver nor a PC/SC client.
package vpcd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"

	"github.com/ponte-cns/ponte/testcard"
)

// DefaultPort is where the first virtual reader of an installed vsmartcard-vpcd
// listens; the second is one port higher.
const DefaultPort = 35963

// Plugged is a card in a virtual reader.
type Plugged struct {
	card *testcard.Card
	conn net.Conn
	done chan struct{}
	seen chan struct{}
	once sync.Once
	err  error // read after done
}

// Plug inserts the card into the virtual reader at addr and answers for it
// until Eject, the end of ctx, the end of pcscd or the card's own EjectAt. The
// reader looks for a card every 0.4 s only: wait with Pcscd.WaitCard.
func Plug(ctx context.Context, addr string, card *testcard.Card) (*Plugged, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("no virtual reader listens on %s: install the package vsmartcard-vpcd and start pcscd: %w", addr, err)
	}
	if err != nil {
		return nil, fmt.Errorf("inserting the card into the virtual reader: %w", err)
	}
	card.Insert()
	card.PowerOff() // pcscd gives the power
	p := &Plugged{card: card, conn: conn, done: make(chan struct{}), seen: make(chan struct{})}
	stop := context.AfterFunc(ctx, p.close)
	go func() {
		defer close(p.done)
		defer stop()
		defer p.close()
		p.err = p.serve()
	}()
	return p, nil
}

// Eject pulls the card out and waits until it no longer answers.
func (p *Plugged) Eject() {
	p.close()
	<-p.done
}

// Done is closed when the card is out, whoever took it out.
func (p *Plugged) Done() <-chan struct{} { return p.done }

// Seen is closed when pcscd has powered the card and got its ATR: some
// microseconds before its clients hear of it.
func (p *Plugged) Seen() <-chan struct{} { return p.seen }

// Err says after Done why the card is out: nil after Eject or when pcscd ended,
// testcard.ErrEjected after EjectAt.
func (p *Plugged) Err() error {
	<-p.done
	return p.err
}

func (p *Plugged) close() { p.once.Do(func() { p.conn.Close() }) }

func (p *Plugged) serve() error {
	buffer := make([]byte, maxFrame)
	s := session{card: p.card, seen: p.seen}
	quick := acknowledge(p.conn)
	for {
		frame, err := readFrame(quick, buffer)
		if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading from the virtual reader: %w", err)
		}
		answer, err := s.handle(frame)
		if err != nil {
			return err
		}
		if answer == nil {
			continue
		}
		if err := writeFrame(p.conn, answer); err != nil {
			return nil // pulled while answering
		}
		s.answered()
	}
}

// session is what one stay in the reader remembers.
type session struct {
	card     *testcard.Card
	starting bool // powered or reset, the ATR not yet asked for
	started  bool // the ATR after that was given
	seen     chan struct{}
}

// answered tells the first start to whoever waits for Seen.
func (s *session) answered() {
	if s.started && s.seen != nil {
		close(s.seen)
		s.seen = nil
	}
}

// handle answers a frame; a nil answer means that none is expected.
func (s *session) handle(frame []byte) ([]byte, error) {
	if len(frame) > 1 {
		return s.card.Transmit(frame)
	}
	switch frame[0] {
	case controlPowerOff:
		s.card.PowerOff()
	case controlPowerOn:
		s.card.PowerOn()
		s.starting = true
	case controlReset:
		s.card.Reset()
		s.starting = true
	case controlATR:
		return s.atr(), nil
	}
	return nil, nil
}

// tooLong is an ATR that no card has (at most 33 bytes, ISO/IEC 7816-3): pcscd
// takes it for no answer. An empty one would mean that the card is gone.
var tooLong = make([]byte, 64)

// atr is the ATR of the card. vpcd asks for it to learn whether there is a card
// at all, too: a mute card then shows some ATR, and a useless one after it got
// power, so that pcscd reports a card that does not answer.
func (s *session) atr() []byte {
	starting := s.starting
	s.started = s.started || starting
	s.starting = false
	switch {
	case !s.card.Mute():
		return s.card.ATR()
	case starting:
		return tooLong
	}
	return []byte{0x3B, 0x00}
}
