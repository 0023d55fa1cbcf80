// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"github.com/ponte-cns/ponte/daemon/activity"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/protocol"
)

// handleActivity answers activity.*.
func (a *agent) handleActivity(req protocol.Request) (any, error) {
	if req.Method == control.ActivityClear {
		if err := req.Bind(&struct{}{}); err != nil {
			return nil, err
		}
		err := a.activity.Clear()
		a.news.tell()
		return struct{}{}, a.told(err)
	}
	var p control.ListParams
	if err := req.Bind(&p); err != nil {
		return nil, err
	}
	if p.Limit < 0 {
		return nil, protocol.Fail(protocol.InvalidArgument, "limit: 0 or more")
	}
	entries, err := a.activity.List()
	if err != nil {
		return nil, a.told(err)
	}
	return append([]activity.Entry{}, activity.Newest(entries, p.Limit)...), nil // [] rather than null
}
