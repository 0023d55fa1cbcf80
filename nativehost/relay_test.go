// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

func TestFramesThatEndTheProgramAfterOneAnswer(t *testing.T) {
	frame := func(n uint32, body string) []byte {
		return append(binary.NativeEndian.AppendUint32(nil, n), body...)
	}
	for name, c := range map[string]struct {
		in  []byte
		rpc int
	}{
		"64 KiB and one byte": {frame(protocol.MaxRequest+1, strings.Repeat(" ", protocol.MaxRequest+1)), -32700},
		"4 GiB":               {frame(1<<32-1, "x"), -32700},
		"empty":               {frame(0, ""), -32700},
		"text":                {frame(5, "hello"), -32700},
		"an array":            {frame(2, "[]"), -32600},
		"two objects":         {frame(4, "{}{}"), -32700},
		"not UTF-8":           {frame(9, "{\"a\":\"\xff\"}"), -32700},
	} {
		t.Run(name, func(t *testing.T) {
			runtimeDir(t)
			a := listenAgent(t)
			h := start(t, built, chromium)
			agent, _ := a.accept()
			_, _ = h.in.Write(c.in)
			e, err := protocol.ParseEnvelope([]byte(h.read()))
			must(t, err)
			r, err := protocol.ParseResponse(e.RPC)
			must(t, err)
			if e.Channel != "" || r.ID != "" || r.Error == nil || r.Error.Data.Code != protocol.InvalidArgument || r.Error.Code != c.rpc {
				t.Errorf("%q %s", e.Channel, e.RPC)
			}
			h.readEnd()
			if b, err := protocol.ReadFrame(agent, protocol.MaxRequest); !errors.Is(err, io.EOF) {
				t.Errorf("the agent received %q, %v", b, err)
			}
		})
	}
}

func TestHalfAFrameEndsTheProgramInSilence(t *testing.T) {
	runtimeDir(t)
	listenAgent(t)
	h := start(t, built, chromium)
	_, _ = h.in.Write([]byte{9, 0, 0, 0, '{'})
	must(t, h.in.Close())
	h.readEnd()
}

func TestAgentDiesWhileRequestsAreOpen(t *testing.T) {
	runtimeDir(t)
	a := listenAgent(t)
	h := start(t, built, chromium)
	c, _ := a.accept()
	for _, m := range []string{ask("1.0.A", "1"), ask("1.0.A", `"two"`), ask("2.0.B", "1"), ask("3.0.C", "9"), ask("4.0.D", "1")} {
		h.write(m)
		_ = c.read()
	}
	c.write(answerTo("1.0.A", "1")) // answered
	c.write(`{"channel":"1.0.A","rpc":{"jsonrpc":"2.0","method":"card.changed","params":{}}}`)
	if got := h.read(); got != answerTo("1.0.A", "1") {
		t.Errorf("%s", got)
	}
	_ = h.read()
	h.write(`{"channel":"3.0.C","closed":true}`) // its page went away: nobody waits
	_ = c.read()
	must(t, a.Close())
	must(t, c.Close())
	if got := h.unreachable(3); got != `1.0.A "two", 2.0.B 1, 4.0.D 1` {
		t.Errorf("answered %s", got)
	}
	h.readEnd()
}

func TestAgentIsAbsentAndCannotBeStarted(t *testing.T) {
	if startTimeout+writeTimeout/2 > 2*time.Second {
		t.Error("an answer may take more than 2 s")
	}
	runtimeDir(t)
	h := start(t, built, chromium) // no ponte beside it
	h.write(ask("1.0.A", "1"))
	h.write(ask("2.0.B", `"x"`))
	if got := h.unreachable(2); got != `1.0.A 1, 2.0.B "x"` {
		t.Errorf("answered %s", got)
	}
	h.write(ask("1.0.A", "2"))
	if got := h.unreachable(1); got != "1.0.A 2" {
		t.Errorf("answered %s", got)
	}
	// The citizen starts it: the next message arrives.
	a := listenAgent(t)
	h.write(ask("1.0.A", "3"))
	c, _ := a.accept()
	if got := c.read(); got != ask("1.0.A", "3") {
		t.Errorf("the agent received %s", got)
	}
	c.write(answerTo("1.0.A", "3"))
	if got := h.read(); got != answerTo("1.0.A", "3") {
		t.Errorf("%s", got)
	}
	must(t, h.in.Close())
	h.readEnd()
}

