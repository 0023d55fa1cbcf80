// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// asker is a page, or a program of the citizen: whoever can say something to the agent and hears what it says.
type asker struct {
	t    *testing.T
	say  func(rpc string)
	hear func() (id string, r protocol.Response)
	id   int
}

// call waits for the answer of one request. Notifications are passed over.
func (a *asker) call(method string, params, result any) {
	a.t.Helper()
	a.id++
	a.begin(a.id, method, params)
	a.answer(a.id, result)
}

func (a *asker) begin(id int, method string, params any) {
	a.t.Helper()
	b, err := json.Marshal(params)
	check(a.t, err)
	a.say(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, method, b))
}

func (a *asker) answer(id int, result any) {
	a.t.Helper()
	for {
		_, r := a.hear()
		if string(r.ID) != fmt.Sprint(id) {
			continue
		}
		if r.Error != nil {
			a.t.Fatalf("%+v", *r.Error)
		}
		if result != nil {
			check(a.t, json.Unmarshal(r.Result, result))
		}
		return
	}
}

const signRequest = 9_000

// signs has documents signed, and gives them back.
func (a *asker) signs(texts ...string) [][]byte {
	a.t.Helper()
	p := protocol.SignDocumentParams{}
	for i, text := range texts {
		p.Documents = append(p.Documents, protocol.DocumentParams{Name: fmt.Sprintf("nota %d.txt", i+1), Type: "text/plain", Size: int64(len(text))})
	}
	a.begin(signRequest, protocol.MethodSignDocument, p)
	for i, text := range texts {
		for at := 0; at < len(text); at += protocol.MaxSendBytes {
			piece := text[at:min(len(text), at+protocol.MaxSendBytes)]
			a.call(protocol.MethodSignSend, protocol.SignSendParams{
				Request: protocol.ID(fmt.Sprint(signRequest)), Document: i, Offset: int64(at), Data: base64.StdEncoding.EncodeToString([]byte(piece)),
			}, nil)
		}
	}
	var done protocol.SignDocumentResult
	a.answer(signRequest, &done)
	var all [][]byte
	for i, d := range done.Documents {
		if d.Error != nil {
			a.t.Fatalf("%+v", *d.Error)
		}
		original := sha256.Sum256([]byte(texts[i]))
		if d.Original.SHA256 != hex.EncodeToString(original[:]) || d.Name != fmt.Sprintf("nota %d.txt.p7m", i+1) {
			a.t.Errorf("%+v", d)
		}
		var got []byte
		for end := false; !end; {
			var piece protocol.SignReceiveResult
			a.call(protocol.MethodSignReceive, protocol.SignReceiveParams{Request: protocol.ID(fmt.Sprint(signRequest)), Document: i, Offset: int64(len(got))}, &piece)
			b, err := base64.StdEncoding.DecodeString(piece.Data)
			check(a.t, err)
			got, end = append(got, b...), piece.End
		}
		all = append(all, got)
	}
	a.call(protocol.MethodSignEnd, map[string]int{"request": signRequest}, nil)
	return all
}

// signedByTheCard verifies documents as a portal does.
func signedByTheCard(t *testing.T, files [][]byte, texts ...string) {
	t.Helper()
	trust, err := document.NewTrust(document.Options{TrustAnchors: []*x509.Certificate{pki().CA()}})
	check(t, err)
	for i, file := range files {
		r, err := portal.VerifyDocument(t.Context(), file, portal.DocumentOptions{Trust: trust})
		if err != nil || !r.Good() || !bytes.Contains(file, []byte(texts[i][:20])) {
			t.Errorf("document %d: %+v, %v", i, r, err)
		}
	}
}

var twoTexts = []string{strings.Repeat("Il sottoscritto chiede. ", 60_000), "Una nota breve, ma non troppo."}

func TestDocumentsOfAPageAreSignedThroughTheExtension(t *testing.T) {
	h := newHouse(t, testcard.DefaultPIN, "ok")
	c := h.plug(0, testcard.Options{})
	h.startAgent()
	b := h.browser()
	a := &asker{t: t, say: func(rpc string) { b.send("1.0.A", site, rpc) }, hear: func() (string, protocol.Response) { return b.next() }}
	signedByTheCard(t, a.signs(twoTexts...), twoTexts...)
	if n := c.Counters().Verifies; n != 1 {
		t.Errorf("%d PINs", n)
	}
	var hashed protocol.SignHashResult
	digest := sha256.Sum256([]byte("blind"))
	a.call(protocol.MethodSignHash, protocol.SignHashParams{
		Certificate: base64.StdEncoding.EncodeToString(c.Certificate().Raw), Hash: base64.StdEncoding.EncodeToString(digest[:]),
		HashFunction: "SHA-256", DocumentName: "delega.pdf",
	}, &hashed)
	signature, err := base64.StdEncoding.DecodeString(hashed.Signature)
	if err != nil || c.Certificate().CheckSignature(x509.SHA256WithRSA, []byte("blind"), signature) != nil {
		t.Errorf("%+v, %v", hashed, err)
	}
}

func TestDocumentsOfAPageAreSignedThroughTheWebSocket(t *testing.T) {
	h := newHouse(t, testcard.DefaultPIN, "ok")
	h.plug(0, testcard.Options{})
	h.startAgent()
	d := websocket.Dialer{Subprotocols: []string{protocol.WebSocketSubprotocol}}
	c, _, err := d.Dial(fmt.Sprintf("ws://127.0.0.1:%d/v1", h.webSocketPort()), http.Header{"Origin": {site}})
	check(t, err)
	t.Cleanup(func() { _ = c.Close() })
	a := &asker{t: t, say: func(rpc string) { check(t, c.WriteMessage(websocket.TextMessage, []byte(rpc))) }, hear: func() (string, protocol.Response) {
		_, message, err := c.ReadMessage()
		check(t, err)
		r, err := protocol.ParseResponse(message)
		check(t, err)
		return "", r
	}}
	signedByTheCard(t, a.signs(twoTexts...), twoTexts...)
}

func TestTheCitizenSignsWithoutASite(t *testing.T) {
	h := newHouse(t, testcard.DefaultPIN, "ok")
	h.plug(0, testcard.Options{})
	h.startAgent()
	for _, kv := range h.env {
		if name, value, _ := strings.Cut(kv, "="); name == "XDG_RUNTIME_DIR" {
			t.Setenv(name, value)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, err := ipc.Dial(ctx, ipc.Control)
	check(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	a := &asker{t: t, say: func(rpc string) { check(t, protocol.WriteFrame(conn, []byte(rpc), protocol.MaxRequest)) }, hear: func() (string, protocol.Response) {
		frame, err := protocol.ReadFrame(conn, protocol.MaxResponse)
		check(t, err)
		r, err := protocol.ParseResponse(frame)
		check(t, err)
		return "", r
	}}
	var info control.Info // the other methods of the socket go on beside
	a.call(control.AgentInfo, struct{}{}, &info)
	signedByTheCard(t, a.signs(twoTexts...), twoTexts...)
	var entries []struct{ Operation, Origin string }
	a.call(control.ActivityList, struct{}{}, &entries)
	if len(entries) != 1 || entries[0].Operation != "sign.document" || entries[0].Origin != "" {
		t.Errorf("%+v", entries)
	}
}
