// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/protocol"
)

// handleSites answers sites.*. What a site may no longer do ends at once: see agent.sitesChanged.
func (a *agent) handleSites(req protocol.Request) (any, error) {
	if req.Method == control.SitesList || req.Method == control.SitesRepair {
		if err := req.Bind(&struct{}{}); err != nil {
			return nil, err
		}
		if req.Method == control.SitesRepair {
			kept, err := a.sites.Repair()
			return control.Repaired{Kept: kept}, a.told(err)
		}
		list, err := a.sites.List()
		return list, a.told(err)
	}
	var p control.SiteParams
	if err := req.Bind(&p); err != nil {
		return nil, err
	}
	if p.Origin == (protocol.Origin{}) {
		return nil, protocol.Fail(protocol.InvalidArgument, "origin: missing")
	}
	var err error
	if req.Method == control.SitesSet {
		err = a.sites.Set(p.Origin, p.Allowed)
	} else {
		_, err = a.sites.Forget(p.Origin)
	}
	return struct{}{}, a.told(err)
}

// told gives an error of package policy the code with which the citizen's programs are told. What they asked for is
// refused with INVALID_ARGUMENT; anything else is a fault of files, which they show with the place that is wrong.
func (a *agent) told(err error) error {
	if err == nil {
		return nil
	}
	for _, refused := range []error{policy.ErrManagedSite, policy.ErrManagedKey, policy.ErrNoSetting, policy.ErrValue} {
		if errors.Is(err, refused) {
			return protocol.Fail(protocol.InvalidArgument, err.Error())
		}
	}
	a.log.Error("files of settings and sites", "err", err)
	return protocol.Fail(protocol.Internal, err.Error())
}
