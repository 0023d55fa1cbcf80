// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
)

func awaiting(t *testing.T, o Options, shown *atomic.Bool) func(context.Context) error {
	return func(ctx context.Context) error {
		return New(o).AwaitReader(ctx, bridge.PINQuestion{
			Origin: origin(t, "https://portale.regione.example"), Holder: "MARIA ROSSI", Reader: "Lettore con tasti", TriesLeft: 3,
		}, func() { shown.Store(true) })
	}
}

func TestWhateverClosesTheDialogForTheReaderIsCancelling(t *testing.T) {
	for name, o := range realPrograms(t) {
		for _, key := range []string{"Return", "Escape"} {
			if key == "Escape" && name != "zenity" {
				continue // pinentry's own windows of one button do not know it
			}
			var shown atomic.Bool
			if err := press(t, awaiting(t, o, &shown), key); !errors.Is(err, bridge.ErrDialogCancelled) || !shown.Load() {
				t.Errorf("%s, %s: %v, shown %v", name, key, err, shown.Load())
			}
		}
	}
}

func TestADialogForTheReaderThatCannotBeShownIsNotSaidToBe(t *testing.T) {
	for _, name := range []string{"dies", "flavor-curses", "no-text", "mute"} {
		var shown atomic.Bool
		ctx, cancel := context.WithCancel(t.Context())
		p := New(Options{Program: fakeProgram(t, name), Environ: []string{"DISPLAY=:0"}})
		p.startLimit /= 100
		err := p.AwaitReader(ctx, bridge.PINQuestion{Origin: origin(t, "https://portale.regione.example")}, func() { shown.Store(true); cancel() })
		cancel()
		if err == nil || shown.Load() && name != "no-text" {
			t.Errorf("%s: %v, shown %v", name, err, shown.Load())
		}
	}
}
