// SPDX-License-Identifier: EUPL-1.2

package protocol_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

type signingVector struct {
	Name   string
	Params json.RawMessage
	OK     bool
}

// judge reads parameters as the agent does.
func judge(t *testing.T, method string, params json.RawMessage) error {
	t.Helper()
	req, err := protocol.ParseRequest([]byte(`{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":` + string(params) + `}`))
	if err != nil {
		return err
	}
	switch method {
	case protocol.MethodSignDocument:
		var p protocol.SignDocumentParams
		if err := req.Bind(&p); err != nil {
			return err
		}
		return p.Check()
	case protocol.MethodSignSend:
		var p protocol.SignSendParams
		if err := req.Bind(&p); err != nil {
			return err
		}
		_, err := p.Bytes()
		return err
	}
	t.Fatalf("no vectors for %s", method)
	return nil
}

func TestSigningVectors(t *testing.T) {
	for method, vectors := range readVectors[map[string][]signingVector](t, "signing.json") {
		refused := 0
		for _, v := range vectors {
			err := judge(t, method, v.Params)
			if (err == nil) != v.OK {
				t.Errorf("%s, %s: %v", method, v.Name, err)
			}
			if !v.OK {
				refused++
				if !errors.Is(err, protocol.Fail(protocol.InvalidArgument, "")) {
					t.Errorf("%s, %s: %v", method, v.Name, err)
				}
			}
		}
		if refused < 4 || refused == len(vectors) {
			t.Errorf("%s: %d vectors, %d refused", method, len(vectors), refused)
		}
	}
}

func TestMoreThanTheCeilingsIsRefused(t *testing.T) {
	one := protocol.DocumentParams{Name: "a.pdf", Size: 1}
	full := protocol.DocumentParams{Name: "a.pdf", Size: protocol.MaxDocumentBytes}
	for name, p := range map[string]protocol.SignDocumentParams{
		"51 documents":            {Documents: make51(one)},
		"a document too large":    {Documents: []protocol.DocumentParams{{Name: "a", Size: protocol.MaxDocumentBytes + 1}}},
		"too much in all":         {Documents: []protocol.DocumentParams{full, full, one}},
		"a name of 201":           {Documents: []protocol.DocumentParams{{Name: strings.Repeat("é", 201), Size: 1}}},
		"a type of 101":           {Documents: []protocol.DocumentParams{{Name: "a", Type: strings.Repeat("t", 101), Size: 1}}},
		"a reason of 301":         {Documents: []protocol.DocumentParams{one}, Reason: strings.Repeat("r", 301)},
		"a location of 151":       {Documents: []protocol.DocumentParams{one}, Location: strings.Repeat("l", 151)},
		"a box that has no end":   {Documents: []protocol.DocumentParams{one}, Visible: &protocol.VisibleBox{Page: 1, Width: 1e9, Height: 10}},
		"a page beyond all pages": {Documents: []protocol.DocumentParams{one}, Visible: &protocol.VisibleBox{Page: 1e9, Width: 10, Height: 10}},
	} {
		if err := p.Check(); !errors.Is(err, protocol.Fail(protocol.InvalidArgument, "")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fits := protocol.SignDocumentParams{Documents: []protocol.DocumentParams{full, full}}
	if err := fits.Check(); err != nil {
		t.Error(err)
	}
}

func make51(d protocol.DocumentParams) (all []protocol.DocumentParams) {
	for range protocol.MaxDocuments + 1 {
		all = append(all, d)
	}
	return all
}

func TestTheReasonOfARefusalTravelsBesideItsCode(t *testing.T) {
	r, err := protocol.ParseResponse(protocol.Reply("1", nil, protocol.Because(protocol.DocumentRefused, protocol.ReasonEncrypted, ""), nil))
	if err != nil || r.Error == nil || r.Error.Data.Code != protocol.DocumentRefused || r.Error.Data.Reason != protocol.ReasonEncrypted {
		t.Errorf("%+v, %v", r.Error, err)
	}
	plain := string(protocol.Reply("1", nil, protocol.Fail(protocol.NoCard, ""), nil))
	if strings.Contains(plain, "reason") {
		t.Error(plain)
	}
}

func TestTheLargestChunkFitsIntoAFrame(t *testing.T) {
	b, _ := json.Marshal(protocol.SignSendParams{Request: `"` + protocol.ID(strings.Repeat("i", protocol.MaxIDLength)) + `"`, Document: 49, Offset: 1 << 30, Data: strings.Repeat("A", 60_000)})
	envelope := protocol.Envelope{Channel: strings.Repeat("c", protocol.MaxChannelLength), RPC: b}.Marshal()
	if n := len(envelope) + 300 + 100; n > protocol.MaxRequest { // an origin, and what is around the parameters
		t.Errorf("%d bytes", n)
	}
	if n := protocol.MaxReceiveBytes/3*4 + 1000; n > protocol.MaxResponse {
		t.Errorf("%d bytes", n)
	}
}
