// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package pcsc

import (
	"testing"

	"github.com/ebfe/scard"
)

// The counter of events begins again with the reader, and cards of one maker have one ATR: only the absence tells.
func TestACardInAReaderThatWasUnpluggedIsAnotherInsertion(t *testing.T) {
	for name, gone := range map[string][]scard.ReaderState{
		"not listed": nil,
		"unknown":    {{Reader: "Lettore", EventState: scard.StateUnknown}},
	} {
		w := NewWatcher(nil)
		states := []scard.ReaderState{{Reader: "Lettore", EventState: scard.StatePresent | 1<<16, Atr: []byte{0x3B, 0x80}}}
		first := w.readers(states)[0].Insertion
		if again := w.readers(states)[0].Insertion; again != first {
			t.Errorf("%s: the card got number %d while it stayed, not %d", name, again, first)
		}
		if left := w.readers(gone); len(left) != 0 {
			t.Errorf("%s: %+v", name, left)
		}
		if back := w.readers(states)[0].Insertion; back == first {
			t.Errorf("%s: the next card has the number of the one before", name)
		}
	}
}
