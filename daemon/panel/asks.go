// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// askLimit bounds how long a page waits for the agent; it leaves time to say so.
const askLimit = 15 * time.Second

// ask asks the agent one thing for a page.
func (p *panel) ask(ctx context.Context, method string, params, result any) error {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	err := p.agent.Call(ctx, method, params, result)
	if err != nil {
		p.log.Info("the agent refused", "method", method, "err", err)
	}
	return err
}

// info asks how things are. Without an agent it gives what a page can be shown with.
func (p *panel) info(ctx context.Context) (control.Info, error) {
	var i control.Info
	err := p.ask(ctx, control.AgentInfo, nil, &i)
	return i, err
}

// sentence tells the citizen why something did not work.
func sentence(w *words.Words, err error) string {
	var e *protocol.Error
	switch {
	case errors.Is(err, ipc.ErrAbsent), errors.Is(err, ipc.ErrForeign):
		return w.T(words.PanelErrorAgent, nil)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return w.T(words.PanelErrorSlow, nil)
	case !errors.As(err, &e):
		return w.Hint(protocol.Internal)
	case e.Code == protocol.InvalidArgument && strings.HasPrefix(e.Detail, "no method "):
		return w.T(words.PanelErrorOld, nil)
	case e.Code == protocol.InvalidArgument:
		return w.T(words.PanelErrorRefused, nil)
	}
	return w.Hint(e.Code)
}

// site is what the agent remembers of a site. The origin is a text here: whatever it is, it is shown.
type site struct {
	Origin  string    `json:"origin"`
	Allowed bool      `json:"allowed"`
	Since   time.Time `json:"since"`
	Managed bool      `json:"managed"`
	Scopes  []string  `json:"scopes"`
}

// entry is one line of the activity log.
type entry struct {
	Time       time.Time     `json:"time"`
	Origin     string        `json:"origin"`
	Operation  string        `json:"operation"`
	Outcome    protocol.Code `json:"outcome"`
	DurationMs int64         `json:"durationMs"`
}

// check is one of the doctor's.
type check struct {
	ID      string `json:"id"`
	Status  string `json:"status"` // ok, warn, fail or info
	Group   string `json:"group"`
	Title   string `json:"title"`
	Detail  string `json:"detail"`
	Fix     string `json:"fix"`
	Fixable bool   `json:"fixable"`
}
