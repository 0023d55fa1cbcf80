// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

const greeting = `{"nativehost":"0.1.0","protocol":1,"caller":"chrome-extension://` + protocol.ExtensionIDChromium + `/"}`

// startNative runs the native door on a socket of its own.
func startNative(t *testing.T, b *fakeBridge) *Native {
	t.Helper()
	runtimeDir(t)
	l, err := ipc.Listen(ipc.Portal)
	must(t, err)
	n := &Native{Bridge: b, Hint: func(c protocol.Code) string { return "hint for " + string(c) }}
	background(t, func(ctx context.Context) error { return n.Serve(ctx, l) })
	return n
}

func dialNative(t *testing.T) peer {
	t.Helper()
	p := dialSocket(t, ipc.Portal)
	p.write(greeting)
	return p
}

func request(channel, origin, id string) string {
	return fmt.Sprintf(`{"channel":%q,"origin":%q,"rpc":{"jsonrpc":"2.0","id":%s,"method":"card.status","params":{}}}`, channel, origin, id)
}

func TestGreetingIsRefused(t *testing.T) {
	b := &fakeBridge{}
	startNative(t, b)
	cases := map[string]string{
		"of an extension that is not ours":          strings.Replace(greeting, protocol.ExtensionIDChromium, strings.Repeat("a", 32), 1),
		"with something after our extension":        strings.Replace(greeting, `/"}`, `/x"}`, 1),
		"without a caller":                          `{"nativehost":"0.1.0","protocol":1}`,
		"that is an envelope":                       request("1.0.A", "https://portal.example", "1"),
		"that is not JSON":                          "hello",
		"with a member that nobody knows":           strings.Replace(greeting, "}", `,"x":1}`, 1),
		"TestT7_of another version of the protocol": strings.Replace(greeting, `"protocol":1`, `"protocol":0`, 1),
		"TestT7_of a version to come":               strings.Replace(greeting, `"protocol":1`, `"protocol":2`, 1),
	}
	for name, first := range cases {
		t.Run(name, func(t *testing.T) {
			p := dialSocket(t, ipc.Portal)
			p.write(first)
			_ = protocol.WriteFrame(p, []byte(request("1.0.A", "https://portal.example", "1")), protocol.MaxRequest)
			p.readEnd()
		})
	}
	if opened, _, _ := b.counts(); opened != 0 {
		t.Errorf("%d channels were opened without a greeting", opened)
	}
}

func TestGreetingOfFirefoxIsAccepted(t *testing.T) {
	startNative(t, &fakeBridge{})
	p := dialSocket(t, ipc.Portal)
	p.write(`{"nativehost":"0.1.0","protocol":1,"caller":"` + protocol.ExtensionIDFirefox + `"}`)
	p.write(request("1.0.A", "https://portal.example", "1"))
	if a := p.readAnswer(); a.result != "{}" {
		t.Errorf("%+v", a)
	}
}

func TestT17_NativehostOfAnotherUserIsRefused(t *testing.T) {
	runtimeDir(t)
	l, err := ipc.Listen(ipc.Portal)
	must(t, err)
	b := &fakeBridge{}
	n := &Native{Bridge: b, checkPeer: func(net.Conn) error { return ipc.ErrForeign }}
	background(t, func(ctx context.Context) error { return n.Serve(ctx, l) })
	p := dialSocket(t, ipc.Portal)
	_ = protocol.WriteFrame(p, []byte(greeting), protocol.MaxRequest)
	_ = protocol.WriteFrame(p, []byte(request("1.0.A", "https://portal.example", "1")), protocol.MaxRequest)
	p.readEnd()
	if opened, _, _ := b.counts(); opened != 0 {
		t.Error("a channel was opened for another user")
	}
	// Without a substitute it is the operating system that is asked: a pipe has no user.
	a, z := net.Pipe()
	defer func() { _ = a.Close(); _ = z.Close() }()
	if err := (&Native{}).greet(a); err == nil {
		t.Error("a connection of nobody was greeted")
	}
}

