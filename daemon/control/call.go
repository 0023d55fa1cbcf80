// SPDX-License-Identifier: EUPL-1.2

package control

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// Call asks the running agent one thing on its control socket. result may be nil. A refusal of the agent is a
// *protocol.Error; ipc.ErrAbsent says that no agent is running. When ctx ends, the request ends with it.
func Call(ctx context.Context, method string, params, result any) error {
	conn, err := ipc.Dial(ctx, ipc.Control)
	if err != nil {
		return err
	}
	return call(ctx, conn, method, params, result)
}

func call(ctx context.Context, conn net.Conn, method string, params, result any) (err error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		stop()
		_ = conn.Close()
		if err != nil && ctx.Err() != nil {
			err = ctx.Err()
		}
	}()
	if params == nil {
		params = struct{}{}
	}
	request, err := json.Marshal(struct {
		JSONRPC string `json:"jsonrpc"`
		ID      int    `json:"id"`
		Method  string `json:"method"`
		Params  any    `json:"params"`
	}{"2.0", 1, method, params})
	if err != nil {
		return fmt.Errorf("writing the request: %w", err)
	}
	if err := protocol.WriteFrame(conn, request, protocol.MaxRequest); err != nil {
		return fmt.Errorf("%w: asking the agent: %w", ErrClosed, err)
	}
	for {
		frame, err := protocol.ReadFrame(conn, protocol.MaxResponse)
		if err != nil {
			return fmt.Errorf("%w: waiting for the answer: %w", ErrClosed, err)
		}
		r, err := protocol.ParseResponse(frame)
		if err != nil {
			return fmt.Errorf("reading the agent's answer: %w", err)
		}
		if r.Error == nil && r.ID != "1" {
			continue // a notification
		}
		return outcome(r, result)
	}
}

func outcome(r protocol.Response, result any) error {
	if r.Error != nil {
		detail, ok := strings.CutPrefix(r.Error.Message, r.Error.Data.Code.Message())
		if ok {
			detail = strings.TrimPrefix(detail, ": ")
		}
		return protocol.Because(r.Error.Data.Code, r.Error.Data.Reason, detail)
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(r.Result, result); err != nil {
		return fmt.Errorf("reading the agent's answer: %w", err)
	}
	return nil
}
