// SPDX-License-Identifier: EUPL-1.2

package protocol_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

const rpc = `{"jsonrpc":"2.0","id":7,"method":"m"}`

func nested(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }

func TestEnvelopesThatAreRefused(t *testing.T) {
	const o = `"origin":"https://portal.example"`
	for name, in := range map[string]string{
		"nothing":                       "",
		"an array":                      "[]",
		"two":                           `{"channel":"1.0.A","closed":true}{}`,
		"no channel":                    `{` + o + `,"rpc":` + rpc + `}`,
		"a channel that is a number":    `{"channel":1,` + o + `,"rpc":` + rpc + `}`,
		"a channel with a space":        `{"channel":"1 A",` + o + `,"rpc":` + rpc + `}`,
		"a channel with a line end":     `{"channel":"1\n",` + o + `,"rpc":` + rpc + `}`,
		"a channel beyond ASCII":        `{"channel":"è",` + o + `,"rpc":` + rpc + `}`,
		"a channel of 201 characters":   `{"channel":"` + strings.Repeat("c", 201) + `",` + o + `,"rpc":` + rpc + `}`,
		"an origin that is not one":     `{"channel":"1.0.A","origin":"null","rpc":` + rpc + `}`,
		"an empty origin":               `{"channel":"1.0.A","origin":"","rpc":` + rpc + `}`,
		"an origin that is an array":    `{"channel":"1.0.A","origin":["https://portal.example"],"rpc":` + rpc + `}`,
		"neither rpc nor closed":        `{"channel":"1.0.A",` + o + `}`,
		"both rpc and closed":           `{"channel":"1.0.A","closed":true,"rpc":` + rpc + `}`,
		"closed that is a text":         `{"channel":"1.0.A","closed":"true"}`,
		"rpc that is a text":            `{"channel":"1.0.A",` + o + `,"rpc":"x"}`,
		"rpc that is null":              `{"channel":"1.0.A",` + o + `,"rpc":null}`,
		"rpc that is a batch":           `{"channel":"1.0.A",` + o + `,"rpc":[` + rpc + `]}`,
		"a member that nobody knows":    `{"channel":"1.0.A",` + o + `,"tab":5,"rpc":` + rpc + `}`,
		"an origin in capitals":         `{"channel":"1.0.A","ORIGIN":"https://portal.example","rpc":` + rpc + `}`,
		"two origins":                   `{"channel":"1.0.A","origin":"https://attacker.example",` + o + `,"rpc":` + rpc + `}`,
		"rpc nested one level too deep": `{"channel":"1.0.A",` + o + `,"rpc":{"x":` + nested(16) + `}}`,
	} {
		if e, err := protocol.ParseEnvelope([]byte(in)); err == nil {
			t.Errorf("%s was read as %+v", name, e)
		}
	}
	_, err := protocol.ParseEnvelope([]byte(`{"channel":"1.0.A","origin":"https://portal.example/","rpc":` + rpc + `}`))
	if !errors.Is(err, protocol.ErrOrigin) {
		t.Errorf("a wrong origin: %v, want ErrOrigin", err)
	}
}

