// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
	"strings"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/words"
)

// showPIN shows a PIN dialog.
func (p *Prompter) showPIN(ctx context.Context, d *dialog) (*pin.PIN, error) {
	w, err := show(ctx, d, true)
	if err != nil {
		return nil, err
	}
	return w.typed.pin(), nil
}

// showQuestion shows a question.
func (p *Prompter) showQuestion(ctx context.Context, _ *words.Words, d *dialog) (bridge.Answer, error) {
	w, err := show(ctx, d, false)
	if err != nil {
		return bridge.No, err
	}
	return w.answer == idOK, nil
}

// fits says that a dialog can be shown whole: a long one gets a scroll bar.
func (d *dialog) fits(string) bool { return true }

// showProgress shows how far a batch is.
func (p *Prompter) showProgress(ctx context.Context, d *dialog, _ int, step func(int) string, done <-chan int) error {
	d.lines = strings.Split(step(0), "\n")
	return follow(ctx, d, step, done)
}
