// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/hex"
	"path/filepath"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/pkcs11"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/protocol"
)

// modulesTime bounds how long all modules together may be tried for card.modules.
const modulesTime = time.Minute

// newFinder joins what is needed to drive cards by the modules of their makers. It starts nothing.
func (a *agent) newFinder() (*pkcs11.Finder, error) {
	program, err := sibling("ponte-pkcs11")
	if err != nil {
		return nil, err
	}
	return &pkcs11.Finder{
		Host:    &pkcs11.Host{Command: []string{program}, Log: a.log},
		Choices: func() pkcs11.Choices { return choicesOf(a.settings.Settings()) },
		Memory:  &pkcs11.Memory{File: filepath.Join(a.places.State, "modules.json"), Log: a.log},
	}, nil
}

func choicesOf(s policy.Settings) pkcs11.Choices {
	return pkcs11.Choices{Modules: s.Modules, Allow: s.ModuleAllow}
}

// modulesOf answers card.modules.
func (a *agent) modulesOf(ctx context.Context, req protocol.Request) (any, error) {
	if err := req.Bind(&struct{}{}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, modulesTime)
	defer cancel()
	slots, err := a.readers.Slots(ctx)
	if err != nil {
		return nil, err
	}
	answer := []control.Modules{}
	for _, s := range slots {
		if s.State == protocol.StateNoCard || s.State == protocol.StateMute {
			continue
		}
		d := a.readers.Driving(ctx, s)
		m := control.Modules{
			Reader: s.Reader, ATR: strings.ToUpper(hex.EncodeToString(d.ATR)), Family: d.Family, Module: d.Module, Driver: "none", Tried: []control.ModuleTrial{},
		}
		switch {
		case d.Native:
			m.Driver = "ponte"
		case d.Module != "":
			m.Driver = "module"
		}
		for _, t := range d.Tried {
			m.Tried = append(m.Tried, control.ModuleTrial{Path: t.Path, Source: string(t.Source), Outcome: string(t.Outcome), Detail: t.Detail})
		}
		answer = append(answer, m)
	}
	return answer, nil
}
