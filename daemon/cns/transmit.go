// SPDX-License-Identifier: EUPL-1.2

package cns

import (
	"errors"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/iso7816"
)

// maxFollowUps and maxData bound what 61xx can make us send and keep: 65,536 bytes come in 256 pieces.
const (
	maxFollowUps = 260
	maxData      = 65536
)

var errEndless = errors.New("the card goes on asking for GET RESPONSE")

// send transmits a command and follows 61xx (GET RESPONSE) and 6Cxx (same command with the right Le), which T=0 cards
// and some readers give (ISO/IEC 7816-4:2020, 5.3.4).
func (c *Card) send(cmd iso7816.Command) (iso7816.Response, error) {
	r, err := c.transmit(cmd)
	if err != nil {
		return r, err
	}
	if le, ok := r.Status.CorrectLe(); ok {
		cmd.Le = le
		if r, err = c.transmit(cmd); err != nil {
			return r, err
		}
	}
	data := r.Data
	for range maxFollowUps {
		n, more := r.Status.MoreData()
		if !more {
			return iso7816.Response{Data: data, Status: r.Status}, nil
		}
		if r, err = c.transmit(iso7816.Command{INS: iso7816.InsGetResponse, Le: n}); err != nil {
			return r, err
		}
		if len(data)+len(r.Data) > maxData {
			break
		}
		data = append(data[:len(data):len(data)], r.Data...)
	}
	return iso7816.Response{}, errEndless
}

func (c *Card) transmit(cmd iso7816.Command) (iso7816.Response, error) {
	b, err := cmd.Bytes()
	if err != nil {
		return iso7816.Response{}, err
	}
	answer, err := c.t.Transmit(b)
	if err != nil {
		return iso7816.Response{}, err
	}
	return iso7816.ParseResponse(answer)
}

// do sends a command that must succeed.
func (c *Card) do(what string, cmd iso7816.Command) ([]byte, error) {
	r, err := c.send(cmd)
	if err == nil && r.Status != iso7816.OK {
		err = r.Status
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return r.Data, nil
}

// selectMF makes the MF current, so that the PIN and the key are found by their plain numbers (cns-card.md A5).
func (c *Card) selectMF() error {
	if err := c.enter(); err != nil {
		return err
	}
	_, err := c.do("selecting the MF", iso7816.Command{INS: iso7816.InsSelect, P2: 0x0C, Data: []byte{0x3F, 0x00}})
	return err
}

// selectPath selects a file by its path from the MF, without 3F00 (cns-card.md A3).
func (c *Card) selectPath(path []byte) error {
	c.ready = 0
	if err := c.enter(); err != nil {
		return err
	}
	_, err := c.do("select", iso7816.Command{INS: iso7816.InsSelect, P1: 0x08, P2: 0x0C, Data: path})
	return err
}

// readFile reads at most size bytes of a file.
func (c *Card) readFile(path []byte, size int) ([]byte, error) {
	if err := c.selectPath(path); err != nil {
		return nil, err
	}
	return c.readOn(nil, size)
}

// readOn continues a file after have until size bytes are there or the file ends.
func (c *Card) readOn(have []byte, size int) ([]byte, error) {
	b := append(make([]byte, 0, size), have...)
	for range maxReadCommands {
		if len(b) >= size {
			return b[:size], nil
		}
		piece, err := c.readBinary(len(b), min(chunk, size-len(b)))
		if err != nil {
			return nil, err
		}
		if len(piece) == 0 {
			return b, nil
		}
		b = append(b, piece...)
	}
	return nil, errors.New("the card answers with too few bytes at a time")
}

// readBinary reads n bytes at offset of the selected file. The end of the file may come as fewer bytes with 9000 or 6282,
// as 6Cxx, or as 6B00 with nothing (cns-card.md A3).
func (c *Card) readBinary(offset, n int) ([]byte, error) {
	r, err := c.send(iso7816.Command{INS: iso7816.InsReadBinary, P1: byte(offset >> 8), P2: byte(offset), Le: n})
	if err != nil {
		return nil, err
	}
	switch r.Status {
	case iso7816.OK, iso7816.EndOfFile:
		if len(r.Data) > n {
			return nil, fmt.Errorf("%d bytes for a read of %d: %w", len(r.Data), n, iso7816.ErrResponse)
		}
		return r.Data, nil
	case iso7816.WrongOffset:
		return nil, nil
	}
	return nil, r.Status
}
