// SPDX-License-Identifier: EUPL-1.2

//go:build !cgo && !windows

package pcsc

import "context"

// Without cgo there is no PC/SC on this system: everything is unavailable. Released programs are built with cgo; this
// file lets the rest of the tree be checked for systems whose C headers are not at hand.

// Watcher is that of watch.go.
type Watcher struct{ report func([]Reader, error) }

// NewWatcher is that of watch.go.
func NewWatcher(report func([]Reader, error)) *Watcher { return &Watcher{report} }

// Run reports ErrUnavailable once and waits for ctx.
func (w *Watcher) Run(ctx context.Context) {
	w.report(nil, ErrUnavailable)
	<-ctx.Done()
}

// Wake does nothing.
func (*Watcher) Wake() {}

// Transaction never exists.
type Transaction struct{}

// Transmit gives ErrUnavailable.
func (*Transaction) Transmit([]byte) ([]byte, error) { return nil, ErrUnavailable }

// Features gives ErrUnavailable.
func (*Transaction) Features() ([]byte, error) { return nil, ErrUnavailable }

// Control gives ErrUnavailable.
func (*Transaction) Control(uint32, []byte) ([]byte, error) { return nil, ErrUnavailable }

// ResetAtEnd does nothing.
func (*Transaction) ResetAtEnd() {}

// Transact gives ErrUnavailable.
func Transact(string, func(*Transaction) error) error { return ErrUnavailable }
