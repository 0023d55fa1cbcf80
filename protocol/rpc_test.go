// SPDX-License-Identifier: EUPL-1.2

package protocol_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

// A request that is wrong is answered with its own id wherever that can be read: else its page would wait for ever.
func TestWrongRequestKeepsItsID(t *testing.T) {
	for name, in := range map[string]string{
		"a member that nobody knows": `{"jsonrpc":"2.0","id":"a","method":"m","x":1}`,
		"a method that is a number":  `{"jsonrpc":"2.0","id":"a","method":7}`,
		"a method that is missing":   `{"jsonrpc":"2.0","id":"a"}`,
		"an older version":           `{"jsonrpc":"1.0","id":"a","method":"m"}`,
		"params in an array":         `{"jsonrpc":"2.0","id":"a","method":"m","params":[]}`,
		"a member in capitals":       `{"jsonrpc":"2.0","id":"a","ID":"b","method":"m"}`,
		"a member that is repeated":  `{"jsonrpc":"2.0","id":"b","id":"a","method":"m"}`,
		"method in capitals":         `{"jsonrpc":"2.0","id":"a","METHOD":"m"}`,
		"nested too deep":            `{"jsonrpc":"2.0","id":"a","method":"m","params":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
		"nested too deep, id last":   `{"jsonrpc":"2.0","method":"m","params":{"id":2,"x":"}","y":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `},"id":"a"}`,
	} {
		req, err := protocol.ParseRequest([]byte(in))
		if err == nil || req.ID != `"a"` {
			t.Errorf("%s: id %s, %v", name, req.ID, err)
		}
	}
}

func TestErrorsBecomeAnswers(t *testing.T) {
	hint := func(c protocol.Code) string { return "hint " + string(c) }
	long := strings.Repeat("è", 500)
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a code":               {protocol.Fail(protocol.NoCard, ""), `{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"no card in the reader","data":{"code":"NO_CARD","retry":true,"hint":"hint NO_CARD"}}}`},
		"a wrapped code":       {fmt.Errorf("reading: %w", protocol.Fail(protocol.CardRemoved, "at APDU 3")), `{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"the card was removed: at APDU 3","data":{"code":"CARD_REMOVED","retry":true,"hint":"hint CARD_REMOVED"}}}`},
		"an invalid argument":  {protocol.Fail(protocol.InvalidArgument, "lang"), `{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"invalid argument: lang","data":{"code":"INVALID_ARGUMENT","retry":false,"hint":"hint INVALID_ARGUMENT"}}}`},
		"no such method":       {protocol.NoMethod("x.y"), `{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no method x.y","data":{"code":"INVALID_ARGUMENT","retry":false,"hint":"hint INVALID_ARGUMENT"}}}`},
		"unreadable":           {protocol.Unreadable("not JSON"), `{"jsonrpc":"2.0","id":7,"error":{"code":-32700,"message":"not JSON","data":{"code":"INVALID_ARGUMENT","retry":false,"hint":"hint INVALID_ARGUMENT"}}}`},
		"a fault":              {errors.New("Mario Rossi RSSMRA80A01H501U"), `{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"internal error","data":{"code":"INTERNAL","retry":true,"hint":"hint INTERNAL"}}}`},
		"a fault with details": {protocol.Fail(protocol.Internal, "RSSMRA80A01H501U"), `{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"internal error","data":{"code":"INTERNAL","retry":true,"hint":"hint INTERNAL"}}}`},
		"a text without end":   {protocol.NoMethod(long), `{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no method ` + long[:190] + `...","data":{"code":"INVALID_ARGUMENT","retry":false,"hint":"hint INVALID_ARGUMENT"}}}`},
	} {
		if got := string(protocol.Reply("7", nil, c.err, hint)); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", name, got, c.want)
		}
	}
	if got := string(protocol.Reply("7", make(chan int), nil, nil)); !strings.Contains(got, "INTERNAL") {
		t.Errorf("a result that has no JSON: %s", got)
	}
	if got := string(protocol.Reply("", struct{}{}, nil, nil)); got != `{"jsonrpc":"2.0","id":null,"result":{}}` {
		t.Error(got)
	}
}

