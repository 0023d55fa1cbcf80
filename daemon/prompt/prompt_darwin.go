// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/words"
)

// pinentryMac are the places of pinentry-mac: Homebrew on Apple's processors and on Intel's, GPG Suite.
var pinentryMac = []string{
	"/opt/homebrew/bin/pinentry-mac",
	"/usr/local/bin/pinentry-mac",
	"/usr/local/MacGPG2/libexec/pinentry-mac.app/Contents/MacOS/pinentry-mac",
}

// osascriptPath is part of every macOS.
const osascriptPath = "/usr/bin/osascript"

// showPIN shows a PIN dialog: with pinentry-mac where it is installed, else by a script.
func (p *Prompter) showPIN(ctx context.Context, d *dialog) (*pin.PIN, error) {
	boxes, alone := p.chosen()
	if !alone {
		for _, path := range pinentryMac {
			if runnable(path) {
				boxes = append(boxes, &pinentry{path: path, env: p.env, startLimit: p.startLimit})
			}
		}
		boxes = append(boxes, &osascript{path: osascriptPath, env: p.env})
	}
	return try(ctx, boxes, func(b box) (*pin.PIN, error) { return b.askPIN(ctx, d) })
}

// showQuestion asks by a script: there Enter can mean Cancel, in pinentry-mac it means OK.
func (p *Prompter) showQuestion(ctx context.Context, w *words.Words, d *dialog) (bridge.Answer, error) {
	boxes, alone := p.chosen()
	if !alone {
		boxes = []box{&osascript{path: osascriptPath, env: p.env}}
	}
	return try(ctx, boxes, func(b box) (bridge.Answer, error) { return b.confirm(ctx, w, d) })
}

// showProgress waits: a script cannot show progress without a window that has to be answered.
func (p *Prompter) showProgress(ctx context.Context, _ *dialog, _ int, _ func(int) string, _ <-chan int) error {
	<-ctx.Done()
	return ctx.Err()
}
