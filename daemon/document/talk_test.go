// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// What no real agent says is tested here; the rest in daemon/testdata/script.

// agent answers the requests of a channel: an error, or a result. A nil result is no answer at all.
type agent func(method string, params json.RawMessage) (any, error)

// startAgent takes the place of the agent on the control socket of a session of its own.
func startAgent(t *testing.T, answer agent) {
	t.Helper()
	dir, err := os.MkdirTemp("", "ponte-agent-") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("HOME", dir)
	l, err := ipc.Listen(ipc.Control)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answer.serve(conn)
		}
	}()
}

func (a agent) serve(conn net.Conn) {
	defer conn.Close()
	type open struct {
		id     protocol.ID
		result any
	}
	var late *open // sign.document is answered when all bytes are there
	for {
		frame, err := protocol.ReadFrame(conn, protocol.MaxRequest)
		if err != nil {
			return
		}
		r, err := protocol.ParseRequest(frame)
		if err != nil {
			return
		}
		result, err := a(r.Method, r.Params)
		if r.Method == protocol.MethodSignDocument && err == nil {
			late = &open{r.ID, result}
			continue
		}
		if result != nil || err != nil {
			_ = protocol.WriteFrame(conn, protocol.Reply(r.ID, result, err, nil), protocol.MaxResponse)
		}
		if r.Method == protocol.MethodSignSend && late != nil && err == nil && late.result != nil {
			_ = protocol.WriteFrame(conn, protocol.Reply(late.id, late.result, nil, nil), protocol.MaxResponse)
			late = nil
		}
	}
}

// signs is an agent that has signed one document, as which it gives these bytes.
func signs(d protocol.SignedDocument, given []byte) agent {
	return func(method string, params json.RawMessage) (any, error) {
		switch method {
		case protocol.MethodSignDocument:
			return protocol.SignDocumentResult{Documents: []protocol.SignedDocument{d}}, nil
		case protocol.MethodSignSend:
			return protocol.SignSendResult{}, nil
		case protocol.MethodSignReceive:
			return protocol.SignReceiveResult{Data: base64.StdEncoding.EncodeToString(given), End: true}, nil
		}
		return struct{}{}, nil
	}
}

func signed(name, content string) protocol.SignedDocument {
	sum := sha256.Sum256([]byte(content))
	return protocol.SignedDocument{Name: name, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]), Level: "B-B"}
}

