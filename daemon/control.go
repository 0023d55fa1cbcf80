// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/pem"
	"errors"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// handle answers the citizen's own programs.
func (a *agent) handle(ctx context.Context, req protocol.Request) (any, error) {
	switch req.Method {
	case control.AgentInfo:
		return a.info(ctx), req.Bind(&struct{}{})
	case control.AgentWait:
		var p control.WaitParams
		if err := req.Bind(&p); err != nil {
			return nil, err
		}
		if err := a.news.wait(ctx, p.Seen); err != nil {
			return nil, err
		}
		return a.info(ctx), nil
	case control.AgentStop:
		if a.stop != nil {
			defer a.stop()
		}
		return struct{}{}, req.Bind(&struct{}{})
	case control.PINChange:
		return carePIN(ctx, req, a.bridge.ChangePIN)
	case control.PINUnblock:
		return carePIN(ctx, req, a.bridge.UnblockPIN)
	case control.SitesList, control.SitesSet, control.SitesForget, control.SitesRepair:
		return a.handleSites(req)
	case control.ActivityList, control.ActivityClear:
		return a.handleActivity(req)
	case control.SettingsGet, control.SettingsSet:
		return a.handleSettings(req)
	case control.DoctorRun:
		return a.doctorRun(ctx, req)
	case control.DoctorFix:
		return a.doctorFix(ctx, req)
	case control.PanelOpen:
		return a.openPanel(ctx, req)
	case control.DocumentView:
		return a.viewDocument(ctx, req)
	case control.ScreenLocked:
		if err := req.Bind(&struct{}{}); err != nil {
			return nil, err
		}
		a.bridge.TLS().ScreenLocked(ctx)
		return struct{}{}, nil
	case control.CardInfo:
		if err := req.Bind(&struct{}{}); err != nil {
			return nil, err
		}
		return a.cards(ctx)
	case control.CardModules:
		return a.modulesOf(ctx, req)
	case control.Login:
		var p control.LoginParams
		if err := req.Bind(&p); err != nil {
			return nil, err
		}
		if err := protocol.CheckNonce(p.Nonce); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, protocol.LoginTimeoutMs*time.Millisecond)
		defer cancel()
		return a.bridge.Login(ctx, p.Origin, p.Nonce, p.Lang)
	}
	return nil, protocol.NoMethod(req.Method)
}

// info is what tray, control page and `ponte status` show first. The revision is read before what it stands for.
func (a *agent) info(ctx context.Context) control.Info {
	revision := a.news.current()
	s := a.bridge.ExtensionStatus(ctx)
	return control.Info{Version: s.Bridge, Language: s.Language, Revision: revision, Busy: a.bridge.Busy(), Card: s.Card, Advice: s.Advice}
}

// cards tells of every reader.
func (a *agent) cards(ctx context.Context) ([]control.Card, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	slots, err := a.readers.Slots(ctx)
	if err != nil {
		return nil, err
	}
	infos := make([]control.Card, 0, len(slots))
	for _, slot := range slots {
		info := control.Card{Reader: slot.Reader, State: slot.State, Family: slot.Family}
		if slot.State == protocol.StateReady {
			a.look(ctx, slot, &info)
		}
		infos = append(infos, info)
	}
	return infos, nil
}

func (a *agent) look(ctx context.Context, slot card.Slot, info *control.Card) {
	view, err := a.readers.Look(ctx, slot)
	problem := view.Problem
	if err != nil {
		problem = protocol.Internal
		var e *protocol.Error
		if errors.As(err, &e) {
			problem = e.Code
		}
	}
	if problem != "" {
		info.Problem = &problem
	}
	if view.Family != "" {
		info.Family = view.Family
	}
	if view.Certificate == nil {
		return
	}
	c := view.Certificate
	info.Holder = view.Holder
	info.FiscalCode, info.CardNumber = card.Subject(c)
	info.Issuer, info.NotBefore, info.NotAfter = c.Issuer.CommonName, c.NotBefore, c.NotAfter
	info.PIN = &protocol.PINStatus{Blocked: view.TriesLeft == 0}
	if view.TriesLeft != card.Unknown {
		info.PIN.TriesLeft = &view.TriesLeft
	}
	info.Certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// ask asks the running agent, or one without doors when none is running.
func ask(ctx context.Context, method string, params, result any) error {
	err := control.Call(ctx, method, params, result)
	if !errors.Is(err, ipc.ErrAbsent) {
		return err
	}
	return askOwn(ctx, method, params, result)
}
