// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package prompt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/words"
)

// What the programs leave to us, in characters.
const (
	lineWidth = 64 // keeps a window on a small screen: pinentry breaks no lines by itself
	maxHost   = 60 // of a host name: an Assuan line holds no more of everything
)

// fits says that every program can show a dialog whole, with instructions: an Assuan line holds so much.
func (d *dialog) fits(instructions string) bool { return checkText(d.text()+instructions) == nil }

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

// chosen gives the program that the setting pinentry_program names, none when it cannot be one; and whether it names one.
func (p *Prompter) chosen() ([]box, bool) {
	path, _ := p.setting()
	if path == "" {
		return nil, false
	}
	if !strings.Contains(path, "/") {
		path = p.find(path)
	}
	if !filepath.IsAbs(path) {
		return nil, true
	}
	return []box{&pinentry{path: path, env: p.env, startLimit: p.startLimit, chosen: true}}, true
}

// find looks for a program in the absolute folders of PATH.
func (p *Prompter) find(name string) string {
	for _, dir := range filepath.SplitList(p.env.get("PATH")) {
		if path := filepath.Join(dir, name); filepath.IsAbs(path) && runnable(path) {
			return path
		}
	}
	return ""
}

// runnable says whether a path is a program that we may start.
func runnable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && unix.Access(path, unix.X_OK) == nil
}