func TestBadEnvelopesAreAnsweredAndTheConnectionGoesOn(t *testing.T) {
	b := &fakeBridge{}
	startNative(t, b)
	p := dialNative(t)
	rpc := `{"jsonrpc":"2.0","id":7,"method":"card.status"}`
	deep := func(levels int) string {
		return `{"channel":"1.0.A","origin":"https://portal.example","rpc":{"jsonrpc":"2.0","id":7,"method":"m","params":` +
			strings.Repeat("[", levels) + strings.Repeat("]", levels) + `}}`
	}
	cases := []struct {
		name, in string
		want     answered
	}{
		{"no origin", `{"channel":"1.0.A","rpc":` + rpc + `}`, answered{channel: "1.0.A", id: "7", code: protocol.InvalidArgument}},
		{"null origin", `{"channel":"1.0.A","origin":"null","rpc":` + rpc + `}`, answered{channel: "1.0.A", id: "7", code: protocol.OriginDenied}},
		{"look-alike origin", `{"channel":"1.0.A","origin":"https://portal.example/","rpc":` + rpc + `}`, answered{channel: "1.0.A", id: "7", code: protocol.OriginDenied}},
		{"origin that is a number", `{"channel":"1.0.A","origin":5,"rpc":` + rpc + `}`, answered{channel: "1.0.A", id: "7", code: protocol.InvalidArgument}},
		{"no channel", `{"origin":"https://portal.example","rpc":` + rpc + `}`, answered{id: "7", code: protocol.InvalidArgument}},
		{"empty channel", `{"channel":"","origin":"https://portal.example","rpc":` + rpc + `}`, answered{id: "7", code: protocol.InvalidArgument}},
		{"channel with a space", `{"channel":"a b","origin":"https://portal.example","rpc":` + rpc + `}`, answered{id: "7", code: protocol.InvalidArgument}},
		{"channel too long", `{"channel":"` + strings.Repeat("c", 201) + `","origin":"https://portal.example","rpc":` + rpc + `}`, answered{id: "7", code: protocol.InvalidArgument}},
		{"rpc and closed", `{"channel":"1.0.A","origin":"https://portal.example","closed":true,"rpc":` + rpc + `}`, answered{channel: "1.0.A", id: "7", code: protocol.InvalidArgument}},
		{"rpc is a batch", `{"channel":"1.0.A","origin":"https://portal.example","rpc":[` + rpc + `]}`, answered{channel: "1.0.A", code: protocol.InvalidArgument, rpc: -32600}},
		{"rpc is an empty batch", `{"channel":"1.0.A","origin":"https://portal.example","rpc":[]}`, answered{channel: "1.0.A", code: protocol.InvalidArgument, rpc: -32600}},
		{"unknown member", `{"channel":"1.0.A","origin":"https://portal.example","x":1,"rpc":` + rpc + `}`, answered{channel: "1.0.A", id: "7", code: protocol.InvalidArgument}},
		{"nested too deep", deep(17), answered{channel: "1.0.A", id: "7", code: protocol.InvalidArgument, rpc: -32600}},
		{"nested absurdly deep", deep(20_000), answered{channel: "1.0.A", id: "7", code: protocol.InvalidArgument}},
		{"origin on the extension's own channel", `{"channel":"extension","origin":"https://portal.example","rpc":{"jsonrpc":"2.0","id":7,"method":"extension.status"}}`, answered{channel: "extension", id: "7", code: protocol.InvalidArgument}},
		{"method of pages on the extension's own channel", `{"channel":"extension","rpc":` + rpc + `}`, answered{channel: "extension", id: "7", code: protocol.InvalidArgument}},
		{"not a request on the extension's own channel", `{"channel":"extension","rpc":{"id":7}}`, answered{channel: "extension", id: "7", code: protocol.InvalidArgument}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p.write(c.in)
			got := p.readAnswer()
			if got.hint != "hint for "+string(c.want.code) {
				t.Errorf("hint %q", got.hint)
			}
			got.hint = ""
			if c.want.rpc == 0 {
				got.rpc = 0
			}
			if got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
	if opened, _, _ := b.counts(); opened != 0 {
		t.Errorf("%d channels were opened", opened)
	}
	p.write(request("1.0.A", "https://portal.example", "8"))
	if a := p.readAnswer(); a.id != "8" || a.result != "{}" {
		t.Errorf("after all that a good request is answered %+v", a)
	}
}

func TestT2_SecondOriginOnAChannelIsDenied(t *testing.T) {
	b := &fakeBridge{}
	startNative(t, b)
	p := dialNative(t)
	p.write(request("1.0.A", "https://portal.example", "1"))
	_ = p.readAnswer()
	for _, o := range []string{"https://portal.example.attacker.example", "https://portal.example:444", "http://portal.example", "https://attacker.example"} {
		p.write(request("1.0.A", o, "2"))
		if a := p.readAnswer(); a.code != protocol.OriginDenied || a.id != "2" || a.channel != "1.0.A" {
			t.Errorf("%s: %+v", o, a)
		}
	}
	p.write(request("1.0.A", "HTTPS://Portal.Example:443", "3"))
	if a := p.readAnswer(); a.result != "{}" {
		t.Errorf("the same origin in other letters: %+v", a)
	}
	if opened, _, got := b.counts(); opened != 1 || got != 2 {
		t.Errorf("%d channels opened, %d messages received", opened, got)
	}
}

func TestT23_AnswersGoToTheDocumentThatAskedAndToNoOther(t *testing.T) {
	b := &fakeBridge{}
	startNative(t, b)
	p := dialNative(t)
	bank, shop := origin(t, "https://bank.example"), origin(t, "https://shop.example")
	p.write(request("1.0.A", bank.String(), "1"))
	_ = p.readAnswer()
	p.write(request("2.0.B", shop.String(), "1"))
	_ = p.readAnswer()
	b.send(bank, 0, `{"to":"bank"}`)
	b.send(shop, 0, `{"to":"shop"}`)
	if got := p.read(); got != `{"channel":"1.0.A","rpc":{"to":"bank"}}` {
		t.Error(got)
	}
	if got := p.read(); got != `{"channel":"2.0.B","rpc":{"to":"shop"}}` {
		t.Error(got)
	}

	// The document goes away and the name of its channel comes back for another: what was meant for the first is lost.
	p.write(`{"channel":"1.0.A","closed":true}`)
	p.write(request("1.0.A", shop.String(), "2"))
	if a := p.readAnswer(); a.result != "{}" {
		t.Fatalf("%+v", a)
	}
	b.send(bank, 0, `{"to":"bank, late"}`)
	b.send(shop, 1, `{"to":"shop, second page"}`)
	if got := p.read(); got != `{"channel":"1.0.A","rpc":{"to":"shop, second page"}}` {
		t.Error(got)
	}
}

func TestExtensionAsksForItself(t *testing.T) {
	known := origin(t, "https://known.example")
	b := &fakeBridge{known: func(o protocol.Origin) bool { return o == known }}
	startNative(t, b)
	p := dialNative(t)
	ask := func(method, params string) answered {
		p.write(`{"channel":"extension","rpc":{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":` + params + `}}`)
		return p.readAnswer()
	}
	for params, want := range map[string]string{
		`{"origin":"https://known.example"}`:              `{"known":true}`,
		`{"origin":"https://known.example.evil.example"}`: `{"known":false}`,
		`{}`: `{"known":false}`,
	} {
		if a := ask("extension.knows", params); a.result != want || a.channel != "extension" {
			t.Errorf("%s: %+v, want %s", params, a, want)
		}
	}
	if a := ask("extension.knows", `{"origin":"null"}`); a.code != protocol.InvalidArgument {
		t.Errorf("%+v", a)
	}
	if a := ask("extension.status", `{"x":1}`); a.code != protocol.InvalidArgument {
		t.Errorf("%+v", a)
	}
	want := `{"bridge":"0.1.0","language":"it","card":{"state":"no-card","problem":null,"pin":{"triesLeft":null,"blocked":false},"expiresInDays":null},"advice":{"mood":"wait","title":"Nessuna tessera"},"updateNotice":true}`
	if a := ask("extension.status", `{}`); a.result != want {
		t.Errorf("%+v", a)
	}
	if opened, _, _ := b.counts(); opened != 0 {
		t.Error("the extension's own channel was opened for a page")
	}
}

func TestEndOfTheAgentEndsConnections(t *testing.T) {
	runtimeDir(t)
	l, err := ipc.Listen(ipc.Portal)
	must(t, err)
	b := &fakeBridge{}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- (&Native{Bridge: b}).Serve(ctx, l) }()
	p := dialNative(t)
	p.write(request("1.0.A", "https://portal.example", "1"))
	_ = p.readAnswer()
	cancel()
	p.readEnd()
	select {
	case err := <-ended:
		must(t, err)
	case <-time.After(long):
		t.Fatal("Serve goes on")
	}
	if o, c, _ := b.counts(); o != 1 || c != 1 {
		t.Errorf("%d opened, %d closed", o, c)
	}
	if _, err := ipc.Dial(context.Background(), ipc.Portal); !errors.Is(err, ipc.ErrAbsent) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// memory is a stream in memory: what a nativehost sent, and room for the answers.
type memory struct {
	io.Reader
	bytes.Buffer
}

func (m *memory) Read(b []byte) (int, error)       { return m.Reader.Read(b) }
func (m *memory) Close() error                     { return nil }
func (m *memory) SetWriteDeadline(time.Time) error { return nil }

func FuzzNativeStream(f *testing.F) {
	frame := func(messages ...string) []byte {
		var b bytes.Buffer
		for _, m := range messages {
			_ = protocol.WriteFrame(&b, []byte(m), len(m))
		}
		return b.Bytes()
	}
	f.Add(frame(request("1.0.A", "https://portal.example", "1"), `{"channel":"1.0.A","closed":true}`))
	f.Add(frame(request("1.0.A", "https://portal.example", "1"), request("1.0.A", "https://other.example", `"two"`)))
	f.Add(frame(`{"channel":"extension","rpc":{"jsonrpc":"2.0","id":1,"method":"extension.status"}}`))
	f.Add(frame(`{"channel":"extension","rpc":{"jsonrpc":"2.0","id":1,"method":"extension.knows","params":{"origin":"https://a.example"}}}`))
	f.Add(frame(`{"channel":5,"rpc":{}}`, `{`))
	f.Add([]byte{0, 0, 0, 0})
	f.Add([]byte{1, 0, 1, 0, '{', '}'})
	f.Add([]byte{255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, in []byte) {
		b := &fakeBridge{}
		stream := &memory{Reader: bytes.NewReader(in)}
		(&Native{Bridge: b}).session(context.Background(), stream)
		if o, c, _ := b.counts(); o != c {
			t.Errorf("%d channels opened, %d closed", o, c)
		}
		for stream.Buffer.Len() > 0 {
			m, err := protocol.ReadFrame(&stream.Buffer, protocol.MaxResponse)
			if err != nil {
				t.Fatalf("an answer is not a frame: %v", err)
			}
			e, err := protocol.ParseEnvelope(m)
			if err != nil {
				t.Fatalf("an answer is not an envelope: %v: %s", err, m)
			}
			if _, err := protocol.ParseResponse(e.RPC); err != nil {
				t.Fatalf("an answer is not a response: %v: %s", err, m)
			}
		}
	})
}
