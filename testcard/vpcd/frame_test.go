// SPDX-License-Identifier: EUPL-1.2

package vpcd

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func TestFramesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		raw    string
		buffer int
		want   error
	}{
		"nothing at all":            {"", 16, io.EOF},
		"half a length":             {"\x00", 16, io.ErrUnexpectedEOF},
		"no payload":                {"\x00\x00", 16, errEmptyFrame},
		"a payload that breaks off": {"\x00\x02\x01", 16, io.ErrUnexpectedEOF},
		"a length without payload":  {"\x00\x02", 16, io.ErrUnexpectedEOF},
		"longer than the buffer":    {"\x00\x11" + string(make([]byte, 17)), 16, errTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := readFrame(bytes.NewReader([]byte(c.raw)), make([]byte, c.buffer)); !errors.Is(err, c.want) {
				t.Errorf("error %v instead of %v", err, c.want)
			}
		})
	}
	if err := writeFrame(io.Discard, make([]byte, maxFrame+1)); !errors.Is(err, errTooLong) {
		t.Errorf("writing: %v", err)
	}
}

func FuzzFrame(f *testing.F) {
	for _, seed := range []string{
		"", "\x00", "\x00\x00", "\x00\x01\x04", "\x00\x01\x00\x00\x01\x01\x00\x01\x02\x00\x01\x04",
		"\x00\x05\x00\xA4\x00\x00\x00", "\xFF\xFF\x00", "\x00\x02\x01",
	} {
		f.Add([]byte(seed))
	}
	buffer := make([]byte, maxFrame)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := bytes.NewReader(raw)
		var written bytes.Buffer
		for {
			frame, err := readFrame(r, buffer)
			if err != nil {
				break
			}
			if err := writeFrame(&written, frame); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.HasPrefix(raw, written.Bytes()) {
			t.Errorf("%x became %x", raw, written.Bytes())
		}
	})
}
