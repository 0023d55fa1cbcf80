// SPDX-License-Identifier: EUPL-1.2

package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Errors of frames. After any of them the stream can no longer be trusted: close it.
var (
	ErrFrameTooLarge = errors.New("frame too large")
	ErrFrameEmpty    = errors.New("empty frame")
)

// ReadFrame reads one frame of at most max bytes: 4 bytes of length in native byte order, then the message (the native
// messaging format of Chromium and Firefox). Nothing is allocated before the length is checked. At a clean end between
// frames the error is io.EOF, in the middle of one io.ErrUnexpectedEOF.
func ReadFrame(r io.Reader, max int) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.NativeEndian.Uint32(head[:])
	if n == 0 {
		return nil, ErrFrameEmpty
	}
	if uint64(n) > uint64(max) {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", n, max, ErrFrameTooLarge)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return b, nil
}

// WriteFrame writes message as one frame of at most max bytes, in a single Write.
func WriteFrame(w io.Writer, message []byte, max int) error {
	if len(message) == 0 {
		return ErrFrameEmpty
	}
	if len(message) > max {
		return fmt.Errorf("%d bytes, at most %d: %w", len(message), max, ErrFrameTooLarge)
	}
	b := make([]byte, 4, 4+len(message))
	binary.NativeEndian.PutUint32(b, uint32(len(message)))
	_, err := w.Write(append(b, message...))
	return err
}
