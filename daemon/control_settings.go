// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/protocol"
)

// handleSettings answers settings.*. What is set acts at once (agent.obey, and what is asked for each time), but for the
// WebSocket, which is opened or not when the agent starts.
func (a *agent) handleSettings(req protocol.Request) (any, error) {
	if req.Method == control.SettingsGet {
		return a.settings.Report(), req.Bind(&struct{}{})
	}
	var p control.SettingParams
	if err := req.Bind(&p); err != nil {
		return nil, err
	}
	return struct{}{}, a.told(a.settings.Set(p.Key, p.Value))
}
