// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/protocol"
)

// sighting is when somebody learned whether there is a card.
type sighting struct {
	at   time.Time
	card bool
}

// cardRemoved pulls the card ten times while a page watches it. Beside the page, a program that does nothing but watch
// pcscd says when pcscd told its clients.
func cardRemoved(ctx context.Context, h *house) ([]row, error) {
	if err := h.needAgent(ctx); err != nil {
		return nil, err
	}
	b, err := h.openBrowser()
	if err != nil {
		return nil, err
	}
	defer func() { _ = b.close() }()
	if err := h.insert(ctx); err != nil {
		return nil, err
	}
	if err := b.firstLogin(ctx, 1); err != nil { // a page may watch after its site's first login
		return nil, err
	}
	if err := b.ask(2, protocol.MethodWatch, "{}"); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	page, client := watchAsPage(b), watchAsClient(ctx)
	var beyond, whole samples
	for range 10 {
		h.eject()
		inserted := time.Now()
		if err := h.insert(ctx); err != nil {
			return nil, err
		}
		for _, who := range []<-chan sighting{page, client} {
			if _, err := next(ctx, who, inserted, true); err != nil {
				return nil, err
			}
		}
		pulled := time.Now()
		h.eject()
		told, err := next(ctx, page, pulled, false)
		if err != nil {
			return nil, err
		}
		seen, err := next(ctx, client, pulled, false)
		if err != nil {
			return nil, err
		}
		beyond = append(beyond, ms(told.Sub(seen)))
		whole = append(whole, ms(told.Sub(pulled)))
	}
	const what = "card removed: page told, after a bare PC/SC client"
	note := "from when a program that only waits in SCardGetStatusChange knew; negative: the page knew first"
	return []row{
		row{What: what + ", median of 10", Unit: "ms", Measured: beyond.median(), Note: note}.within(20),
		row{What: what + ", p95", Unit: "ms", Measured: beyond.p95()}.within(20),
		{What: "card removed: page told, in all, median of 10", Unit: "ms", Measured: whole.median()},
	}, nil
}

// watchAsPage gives what the page of b is told; the channel is closed at the end of the browser.
func watchAsPage(b *browser) <-chan sighting {
	told := make(chan sighting, 64)
	go func() {
		defer close(told)
		for {
			e, err := b.receive()
			at := time.Now()
			var m struct {
				Method string
				Params protocol.Status
			}
			if err != nil || json.Unmarshal(e.RPC, &m) != nil {
				return
			}
			if m.Method == protocol.NotifyChanged {
				told <- sighting{at, m.Params.State == protocol.StateReady}
			}
		}
	}()
	return told
}

// watchAsClient gives what pcscd tells a client, until ctx ends.
func watchAsClient(ctx context.Context) <-chan sighting {
	told := make(chan sighting, 64)
	w := pcsc.NewWatcher(func(readers []pcsc.Reader, _ error) {
		s := sighting{at: time.Now()}
		for _, r := range readers {
			s.card = s.card || r.Presence == pcsc.Present
		}
		select {
		case told <- s:
		case <-ctx.Done():
		}
	})
	go func() {
		defer close(told)
		w.Run(ctx)
	}()
	return told
}

// next waits for the first sighting of that kind since a moment.
func next(ctx context.Context, from <-chan sighting, since time.Time, card bool) (time.Time, error) {
	limit := time.After(20 * time.Second)
	for {
		select {
		case s, ok := <-from:
			if !ok {
				return time.Time{}, errors.New("nobody tells of cards any more")
			}
			if s.card == card && s.at.After(since) {
				return s.at, nil
			}
		case <-limit:
			return time.Time{}, errors.New("nobody told of the card")
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		}
	}
}
