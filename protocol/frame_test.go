// SPDX-License-Identifier: EUPL-1.2

package protocol_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

func frame(n uint32, body string) []byte {
	return append(binary.NativeEndian.AppendUint32(nil, n), body...)
}

func TestFramesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"nothing":                 {nil, io.EOF},
		"half a length":           {[]byte{1, 0}, io.ErrUnexpectedEOF},
		"a length and no message": {frame(5, ""), io.ErrUnexpectedEOF},
		"half a message":          {frame(5, "abc"), io.ErrUnexpectedEOF},
		"an empty one":            {frame(0, "abc"), protocol.ErrFrameEmpty},
		"one byte too many":       {frame(9, "123456789"), protocol.ErrFrameTooLarge},
		"4 GiB":                   {frame(1<<32-1, "abc"), protocol.ErrFrameTooLarge},
	} {
		if b, err := protocol.ReadFrame(bytes.NewReader(c.in), 8); !errors.Is(err, c.want) || b != nil {
			t.Errorf("%s: %q, %v; want %v", name, b, err, c.want)
		}
	}
	var out bytes.Buffer
	if err := protocol.WriteFrame(&out, nil, 8); !errors.Is(err, protocol.ErrFrameEmpty) {
		t.Errorf("writing nothing: %v", err)
	}
	if err := protocol.WriteFrame(&out, []byte("123456789"), 8); !errors.Is(err, protocol.ErrFrameTooLarge) {
		t.Errorf("writing too much: %v", err)
	}
	if out.Len() != 0 {
		t.Errorf("%q was written", out.Bytes())
	}
}

// TestT16_NothingIsAllocatedForALengthAlone reads a length of 4 GiB and a length of 64 KiB and a byte.
func TestT16_NothingIsAllocatedForALengthAlone(t *testing.T) {
	for _, n := range []uint32{1<<32 - 1, protocol.MaxRequest + 1} {
		in := frame(n, "x")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			_, _ = protocol.ReadFrame(bytes.NewReader(in), protocol.MaxRequest)
		}
		runtime.ReadMemStats(&after)
		allocated := (after.TotalAlloc - before.TotalAlloc) / 100
		if allocated > protocol.MaxRequest/4 {
			t.Errorf("a length of %d costs %d bytes", n, allocated)
		}
	}
}

func TestFramesFollowEachOther(t *testing.T) {
	var b bytes.Buffer
	messages := []string{"{}", strings.Repeat("x", 8), "3"}
	for _, m := range messages {
		if err := protocol.WriteFrame(&b, []byte(m), 8); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range messages {
		if got, err := protocol.ReadFrame(iotestOneByte{&b}, 8); err != nil || string(got) != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	if _, err := protocol.ReadFrame(&b, 8); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// iotestOneByte reads a byte at a time, as a slow pipe may.
type iotestOneByte struct{ io.Reader }

func (r iotestOneByte) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(1, len(p))]) }

func FuzzReadFrame(f *testing.F) {
	f.Add(frame(2, "{}"))
	f.Add(frame(0, ""))
	f.Add(frame(1<<32-1, "x"))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(in)
		for {
			m, err := protocol.ReadFrame(r, 64)
			if err != nil {
				return
			}
			if len(m) == 0 || len(m) > 64 {
				t.Fatalf("a message of %d bytes", len(m))
			}
		}
	})
}
