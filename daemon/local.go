// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/ponte-cns/ponte/protocol"
)

// askOwn answers a control request in this process, for commands that run without an agent. The doors stay closed.
func askOwn(ctx context.Context, method string, params, result any) error {
	a, err := newAgent(os.Stderr)
	if err != nil {
		return err
	}
	defer a.modules.Host.Close()
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.watcher.Run(ctx)
	}()
	defer func() { cancel(); <-ended }()

	raw, err := json.Marshal(params)
	if err != nil {
		return err
	}
	answer, err := a.handle(ctx, protocol.Request{Method: method, Params: raw})
	if err != nil {
		return err
	}
	b, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, result)
}
