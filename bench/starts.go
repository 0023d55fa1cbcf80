// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"os/exec"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// agentStart starts the agent ten times, each with a start of pcscd beside it. The reader is empty, so that no card's
// time is in the figure; the agent has asked pcscd for the readers when it answers.
func agentStart(ctx context.Context, h *house) ([]row, error) {
	var agent, pcscd samples
	for range 10 {
		h.pcscd.Terminate()
		start := time.Now()
		if err := h.pcscd.Start(ctx); err != nil {
			return nil, err
		}
		pcscd = append(pcscd, ms(time.Since(start)))
		took, err := h.startAgent(ctx)
		if err != nil {
			return nil, err
		}
		agent = append(agent, ms(took))
		if err := h.stopAgent(); err != nil {
			return nil, err
		}
	}
	r := row{What: "agent: start to its first answer, median of 10", Unit: "ms", Measured: agent.median(),
		Note: "the answer to agent.info on the control socket, which names the state of the readers; pcscd: until it lists its readers, asked each 5 ms"}
	return []row{
		r.within(100).beside("pcscd", pcscd.median()).besideQuoted("Fortify core", 344).besideQuoted("AusweisApp", 98),
	}, nil
}

// nativehostStart starts the nativehost 50 times, each with two other programs beside it.
func nativehostStart(ctx context.Context, h *house) ([]row, error) {
	if err := h.needAgent(ctx); err != nil {
		return nil, err
	}
	var host, nothing, openssl samples
	for range 50 {
		start := time.Now()
		b, err := h.openBrowser()
		if err != nil {
			return nil, err
		}
		err = b.ask(1, protocol.MethodHello, helloParams)
		host = append(host, ms(time.Since(start)))
		if err != nil {
			return nil, err
		}
		if err := b.close(); err != nil {
			return nil, err
		}
		for command, into := range map[*exec.Cmd]*samples{exec.Command("true"): &nothing, exec.Command("openssl", "version"): &openssl} {
			start := time.Now()
			if err := command.Run(); err != nil {
				return nil, err
			}
			*into = append(*into, ms(time.Since(start)))
		}
	}
	what := "nativehost: start to the answer of bridge.hello, "
	median := row{What: what + "median of 50", Unit: "ms", Measured: host.median()}
	p95 := row{What: what + "p95 of 50", Unit: "ms", Measured: host.p95(), Note: "the agent runs; true and openssl: from their start to their end"}
	return []row{
		median.within(5).beside("true", nothing.median()).beside("openssl version", openssl.median()).besideQuoted("Web eID app, first byte", 27.8),
		p95.within(5).beside("true", nothing.p95()).beside("openssl version", openssl.p95()),
	}, nil
}
