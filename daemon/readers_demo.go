// SPDX-License-Identifier: EUPL-1.2

//go:build demo

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// An agent built with the tag demo has one reader with an emulated card in it, and no PC/SC: `make demo` uses it where
// pcscd has no virtual reader. Releases are built without the tag and hold no card (deps_test.go). The environment
// variable PONTE_DEMO_DIR names a directory for the card's authority, which is written to ca.pem there.

const demoReader = "Demo"

var demoCard struct {
	sync.Mutex // the transaction
	*testcard.Card
}

func newWatcher(report func([]pcsc.Reader, error)) (watcher, error) {
	dir := os.Getenv("PONTE_DEMO_DIR")
	if dir == "" {
		return nil, errors.New("this is the demo's agent: PONTE_DEMO_DIR must name a directory")
	}
	pki, err := testpki.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), pki.CAPEM(), 0o600); err != nil {
		return nil, err
	}
	demoCard.Card, err = testcard.New(testcard.Options{PKI: pki})
	return inserted{report}, err
}

// inserted is a card that stays in its reader.
type inserted struct{ report func([]pcsc.Reader, error) }

func (i inserted) Run(ctx context.Context) {
	i.report([]pcsc.Reader{{Name: demoReader, Presence: pcsc.Present, ATR: demoCard.ATR(), Insertion: 1}}, nil)
	<-ctx.Done()
}

func (inserted) Wake() {}

func transact(_ string, work func(card.Link) error) error {
	demoCard.Lock()
	defer demoCard.Unlock()
	l := demoLink{}
	defer func() {
		if l.reset {
			demoCard.Reset()
		}
	}()
	return work(&l)
}

type demoLink struct{ reset bool }

func (*demoLink) Transmit(command []byte) ([]byte, error) {
	answer, err := demoCard.Transmit(command)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", pcsc.ErrRemoved, err)
	}
	return answer, nil
}

func (l *demoLink) ResetAtEnd() { l.reset = true }