// signNote has the agent sign a file of one line, and gives its folder.
func signNote(t *testing.T, ctx context.Context) (dir string, result *signing, err error) {
	t.Helper()
	dir = t.TempDir()
	note := filepath.Join(dir, "nota.txt")
	if err := os.WriteFile(note, []byte("Una nota.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := words.For("it")
	files, err := openAll(w, []string{note}, placing{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(files)
	p := protocol.SignDocumentParams{Documents: []protocol.DocumentParams{files[0].declared}}
	result, err = ask(ctx, w, p, files, &teller{w: w, total: 1})
	return dir, result, err
}

func TestAnAgentThatGivesAnotherDocumentWritesNoFile(t *testing.T) {
	whole := signed("nota.txt.p7m", "signed")
	longer, none, huge := whole, whole, whole
	longer.Size++
	none.Size = 0
	huge.Size = 1 << 40
	for name, a := range map[string]agent{
		"other bytes":   signs(whole, []byte("forged")),
		"fewer bytes":   signs(longer, []byte("signed")),
		"more bytes":    signs(whole, []byte("signed twice")),
		"no bytes":      signs(whole, nil),
		"nothing":       signs(none, nil),
		"more than any": signs(huge, []byte("signed")),
	} {
		t.Run(name, func(t *testing.T) {
			startAgent(t, a)
			dir, result, err := signNote(t, t.Context())
			if err != nil || len(result.Documents) != 1 || result.Documents[0].Error == nil || result.Documents[0].Signed != "" {
				t.Errorf("%+v, %v", result, err)
			}
			if left(t, dir) != "nota.txt" {
				t.Errorf("left: %s", left(t, dir))
			}
		})
	}
}

func TestTheAgentChoosesNoFolder(t *testing.T) {
	startAgent(t, signs(signed("../../.bashrc", "signed"), []byte("signed")))
	dir, result, err := signNote(t, t.Context())
	if err != nil || result.Documents[0].Signed != filepath.Join(dir, "_bashrc") || left(t, dir) != "_bashrc nota.txt" {
		t.Errorf("%+v, %v; left: %s", result, err, left(t, dir))
	}
}

func TestAnAgentThatRefusesIsHeard(t *testing.T) {
	startAgent(t, func(string, json.RawMessage) (any, error) {
		return nil, protocol.Because(protocol.DocumentRefused, protocol.ReasonEncrypted, "")
	})
	_, _, err := signNote(t, t.Context())
	var e *protocol.Error
	if !errors.As(err, &e) || e.Code != protocol.DocumentRefused || !strings.Contains(e.Detail, "password") {
		t.Errorf("%v", err)
	}
	startAgent(t, signs(protocol.SignedDocument{Name: "a"}, nil))
	if _, result, err := signNote(t, t.Context()); err != nil || result.Documents[0].Error == nil {
		t.Errorf("%+v, %v", result, err)
	}
	startAgent(t, func(method string, _ json.RawMessage) (any, error) { return protocol.SignDocumentResult{}, nil })
	if _, _, err := signNote(t, t.Context()); err == nil || !strings.Contains(err.Error(), "0 documents instead of 1") {
		t.Errorf("fewer documents: %v", err)
	}
}

func TestWhoGivesUpLeavesNothing(t *testing.T) {
	asked := make(chan struct{}, 1)
	startAgent(t, func(method string, _ json.RawMessage) (any, error) {
		if method == protocol.MethodSignSend {
			asked <- struct{}{} // and no answer to anything
		}
		return nil, nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	dir, _, err := signNote(t, ctx)
	if !errors.Is(err, context.Canceled) || left(t, dir) != "nota.txt" {
		t.Errorf("%v; left: %s", err, left(t, dir))
	}
}

func TestAFileThatShrinksIsSaid(t *testing.T) {
	w := words.For("it")
	note := filepath.Join(t.TempDir(), "nota.txt")
	if err := os.WriteFile(note, []byte("Una nota.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := openAll(w, []string{note}, placing{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(files)
	startAgent(t, func(method string, _ json.RawMessage) (any, error) {
		return nil, nil // it waits for bytes
	})
	if err := os.Truncate(note, 3); err != nil {
		t.Fatal(err)
	}
	channel, err := control.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer channel.Close()
	p := protocol.SignDocumentParams{Documents: []protocol.DocumentParams{files[0].declared}}
	if _, err := talk(t.Context(), channel, p, files); err == nil || !strings.Contains(err.Error(), "cambiato mentre veniva letto") {
		t.Errorf("%v", err)
	}
}

func TestTheLineOnTheTerminalIsTakenAway(t *testing.T) {
	var out strings.Builder
	teller := &teller{w: words.For("it"), total: 3, out: &out}
	for _, p := range []protocol.SignProgress{{Stage: protocol.StageAsking}, {Stage: protocol.StageSigning, Done: 1, Total: 3}} {
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		teller.notify(protocol.NotifySignProgress, b)
	}
	teller.notify("card.changed", nil)
	teller.notify(protocol.NotifySignProgress, json.RawMessage("x"))
	if !strings.HasSuffix(strings.TrimRight(out.String(), " "), "\rFirmo 2 di 3…") {
		t.Errorf("%q", out.String())
	}
	teller.done()
	if s := out.String(); !strings.HasSuffix(s, "\r"+strings.Repeat(" ", len([]rune("Firmo 2 di 3…")))+"\r") {
		t.Errorf("%q", s)
	}
	teller.notify(protocol.NotifySignProgress, json.RawMessage(`{"stage":"asking"}`)) // too late
	if s := out.String(); !strings.HasSuffix(s, " \r") {
		t.Errorf("%q", s)
	}
}
