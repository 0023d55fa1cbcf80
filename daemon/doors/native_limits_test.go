// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

func TestT16_GarbageEndsTheConnectionAfterOneAnswerAndNoOther(t *testing.T) {
	b := &fakeBridge{}
	startNative(t, b)
	frame := func(n uint32, body string) []byte {
		return append(binary.NativeEndian.AppendUint32(nil, n), body...)
	}
	other := dialNative(t)
	const notJSON, notRequest = -32700, -32600
	for name, c := range map[string]struct {
		bytes []byte
		rpc   int
	}{
		"a frame of 64 KiB and one byte": {frame(protocol.MaxRequest+1, strings.Repeat(" ", protocol.MaxRequest+1)), notJSON},
		"a frame of 4 GiB":               {frame(1<<32-1, ""), notJSON},
		"an empty frame":                 {frame(0, ""), notJSON},
		"text":                           {frame(5, "hello"), notJSON},
		"an array":                       {frame(2, "[]"), notRequest},
		"an array that is nested deep":   {frame(40, strings.Repeat("[", 20)+strings.Repeat("]", 20)), notRequest},
		"two objects":                    {frame(4, "{}{}"), notJSON},
		"bytes that are not UTF-8":       {frame(9, "{\"a\":\"\xff\"}"), notJSON},
	} {
		t.Run(name, func(t *testing.T) {
			p := dialNative(t)
			p.write(request("1.0.A", "https://portal.example", "1"))
			_ = p.readAnswer()
			_, _ = p.Write(c.bytes)
			if a := p.readAnswer(); a.channel != "" || a.id != "" || a.code != protocol.InvalidArgument || a.rpc != c.rpc {
				t.Errorf("%+v", a)
			}
			p.readEnd()
		})
	}
	eventually(t, "the channels of those connections close", func() bool { o, c, _ := b.counts(); return o == c && o == 8 })
	other.write(request("1.0.A", "https://portal.example", "1"))
	if a := other.readAnswer(); a.result != "{}" {
		t.Errorf("another browser: %+v", a)
	}
}

func TestT16_FrameOfExactly64KiBIsRead(t *testing.T) {
	startNative(t, &fakeBridge{})
	p := dialNative(t)
	message := request("1.0.A", "https://portal.example", "1")
	p.write(message + strings.Repeat(" ", protocol.MaxRequest-len(message)))
	if a := p.readAnswer(); a.result != "{}" {
		t.Errorf("%+v", a)
	}
}

func TestT16_PanicEndsOneConnectionAlone(t *testing.T) {
	b := &fakeBridge{took: func(m []byte) {
		if bytes.Contains(m, []byte(`"boom"`)) {
			panic("boom")
		}
	}}
	startNative(t, b)
	bad, good := dialNative(t), dialNative(t)
	good.write(request("1.0.A", "https://portal.example", "1"))
	_ = good.readAnswer()
	bad.write(request("1.0.A", "https://portal.example", `"boom"`))
	bad.readEnd()
	good.write(request("1.0.A", "https://portal.example", "2"))
	if a := good.readAnswer(); a.id != "2" {
		t.Errorf("%+v", a)
	}
	eventually(t, "the channel of the bad connection closes", func() bool { _, c, _ := b.counts(); return c == 1 })
}

func TestT16_ChannelsAreLimitedTo256(t *testing.T) {
	b := &fakeBridge{}
	startNative(t, b)
	p := dialNative(t)
	for i := range protocol.MaxChannels {
		p.write(request(fmt.Sprintf("%d.0.A", i), "https://portal.example", "1"))
		if a := p.readAnswer(); a.result != "{}" {
			t.Fatalf("channel %d: %+v", i, a)
		}
	}
	p.write(request("one.too.many", "https://portal.example", "1"))
	if a := p.readAnswer(); a.code != protocol.BridgeBusy || a.channel != "one.too.many" || a.id != "1" {
		t.Errorf("%+v", a)
	}
	p.write(`{"channel":"0.0.A","closed":true}`)
	p.write(request("one.too.many", "https://portal.example", "2"))
	if a := p.readAnswer(); a.result != "{}" {
		t.Errorf("after one has closed: %+v", a)
	}
	must(t, p.Close())
	eventually(t, "all channels close with the connection", func() bool { o, c, _ := b.counts(); return o == c })
}

func TestPeerThatDoesNotReadLosesItsConnectionAndHoldsNobodyUp(t *testing.T) {
	b := &fakeBridge{}
	startNative(t, b)
	p := dialNative(t)
	o := origin(t, "https://portal.example")
	p.write(request("1.0.A", o.String(), "1"))
	_ = p.readAnswer()
	message := `{"x":"` + strings.Repeat("x", 100_000) + `"}`
	for range 2 * maxQueuedBytes / len(message) {
		b.send(o, 0, message) // would wait for ever if it waited
	}
	eventually(t, "the channel closes", func() bool { _, c, _ := b.counts(); return c == 1 })
	if _, err := io.Copy(io.Discard, p); err != nil && !errors.Is(err, net.ErrClosed) && strings.Contains(err.Error(), "timeout") {
		t.Error("the connection is still open")
	}
}

func TestT16_QueueForAPeerThatDoesNotReadIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		fit     int
	}{
		"by bytes":    {strings.Repeat("x", 1<<20), maxQueuedBytes >> 20},
		"by messages": {"x", maxQueued},
	} {
		gaveUp := 0
		o := newOutbox(func() { gaveUp++ })
		for range c.fit {
			o.push([]byte(c.message))
		}
		if gaveUp != 0 || len(o.queue) != c.fit {
			t.Errorf("%s: given up early, with %d messages", name, len(o.queue))
		}
		o.push([]byte(c.message))
		o.push([]byte(c.message))
		if gaveUp != 1 || len(o.queue) != 0 {
			t.Errorf("%s: given up %d times, %d messages kept", name, gaveUp, len(o.queue))
		}
	}
}

func TestMessageTooLongForTheBrowserBecomesAnError(t *testing.T) {
	b := &fakeBridge{}
	startNative(t, b)
	p := dialNative(t)
	o := origin(t, "https://portal.example")
	p.write(request("1.0.A", o.String(), "1"))
	_ = p.readAnswer()
	b.send(o, 0, `{"jsonrpc":"2.0","id":"q","result":"`+strings.Repeat("x", protocol.MaxResponse)+`"}`)
	if a := p.readAnswer(); a.id != `"q"` || a.code != protocol.Internal {
		t.Errorf("%+v", a)
	}
}