func TestEnvelopesAreReadAndWritten(t *testing.T) {
	for _, in := range []string{
		`{"channel":"1.0.A","origin":"https://portal.example","rpc":` + rpc + `}`,
		`{"channel":"1.0.A","closed":true}`,
		`{"channel":"extension","rpc":` + rpc + `}`,
		`{"channel":"","rpc":` + rpc + `}`,
		`{"channel":"1.0.A","origin":"https://portal.example","rpc":{"x":` + nested(15) + `}}`,
	} {
		e, err := protocol.ParseEnvelope([]byte(in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := string(e.Marshal()); got != in {
			t.Errorf("%s was written as %s", in, got)
		}
	}
}

func TestPeekFindsWhomToAnswer(t *testing.T) {
	for in, want := range map[string]protocol.Peeked{
		`{"channel":"1.0.A","origin":"x","rpc":` + rpc + `}`:                     {Channel: "1.0.A", ID: "7"},
		`{"rpc":{"method":"m","params":{"id":1},"id":"a\"}"} , "channel" : "1"}`: {Channel: "1", ID: `"a\"}"`},
		`{"channel":"1.0.A","closed":true}`:                                      {Channel: "1.0.A", Closed: true},
		`{"channel":"1.0.A","closed":"true"}`:                                    {Channel: "1.0.A"},
		`{"channel":"a b","rpc":{"id":7}}`:                                       {ID: "7"},
		`{"channel":5,"rpc":{"id":{}}}`:                                          {},
		`{"channel":"1","rpc":[{"id":7}]}`:                                       {Channel: "1"},
		`{"rpc":{"id":7,"x":` + nested(20_000) + `},"channel":"1"}`:              {Channel: "1", ID: "7"},
		`{}`:                             {},
		" \n{ \"channel\" : \"1\" } \t ": {Channel: "1"},
	} {
		if got, err := protocol.Peek([]byte(in)); err != nil || got != want {
			t.Errorf("%.60s: %+v, %v; want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "x", "[]", nested(100), nested(20_000), `{"channel":"1"`, `{"channel":"1"}{}`, "{\"channel\":\"\xff\"}"} {
		if got, err := protocol.Peek([]byte(in)); err == nil {
			t.Errorf("%q: %+v", in, got)
		}
	}
}

func TestGreetingsThatAreRefused(t *testing.T) {
	for _, in := range []string{
		"", "[]", "{}", `{"nativehost":"0.1.0","protocol":1}`, `{"protocol":1,"caller":"x"}`, `{"nativehost":"","protocol":1,"caller":"x"}`,
		`{"nativehost":"0.1.0","protocol":"1","caller":"x"}`, `{"nativehost":"0.1.0","protocol":1,"caller":"x","more":1}`, `{"nativehost":"0.1.0","protocol":1,"caller":"x"}{}`,
	} {
		if g, err := protocol.ParseGreeting([]byte(in)); err == nil {
			t.Errorf("%s was read as %+v", in, g)
		}
	}
	g, err := protocol.ParseGreeting([]byte(`{"nativehost":"0.1.0","protocol":2,"caller":"x"}`))
	if err != nil || g != (protocol.Greeting{NativeHost: "0.1.0", Protocol: 2, Caller: "x"}) {
		t.Errorf("%+v, %v", g, err)
	}
}

func TestTrustedCallers(t *testing.T) {
	chromium := "chrome-extension://" + protocol.ExtensionIDChromium + "/"
	for caller, want := range map[string]bool{
		chromium: true, protocol.ExtensionIDFirefox: true,
		"": false, protocol.ExtensionIDChromium: false, strings.TrimSuffix(chromium, "/"): false, chromium + "x": false,
		strings.ToUpper(chromium): false, " " + chromium: false, "x" + protocol.ExtensionIDFirefox: false,
	} {
		if protocol.TrustedCaller(caller) != want {
			t.Errorf("%q: %v", caller, !want)
		}
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte(`{"channel":"1.0.A","origin":"https://portal.example","rpc":` + rpc + `}`))
	f.Add([]byte(`{"channel":"1.0.A","closed":true}`))
	f.Add([]byte(`{"rpc":{"id":7,"x":` + nested(20) + `},"channel":"1"}`))
	f.Add([]byte(`{"nativehost":"0.1.0","protocol":1,"caller":"x"}`))
	f.Add([]byte(`{"channel":"\u0031","rpc":{"id":"\"\\"},"rpc":{"id":1}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		_, _ = protocol.ParseGreeting(in)
		p, perr := protocol.Peek(in)
		e, err := protocol.ParseEnvelope(in)
		if err != nil {
			return
		}
		if perr != nil {
			t.Fatalf("%q is an envelope, and Peek says %v", in, perr)
		}
		again, err := protocol.ParseEnvelope(e.Marshal())
		if err != nil || again.Channel != e.Channel || again.Origin != e.Origin || again.Closed != e.Closed {
			t.Errorf("%q was written as %s: %v", in, e.Marshal(), err)
		}
		written, err := protocol.Peek(e.Marshal())
		if err != nil || written.Channel != e.Channel || written.Closed != e.Closed {
			t.Errorf("Peek sees %+v (%v) in %s, from %+v", written, err, e.Marshal(), p)
		}
	})
}
