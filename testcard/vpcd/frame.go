// SPDX-License-Identifier: EUPL-1.2

package vpcd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Control payloads, one byte long (cns-card.md D). Only the request of the ATR
// is answered.
const (
	controlPowerOff = 0x00
	controlPowerOn  = 0x01
	controlReset    = 0x02
	controlATR      = 0x04
)

// maxFrame is the longest payload taken from the reader: an extended APDU as
// long as pcscd passes on, within what 16 bits can say.
const maxFrame = 0xFFFF

var (
	errEmptyFrame = errors.New("a frame without payload")
	errTooLong    = errors.New("a frame too long")
)

// readFrame reads a 2-byte big-endian length and that many bytes (cns-card.md
// D) into a buffer of at least maxFrame bytes, so that nothing is allocated on
// the word of the other side. The payload aliases the buffer.
func readFrame(r io.Reader, buffer []byte) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(head[:]))
	switch {
	case n == 0:
		return nil, errEmptyFrame
	case n > len(buffer):
		return nil, errTooLong
	}
	if _, err := io.ReadFull(r, buffer[:n]); err != nil {
		return nil, fmt.Errorf("reading a frame of %d bytes: %w", n, noEOF(err))
	}
	return buffer[:n], nil
}

// writeFrame writes length and payload in one piece: one TCP segment.
func writeFrame(w io.Writer, payload []byte) error {
	if len(payload) > maxFrame {
		return errTooLong
	}
	frame := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(payload)), uint16(len(payload)))
	_, err := w.Write(append(frame, payload...))
	return err
}

// noEOF: a frame that breaks off is not an orderly end.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
