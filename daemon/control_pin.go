// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/protocol"
)

// carePIN answers pin.change and pin.unblock: no code is in the request or in the answer, the citizen types them in
// dialogs of the agent.
func carePIN(ctx context.Context, req protocol.Request, care func(ctx context.Context, lang string) error) (any, error) {
	var p control.PINParams
	if err := req.Bind(&p); err != nil {
		return nil, err
	}
	return struct{}{}, care(ctx, p.Lang)
}
