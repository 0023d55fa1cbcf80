// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
	"github.com/ponte-cns/ponte/testcard/vpcd"
)

// stand holds the cards, each beside its own reader or in it.
type stand struct{ places []*place }

// place is a card and the reader it belongs to.
type place struct {
	ctx  context.Context // ends with the program
	card *testcard.Card
	addr string

	mu      sync.Mutex
	inside  bool
	cancel  context.CancelFunc
	plugged *vpcd.Plugged
	kept    chan struct{} // closed when keep has ended
}

// retryInterval is how often a card tries to get back into a reader whose pcscd
// went away.
const retryInterval = 100 * time.Millisecond

// noticeTimeout is how long insert waits for pcscd, which looks each 0.4 s.
const noticeTimeout = 5 * time.Second

func newStand(ctx context.Context, pki *testpki.PKI, port int, layout testcard.Layout, descriptions []string) (*stand, error) {
	if len(descriptions) == 0 {
		descriptions = []string{""}
	}
	if len(descriptions) > vpcd.Slots {
		return nil, misuse("%d cards for %d readers", len(descriptions), vpcd.Slots)
	}
	s := &stand{}
	for i, d := range descriptions {
		o, err := parseCard(d)
		if err != nil {
			return nil, err
		}
		o.PKI = pki
		if o.Layout == "" && o.Model == "" {
			o.Layout = layout
		}
		card, err := testcard.New(o)
		if err != nil {
			return nil, usageError{err}
		}
		s.places = append(s.places, &place{ctx: ctx, card: card, addr: fmt.Sprintf("127.0.0.1:%d", port+i)})
	}
	return s, nil
}

func (s *stand) insertAll(ctx context.Context) error {
	for i, p := range s.places {
		if err := p.insert(ctx); err != nil {
			return fmt.Errorf("card %d: %w", i+1, err)
		}
	}
	return nil
}

func (s *stand) ejectAll() {
	for _, p := range s.places {
		p.eject()
	}
}

func (s *stand) describe(out io.Writer) {
	for i, p := range s.places {
		who := p.card.Holder()
		fmt.Fprintf(out, "card %d: %s %s, %s, PIN %s, %s, %s\n", i+1, who.Name, who.Surname, p.card.Model(), p.card.PIN(), p.status(), p.addr)
	}
}

// insert puts the card into its reader and waits until pcscd has noticed. From
// then on the card follows pcscd through restarts, until eject.
func (p *place) insert(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inside {
		return errors.New("it is in the reader already")
	}
	ctx, stop := context.WithTimeout(ctx, noticeTimeout)
	defer stop()
	inserted, cancel := context.WithCancel(p.ctx)
	plugged, err := vpcd.Plug(inserted, p.addr, p.card)
	if err != nil {
		cancel()
		return err
	}
	select {
	case <-plugged.Seen():
	case <-plugged.Done():
		cancel()
		return errors.New("pcscd has closed the connection: is another card in this reader?")
	case <-ctx.Done():
		cancel()
		plugged.Eject()
		return errors.New("pcscd has not noticed the card: is another card in this reader?")
	}
	p.inside, p.cancel, p.plugged, p.kept = true, cancel, plugged, make(chan struct{})
	go p.keep(inserted, plugged, p.kept)
	return nil
}

// keep plugs the card again when pcscd went away, until ctx ends or the card
// has ejected itself.
func (p *place) keep(ctx context.Context, plugged *vpcd.Plugged, kept chan<- struct{}) {
	defer close(kept)
	for {
		<-plugged.Done()
		if p.card.Ejected() || ctx.Err() != nil {
			return
		}
		for {
			again, err := vpcd.Plug(ctx, p.addr, p.card)
			if err == nil {
				plugged = again
				break
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(retryInterval):
			}
		}
	}
}

// eject takes the card out, if it is in.
func (p *place) eject() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.inside {
		return
	}
	p.cancel()
	<-p.kept
	p.inside = false
}

// isInside is false, too, after the card has ejected itself.
func (p *place) isInside() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inside && p.card.Ejected() {
		p.cancel()
		<-p.kept
		p.inside = false
	}
	return p.inside
}

func (p *place) status() string {
	where := "out"
	if p.isInside() {
		where = "in"
	}
	return fmt.Sprintf("state=%s reader=%s tries=%d puk-tries=%d", stateWord(p.card.State()), where, p.card.TriesLeft(), p.card.PUKTriesLeft())
}

// stateWord leaves out the number of tries=N: the tries left follow anyway.
func stateWord(s testcard.State) testcard.State {
	switch s {
	case testcard.StateBlocked, testcard.StatePUKBlocked, testcard.StateExpired, testcard.StateNotYetValid,
		testcard.StateNotActivated, testcard.StateNoCertificate:
		return s
	}
	return testcard.StateOK
}