// installation is a directory with the program and an agent beside it.
func installation(t *testing.T) (program string) {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	must(t, err)
	for name, from := range map[string]string{"ponte-nativehost": built, agentProgram: self} {
		b, err := os.ReadFile(from)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, name), b, 0o755))
	}
	return filepath.Join(dir, "ponte-nativehost")
}

func TestAgentThatFailsToStartIsAnsweredFor(t *testing.T) {
	runtimeDir(t)
	t.Setenv("PONTE_TEST_FAIL", "1")
	h := start(t, installation(t), chromium)
	h.write(ask("1.0.A", "1"))
	if got := h.unreachable(1); got != "1.0.A 1" {
		t.Errorf("answered %s", got)
	}
}

func TestAgentBesideTheProgramIsStartedAndNoOther(t *testing.T) {
	runtimeDir(t)
	program := installation(t)
	link := filepath.Join(t.TempDir(), "linked")
	must(t, os.Symlink(program, link))

	// Others by the same name: in the search path, in the working directory, beside the link.
	elsewhere := t.TempDir()
	mark := filepath.Join(elsewhere, "mark")
	for _, dir := range []string{elsewhere, filepath.Dir(link)} {
		must(t, os.WriteFile(filepath.Join(dir, agentProgram), []byte("#!/bin/sh\ntouch "+mark+"\n"), 0o755))
	}
	t.Setenv("PATH", elsewhere+":"+os.Getenv("PATH"))
	t.Chdir(elsewhere)
	started := filepath.Join(t.TempDir(), "started")
	t.Setenv("PONTE_TEST_MARK", started)

	h := start(t, link, "/manifest.json", firefox)
	h.write(ask("1.0.A", "1"))
	want := `{"channel":"1.0.A","rpc":{"jsonrpc":"2.0","id":1,"result":{"args":["run"],"session":true,"stdin":"/dev/null"}}}`
	if got := h.read(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if _, err := os.Stat(mark); !errors.Is(err, fs.ErrNotExist) {
		t.Error("another program named ponte was started")
	}

	// It outlives the browser, and a second browser finds it.
	must(t, h.in.Close())
	h.readEnd()
	must(t, os.Remove(started))
	again := start(t, program, chromium)
	again.write(ask("5.0.E", "1"))
	_ = again.read()
	if _, err := os.Stat(started); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a second agent was started")
	}
	again.write(`{"channel":"5.0.E","origin":"https://portal.example","rpc":{"jsonrpc":"2.0","id":2,"method":"die"}}`)
	if got := again.unreachable(1); got != "5.0.E 2" {
		t.Errorf("answered %s", got)
	}
	again.readEnd()
}

func TestFramesArriveAsTheyAreInBothDirections(t *testing.T) {
	runtimeDir(t)
	a := listenAgent(t)
	for _, args := range [][]string{{chromium}, {chromium, "--parent-window=0"}, {"/manifest.json", firefox}} {
		caller := args[0]
		if args[len(args)-1] == firefox {
			caller = firefox
		}
		h := start(t, built, args...)
		c, greeting := a.accept()
		if want := `{"nativehost":"` + version + `","protocol":1,"caller":"` + caller + `"}`; greeting != want {
			t.Errorf("greeting %s, want %s", greeting, want)
		}
		full := ask("1.0.A", "1")
		full += strings.Repeat(" ", protocol.MaxRequest-len(full))
		for _, m := range []string{ask("1.0.A", "1"), ask("2.0.B", "1"), full, `{"channel":"2.0.B","closed":true}`, `{"odd":{"x":[1]}}`} {
			h.write(m)
			if got := c.read(); got != m {
				t.Errorf("the agent received %.80s, want %.80s", got, m)
			}
		}
		long := `{"channel":"1.0.A","rpc":{"x":"` + strings.Repeat("x", protocol.MaxResponse-100) + `"}}`
		for _, m := range []string{answerTo("2.0.B", "1"), answerTo("1.0.A", "1"), long, `{"channel":"","rpc":{}}`} {
			go func() { _ = protocol.WriteFrame(c, []byte(m), protocol.MaxResponse) }()
			if got := h.read(); got != m {
				t.Errorf("the browser received %.80s, want %.80s", got, m)
			}
		}
		must(t, h.in.Close())
		h.readEnd()
		if _, err := protocol.ReadFrame(c, protocol.MaxRequest); !errors.Is(err, io.EOF) {
			t.Errorf("the agent's end: %v", err)
		}
	}
}