// The nativehost, which relays bytes, knows an answer by the id as it was written.
func TestAnIDTravelsBackAsItWasWritten(t *testing.T) {
	for _, id := range []string{`"<a>&\u2028"`, "\"\u2028\"", `"\u0061"`, `"è\u00e8"`, `1.50e+1`, `-0`, `" "`} {
		req, err := protocol.ParseRequest([]byte(`{"jsonrpc":"2.0","id":` + id + `,"method":"m"}`))
		if err != nil {
			t.Fatal(err)
		}
		for name, rpc := range map[string][]byte{
			"result": protocol.Reply(req.ID, struct{}{}, nil, nil), "error": protocol.Reply(req.ID, nil, protocol.NoMethod("m"), nil),
		} {
			if back, err := protocol.Peek(protocol.Envelope{Channel: "1", RPC: rpc}.Marshal()); err != nil || string(back.ID) != id {
				t.Errorf("%s with id %s came back as %s, %v", name, id, back.ID, err)
			}
		}
	}
}

func TestParamsAreBoundStrictly(t *testing.T) {
	for params, ok := range map[string]bool{
		`{"challengeNonce":"x"}`:               true,
		`{}`:                                   true,
		`{"challengeNonce":"x","pin":"12345"}`: false,
		`{"challengeNonce":5}`:                 false,
		`{"challengenonce":"x"}`:               false,
		`{"lang":"it","lang":"de"}`:            false,
		`{"timeoutMs":1e99}`:                   false,
	} {
		var p protocol.LoginParams
		err := protocol.Request{Params: json.RawMessage(params)}.Bind(&p)
		if (err == nil) != ok || (err != nil && !errors.Is(err, protocol.Fail(protocol.InvalidArgument, ""))) {
			t.Errorf("%s: %v", params, err)
		}
	}
}

func TestResponseIsRead(t *testing.T) {
	for _, in := range []string{"", "[]", `{"id":1,"result":{}}`, `{"jsonrpc":"2.0","id":{},"result":1}`, `{"jsonrpc":"2.0","id":1,"error":5}`} {
		if r, err := protocol.ParseResponse([]byte(in)); err == nil {
			t.Errorf("%s was read as %+v", in, r)
		}
	}
	r, err := protocol.ParseResponse(protocol.Notify(protocol.NotifyChanged, protocol.Status{State: protocol.StateNoCard}))
	if err != nil || r.ID != "" || r.Result != nil || r.Error != nil {
		t.Errorf("a notification: %+v, %v", r, err)
	}
}

func TestNonceIsRefused(t *testing.T) {
	for name, n := range map[string]string{
		"empty": "", "43 characters": strings.Repeat("n", 43), "129 characters": strings.Repeat("n", 129),
		"a space": strings.Repeat("n", 43) + " n", "a letter beyond ASCII": strings.Repeat("n", 43) + "è", "a control character": strings.Repeat("n", 44) + "\x7f",
	} {
		if err := protocol.CheckNonce(n); !errors.Is(err, protocol.Fail(protocol.InvalidArgument, "")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	for _, c := range readVectors[[]messageVector](f, "messages.json") {
		f.Add([]byte(c.Message))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		req, err := protocol.ParseRequest(in)
		answer := protocol.Reply(req.ID, struct{}{}, err, nil)
		r, perr := protocol.ParseResponse(answer)
		if perr != nil || r.ID != req.ID || (r.Error == nil) != (err == nil) {
			t.Errorf("%q is answered %s: %v", in, answer, perr)
		}
		if err == nil && (req.ID == "" || req.Method == "" || len(req.Params) == 0 || req.Params[0] != '{') {
			t.Errorf("%q was read as %+v", in, req)
		}
		_, _ = protocol.ParseResponse(in)
	})
}
