// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
)

func TestWhatAPageAsksByItselfDoesNotKeepThePanelAlive(t *testing.T) {
	r := start(t)
	now := time.Now()
	r.idle.now = func() time.Time { return now }
	r.idle.touch()
	now = now.Add(idleLimit - time.Second)
	r.agent.answer(control.AgentWait, control.Info{Revision: 8})
	r.get("/changed?seen=7-0")
	r.send("GET / HTTP/1.1", r.own(liveHeader+": 1")...)
	r.send("GET / HTTP/1.1", "Host: "+r.host())
	r.send("GET /panel.css HTTP/1.1", "Host: "+r.host())
	if left := r.idle.left(); left != time.Second {
		t.Errorf("%v are left", left)
	}
	r.get("/pin")
	if left := r.idle.left(); left != idleLimit {
		t.Errorf("after a person has asked %v are left", left)
	}
}

func TestThePanelEndsWhenNobodyLooks(t *testing.T) {
	ended := make(chan error, 1)
	in, agent := io.Pipe()
	defer func() { _ = agent.Close() }()
	go func() { ended <- run(time.Millisecond, in, io.Discard) }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(long):
		t.Error("it goes on")
	}
}

func TestThePanelEndsWithTheAgent(t *testing.T) {
	ended := make(chan error, 1)
	in, agent := io.Pipe()
	answers, out := io.Pipe()
	go func() { ended <- run(idleLimit, in, out) }()
	lines := bufio.NewReader(answers)
	seen := map[string]bool{}
	for _, command := range []string{"open card\n", "open pin\n", "nonsense\n", "open \n"} {
		if _, err := io.WriteString(agent, command); err != nil {
			t.Fatal(err)
		}
		line, err := lines.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "http://127.0.0.1:") || seen[line] {
			t.Errorf("%q gives %q, %v", command, line, err)
		}
		seen[line] = true
	}
	_ = agent.Close()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(long):
		t.Error("it goes on")
	}
}

// news asks for what is new after a state.
func (r *rig) news(seen string) (status int, state string) {
	r.t.Helper()
	got := r.get("/changed?seen=" + seen)
	var answer struct{ State string }
	_ = json.Unmarshal([]byte(got.text), &answer)
	return got.StatusCode, answer.State
}

func TestAPageLearnsOfWhatIsNew(t *testing.T) {
	r := start(t)
	for _, seen := range []string{"", "7", "7-", "-0", "a-b", "7-0-0", "99999999999999999999-0"} {
		if status, _ := r.news(seen); status != http.StatusBadRequest {
			t.Errorf("%q: %d", seen, status)
		}
	}
	r.agent.answer(control.AgentWait, errors.New("gone"))
	if status, _ := r.news("7-0"); status != http.StatusServiceUnavailable {
		t.Errorf("without an agent: %d", status)
	}
	r.agent.answer(control.AgentWait, control.Info{Revision: 8})
	if status, state := r.news("7-0"); status != http.StatusOK || state != "8-0" {
		t.Errorf("%d %s", status, state)
	}
	r.agent.answer(control.AgentWait, func(ctx context.Context) (any, error) { <-ctx.Done(); return nil, ctx.Err() })
	done := make(chan string, 1)
	go func() { _, state := r.news("7-0"); done <- state }()
	eventually(t, "the page to wait", func() bool { return r.listening.Load() == 1 })
	if err := r.tasks.start("x", "x", func(context.Context) (any, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	select {
	case state := <-done:
		if !strings.HasPrefix(state, "7-") || state == "7-0" {
			t.Errorf("a task that began gives %s", state)
		}
	case <-time.After(long):
		t.Error("a task that begins is no news")
	}
}

// A page that waits is told that the panel ends: it must not go on to ask whoever takes the port next.
func TestAPageThatWaitsIsToldThatThePanelEnds(t *testing.T) {
	r := start(t)
	ctx, end := context.WithCancel(context.Background())
	r.agent.answer(control.AgentWait, func(ctx context.Context) (any, error) { <-ctx.Done(); return nil, ctx.Err() })
	got := make(chan int, 1)
	go func() {
		answer := httptest.NewRecorder()
		r.changed(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, "/changed?seen=7-0", nil), &session{})
		got <- answer.Code
	}()
	eventually(t, "the page to wait", func() bool { return r.listening.Load() == 1 })
	end()
	if status := <-got; status != http.StatusForbidden {
		t.Errorf("%d", status)
	}
}

// Another user of the computer can take the port when the panel has gone. A page that is still open then knows its own
// panel by a word that was in the page and in no request. The same browser may come in again with its cookies cleared: the pages
// that are open go on.
func TestAPageKnowsItsPanelByAWordThatNoRequestHolds(t *testing.T) {
	r := start(t)
	_, second := r.comeIn()
	stranger := start(t)
	word := regexp.MustCompile(`data-proof="([\w-]{43})"`)
	shown := word.FindStringSubmatch(r.get("/").text)
	other := word.FindStringSubmatch(r.send("GET / HTTP/1.1", "Host: "+r.host(), "Cookie: "+r.name+"="+second).text)
	if shown == nil || other == nil || shown[1] != other[1] || shown[1] == stranger.sessions.proof || shown[1] == r.csrf || strings.Contains(r.value+r.base, shown[1]) {
		t.Fatalf("%v %v", shown, other)
	}
	r.agent.answer(control.AgentWait, control.Info{Revision: 8})
	var answer struct{ Proof string }
	if err := json.Unmarshal([]byte(r.get("/changed?seen=7-0").text), &answer); err != nil || answer.Proof != shown[1] {
		t.Errorf("%v, %v", answer, err)
	}
}

func TestTooManyPagesDoNotWait(t *testing.T) {
	r := start(t)
	r.agent.answer(control.AgentWait, control.Info{Revision: 8})
	r.listening.Store(maxNews)
	if status, _ := r.news("7-0"); status != http.StatusServiceUnavailable {
		t.Errorf("%d", status)
	}
	if n := r.listening.Load(); n != maxNews {
		t.Errorf("%d wait, want %d", n, maxNews)
	}
}
