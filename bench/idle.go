// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// Waiting times of what is measured while nothing happens.
const (
	settling = 3 * time.Second // after a start, or after many connections
	watching = 10 * time.Second
)

// agentIdle looks at an agent that nobody asks anything, with a card in the reader.
func agentIdle(ctx context.Context, h *house) ([]row, error) {
	if err := h.needAgent(ctx); err != nil {
		return nil, err
	}
	if err := h.insert(ctx); err != nil {
		return nil, err
	}
	pcscd, err := child("pcscd")
	if err != nil {
		return nil, err
	}
	agent := h.agent.Process.Pid
	wait(ctx, settling)
	h.card.ResetCounters()
	agentWoken, pcscdWoken, err := wakeUpsOver(ctx, watching, agent, pcscd)
	if err != nil {
		return nil, err
	}
	agentMemory, kind, err := memory(agent)
	if err != nil {
		return nil, err
	}
	pcscdMemory, _, err := memory(pcscd)
	if err != nil {
		return nil, err
	}
	idle := row{What: "agent: idle " + kind, Unit: "MiB", Measured: agentMemory}
	asked := row{What: "agent: commands to an idle card, in 10 s", Measured: float64(h.card.Counters().APDUs)}
	woken := row{What: "agent: wake-ups when idle", Unit: "1/s", Measured: agentWoken,
		Note: "of all its threads, whatever woke them; a card is in the reader, nobody asks"}
	return []row{
		idle.within(12).beside("pcscd", pcscdMemory).besideQuoted("Fortify core", 31).besideQuoted("AusweisApp", 29),
		asked.within(0),
		woken.within(0).beside("pcscd", pcscdWoken).besideQuoted("Web eID app, at least", 1),
	}, nil
}

// agentUsed looks at the memory of an agent after 30 logins.
func agentUsed(ctx context.Context, h *house) ([]row, error) {
	if err := h.needAgent(ctx); err != nil {
		return nil, err
	}
	if err := h.insert(ctx); err != nil {
		return nil, err
	}
	b, err := h.openBrowser()
	if err != nil {
		return nil, err
	}
	for i := range 30 {
		if err := b.firstLogin(ctx, i); err != nil {
			return nil, errors.Join(err, b.close())
		}
	}
	if err := b.close(); err != nil {
		return nil, err
	}
	wait(ctx, settling)
	used, kind, err := memory(h.agent.Process.Pid)
	if err != nil {
		return nil, err
	}
	return []row{row{What: "agent: " + kind + " after 30 more logins", Unit: "MiB", Measured: used}.within(12)}, nil
}

// wakeUpsOver gives wake-ups per second of two processes over the same time.
func wakeUpsOver(ctx context.Context, d time.Duration, first, second int) (a, b float64, err error) {
	pids := [2]int{first, second}
	var counts [2]float64
	for _, sign := range []float64{-1, 1} {
		for i, pid := range pids {
			n, err := wakeUps(pid)
			if err != nil {
				return 0, 0, err
			}
			counts[i] += sign * n
		}
		if sign < 0 {
			wait(ctx, d)
		}
	}
	return counts[0] / d.Seconds(), counts[1] / d.Seconds(), nil
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// contentScript is what the extension puts into each page.
func contentScript(_ context.Context, h *house) ([]row, error) {
	info, err := os.Stat(filepath.Join(h.bin, "extension", "chrome", "content.js"))
	if err != nil {
		return nil, err
	}
	r := row{What: "extension: content script", Unit: "bytes", Measured: float64(info.Size())}
	return []row{r.within(5000).besideQuoted("Web eID", 69_000)}, nil
}
