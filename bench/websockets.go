// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"

	"github.com/gorilla/websocket"

	"github.com/ponte-cns/ponte/protocol"
)

// How many pages the agent lets in on the WebSocket (PROTOCOL.md, section 3).
const (
	clients   = 256
	perOrigin = 32
)

// webSocketClients opens as many WebSockets as the agent takes, says hello on each, and lets them be.
func webSocketClients(ctx context.Context, h *house) ([]row, error) {
	if err := h.stopAgent(); err != nil { // what it has done before is not measured
		return nil, err
	}
	if err := h.needAgent(ctx); err != nil {
		return nil, err
	}
	url, err := h.webSocketURL()
	if err != nil {
		return nil, err
	}
	wait(ctx, settling)
	before, kind, err := memory(h.agent.Process.Pid)
	if err != nil {
		return nil, err
	}
	for i := range clients {
		origin := fmt.Sprintf("https://portal-%d.example", i/perOrigin)
		if i%perOrigin == 0 {
			if out, err := exec.CommandContext(ctx, h.program("ponte"), "sites", "allow", origin).CombinedOutput(); err != nil {
				return nil, fmt.Errorf("allowing a site: %w\n%s", err, out)
			}
		}
		c, err := openWebSocket(ctx, url, origin)
		if err != nil {
			return nil, fmt.Errorf("client %d: %w", i+1, err)
		}
		defer func() { _ = c.Close() }()
	}
	wait(ctx, settling)
	after, _, err := memory(h.agent.Process.Pid)
	if err != nil {
		return nil, err
	}
	return []row{
		row{What: "agent: 256 idle WebSocket clients, more " + kind, Unit: "MiB", Measured: after - before}.within(20),
	}, nil
}

// webSocketURL is where the agent listens, by its own log.
func (h *house) webSocketURL() (string, error) {
	log, err := os.ReadFile(h.agentLog())
	if err != nil {
		return "", err
	}
	_, after, ok := bytes.Cut(log, []byte("msg=WebSocket port="))
	var port int
	if !ok {
		return "", errors.New("the agent has no WebSocket: do other programs hold its ports?")
	}
	if _, err := fmt.Sscan(string(after), &port); err != nil {
		return "", err
	}
	return fmt.Sprintf("ws://127.0.0.1:%d%s", port, protocol.WebSocketPath), nil
}

func openWebSocket(ctx context.Context, url, origin string) (*websocket.Conn, error) {
	d := websocket.Dialer{Subprotocols: []string{protocol.WebSocketSubprotocol}}
	c, response, err := d.DialContext(ctx, url, http.Header{"Origin": {origin}})
	if response != nil && err != nil {
		err = fmt.Errorf("%s: %w", response.Status, err)
	}
	if err != nil {
		return nil, err
	}
	hello := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, protocol.MethodHello, helloParams)
	if err := c.WriteMessage(websocket.TextMessage, hello); err != nil {
		return nil, err
	}
	_, answer, err := c.ReadMessage()
	if err != nil {
		return nil, err
	}
	r, err := protocol.ParseResponse(answer)
	if err == nil && r.Error != nil {
		err = protocol.Fail(r.Error.Data.Code, r.Error.Message)
	}
	return c, err
}
