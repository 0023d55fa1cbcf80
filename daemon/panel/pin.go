// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// pinView is how far the citizen is at the windows that ask for the codes.
type pinView struct {
	Running bool
	Outcome *notice
}

func (p *panel) pinPage(w http.ResponseWriter, r *http.Request, s *session) {
	f := p.frame(r, s, "pin")
	var v pinView
	if t, ok := p.tasks.get(pinTask); ok {
		v.Running, f.Refresh = t.Running, t.Running
		if !t.Running {
			v.Outcome = outcome(f.words, t)
		}
	}
	f.Body = v
	p.show(w, f)
}

// outcome tells how the windows were left.
func outcome(w *words.Words, t task) *notice {
	var e *protocol.Error
	switch {
	case t.Err == nil && t.What == control.PINUnblock:
		return &notice{"good", w.T(words.PanelPINUnblocked, nil)}
	case t.Err == nil:
		return &notice{"good", w.T(words.PanelPINChanged, nil)}
	case errors.As(t.Err, &e) && e.Code == protocol.UserCancelled:
		return &notice{"wait", w.T(words.PanelPINCancelled, nil)}
	}
	return &notice{"bad", sentence(w, t.Err)}
}

func (p *panel) changePIN(w http.ResponseWriter, _ *http.Request, s *session) {
	p.startPIN(w, s, control.PINChange)
}

func (p *panel) unblockPIN(w http.ResponseWriter, _ *http.Request, s *session) {
	p.startPIN(w, s, control.PINUnblock)
}

// startPIN has the agent open its windows. The codes are typed there: no page of ours has a field for one.
func (p *panel) startPIN(w http.ResponseWriter, _ *session, method string) {
	_ = p.tasks.start(pinTask, method, func(ctx context.Context) (any, error) { // when one runs, its window is there already
		return nil, p.agent.Call(ctx, method, control.PINParams{}, nil)
	})
	p.redirect(w, "/pin")
}
