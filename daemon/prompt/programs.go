// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package prompt

import (
	"context"
	"errors"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/words"
)

// What the programs leave to us, in characters.
const (
	lineWidth = 64 // keeps a window on a small screen: pinentry breaks no lines by itself
	maxHost   = 60 // of a host name: an Assuan line holds no more of everything
)

// box is one program that can show both kinds of dialog.
type box interface {
	askPIN(ctx context.Context, d *dialog) (*pin.PIN, error)
	confirm(ctx context.Context, w *words.Words, d *dialog) (bridge.Answer, error)
}

// try shows the dialog with the first program that can, and gives its answer; the zero answer with an error.
func try[T any](ctx context.Context, boxes []box, show func(box) (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	var failures []error
	for _, b := range boxes {
		answer, err := show(b)
		switch {
		case err == nil:
			return answer, nil
		case errors.Is(err, bridge.ErrDialogCancelled) || errors.Is(err, bridge.ErrDialogTimeout):
			return none, err
		case ctx.Err() != nil:
			return none, ctx.Err()
		}
		failures = append(failures, err)
	}
	if len(failures) == 0 {
		return none, bridge.ErrNoDialog
	}
	return none, fmt.Errorf("%w: %w", bridge.ErrNoDialog, errors.Join(failures...))
}
