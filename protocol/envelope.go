// SPDX-License-Identifier: EUPL-1.2

package protocol

import (
	"encoding/json"
	"errors"
)

// Greeting is the nativehost's first frame on the agent's portal socket.
type Greeting struct {
	NativeHost string `json:"nativehost"` // version of the nativehost
	Protocol   int    `json:"protocol"`
	Caller     string `json:"caller"` // what the browser gave in argv
}

// ParseGreeting reads a nativehost's first frame. It does not judge it.
func ParseGreeting(b []byte) (Greeting, error) {
	var g Greeting
	if err := checkJSON(b, MaxDepth); err != nil {
		return g, err
	}
	if err := decodeStrict(b, &g); err != nil {
		return g, err
	}
	if g.NativeHost == "" || g.Caller == "" {
		return g, errors.New("greeting without nativehost or caller")
	}
	return g, nil
}

// Envelope is what travels on the native messaging door (PROTOCOL.md, section 2). Origin is zero on the extension's own
// channel, on Closed, and towards the browser.
type Envelope struct {
	Channel string
	Origin  Origin
	Closed  bool
	RPC     json.RawMessage
}

// ParseEnvelope reads an envelope of either direction and checks its form: a channel name, and either closed or an rpc
// object of at most MaxDepth levels. An origin that is not one is an error that wraps ErrOrigin; JSON that is no
// request at all, a batch for example, is a RequestError. Peek tells what there is to answer when there is an error.
func ParseEnvelope(b []byte) (Envelope, error) {
	if err := checkJSON(b, MaxDepth+1); err != nil {
		return Envelope{}, unusable(err)
	}
	var m struct {
		Channel *string         `json:"channel"`
		Origin  *string         `json:"origin"`
		Closed  bool            `json:"closed"`
		RPC     json.RawMessage `json:"rpc"`
	}
	if err := decodeStrict(b, &m); err != nil {
		return Envelope{}, err
	}
	if m.Channel == nil {
		return Envelope{}, errors.New("envelope without a channel")
	}
	e := Envelope{Channel: *m.Channel, Closed: m.Closed, RPC: m.RPC}
	if !validChannel(e.Channel) {
		return Envelope{}, errors.New("not a channel name")
	}
	if e.Closed == (len(e.RPC) > 0) {
		return Envelope{}, errors.New("an envelope has either rpc or closed")
	}
	if !e.Closed && e.RPC[0] != '{' {
		return Envelope{}, unusable(errNotObject)
	}
	if m.Origin != nil {
		o, err := ParseOrigin(*m.Origin)
		if err != nil {
			return Envelope{}, err
		}
		e.Origin = o
	}
	return e, nil
}

// Marshal writes the envelope.
func (e Envelope) Marshal() []byte {
	m := struct {
		Channel string          `json:"channel"`
		Origin  string          `json:"origin,omitempty"`
		Closed  bool            `json:"closed,omitempty"`
		RPC     json.RawMessage `json:"rpc,omitempty"`
	}{e.Channel, e.Origin.String(), e.Closed, e.RPC}
	b, _ := encode(m)
	return b
}

func validChannel(s string) bool {
	if len(s) > MaxChannelLength {
		return false
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
