// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
)

const (
	newsLimit = 25 * time.Second // for one answer; then the page asks again
	maxNews   = 8                // pages that wait at once
)

// stateOf names what a page is about: the agent's revision, and that of our own tasks.
func stateOf(agent, tasks uint64) string {
	return strconv.FormatUint(agent, 10) + "-" + strconv.FormatUint(tasks, 10)
}

func parseState(s string) (agent, tasks uint64, ok bool) {
	a, b, found := strings.Cut(s, "-")
	agent, err1 := strconv.ParseUint(a, 10, 64)
	tasks, err2 := strconv.ParseUint(b, 10, 64)
	return agent, tasks, found && err1 == nil && err2 == nil
}

// changed answers when a page is out of date, or after a while. The page asks by itself, so it is no sign of a person.
func (p *panel) changed(w http.ResponseWriter, r *http.Request, s *session) {
	agent, seen, ok := parseState(r.URL.Query().Get("seen"))
	if !ok {
		p.refuse(w, http.StatusBadRequest)
		return
	}
	if p.listening.Add(1) > maxNews {
		p.listening.Add(-1)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer p.listening.Add(-1)
	stayOpen(w, 2*newsLimit)
	ctx, cancel := context.WithTimeout(r.Context(), newsLimit)
	defer cancel()
	agent, err := p.waitForNews(ctx, agent, seen)
	tasks, _ := p.tasks.now()
	if r.Context().Err() != nil { // we end: the page must not ask whoever takes the port next
		p.refuse(w, http.StatusForbidden)
		return
	}
	if err != nil && ctx.Err() == nil {
		w.WriteHeader(http.StatusServiceUnavailable) // the script asks again later
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"state": stateOf(agent, tasks), "proof": s.proof})
}

// waitForNews returns when the agent or a task has news, with the agent's revision.
func (p *panel) waitForNews(ctx context.Context, agent, seen uint64) (uint64, error) {
	revision, changed := p.tasks.now()
	if revision != seen {
		return agent, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		info control.Info
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		var a answer
		a.err = p.agent.Call(ctx, control.AgentWait, control.WaitParams{Seen: agent}, &a.info)
		answers <- a
	}()
	select {
	case <-changed:
		return agent, nil
	case a := <-answers:
		if a.err != nil {
			return agent, a.err
		}
		return a.info.Revision, nil
	}
}
