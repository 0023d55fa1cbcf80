// SPDX-License-Identifier: EUPL-1.2

//go:build !demo

package main

import (
	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pcsc"
)

// transact gives package card the transactions of PC/SC.
func transact(reader string, work func(card.Link) error) error {
	return pcsc.Transact(reader, func(t *pcsc.Transaction) error { return work(t) })
}

// newWatcher watches the readers of this computer.
func newWatcher(report func([]pcsc.Reader, error)) (watcher, error) {
	return pcsc.NewWatcher(report), nil
}