func TestAgentThatDoesNotReadIsGone(t *testing.T) {
	runtimeDir(t)
	a := listenAgent(t)
	h := start(t, built, chromium)
	_, _ = a.accept()
	message := ask("1.0.A", "1")
	message += strings.Repeat(" ", protocol.MaxRequest-len(message))
	written := 0
	for protocol.WriteFrame(h.in, []byte(message), protocol.MaxRequest) == nil {
		written++ // until the program gives the agent up and ends
	}
	var last string
	for {
		b, err := protocol.ReadFrame(h.out, protocol.MaxResponse)
		if err != nil {
			break
		}
		last = string(b)
	}
	if !strings.Contains(last, "BRIDGE_UNREACHABLE") {
		t.Errorf("after %d frames the last answer is %q", written, last)
	}
}

// FuzzBrowserStream gives the relay what a browser never sends. Its agent cannot be reached.
func FuzzBrowserStream(f *testing.F) {
	add := func(messages ...string) {
		var b bytes.Buffer
		for _, m := range messages {
			_ = protocol.WriteFrame(&b, []byte(m), len(m))
		}
		f.Add(b.Bytes())
	}
	add(ask("1.0.A", "1"), ask("1.0.A", "1"), `{"channel":"1.0.A","closed":true}`)
	add(ask("1.0.A", `"x"`), "hello")
	add(`{"rpc":{"id":1}}`, `{"channel":7,"rpc":[]}`)
	f.Add([]byte{0, 0, 0, 0})
	f.Add([]byte{255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		frames := make(chan []byte)
		r := &relay{out: &out, frames: frames, connected: make(chan dialled, 1), open: make(map[request]int), trying: true}
		for b := bytes.NewReader(in); ; {
			frame, err := protocol.ReadFrame(b, protocol.MaxRequest)
			if r.last = err; err != nil || !r.fromBrowser(frame) {
				break
			}
		}
		r.sayLast()
		r.reached(dialled{err: ipc.ErrAbsent})
		if len(r.open) != 0 || len(r.waiting) != 0 {
			t.Errorf("%d requests are open, %d frames wait", len(r.open), len(r.waiting))
		}
		for out.Len() > 0 {
			m, err := protocol.ReadFrame(&out, protocol.MaxResponse)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := protocol.ParseEnvelope(m); err != nil {
				t.Errorf("answered %s: %v", m, err)
			}
		}
	})
}

// BenchmarkHello is the time from the start of the program to the answer of bridge.hello, with the agent running.
func BenchmarkHello(b *testing.B) {
	runtimeDir(b)
	a := listenAgent(b)
	go func() {
		for {
			conn, err := a.Accept()
			if err != nil {
				return
			}
			_, _ = protocol.ReadFrame(conn, protocol.MaxRequest)
			_, _ = protocol.ReadFrame(conn, protocol.MaxRequest)
			_ = protocol.WriteFrame(conn, []byte(answerTo("1.0.A", "1")), protocol.MaxResponse)
			_, _ = protocol.ReadFrame(conn, protocol.MaxRequest)
			_ = conn.Close()
		}
	}()
	for b.Loop() {
		h := start(b, built, chromium)
		h.write(ask("1.0.A", "1"))
		_ = h.read()
		b.StopTimer()
		_ = h.in.Close()
		_ = h.cmd.Wait()
		b.StartTimer()
	}
}
