// SPDX-License-Identifier: EUPL-1.2

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

// AskPIN shows one PIN dialog. The PIN is as it was typed: whether it can be one is for the caller to check.
func (p *Prompter) AskPIN(ctx context.Context, q bridge.PINQuestion) (*pin.PIN, error) {
	d, err := pinDialog(p.words(q.Lang), q)
	if err != nil {
		return nil, err
	}
	var typed *pin.PIN
	err = p.try(ctx, p.programs(), func(b box) error {
		var err error
		typed, err = b.askPIN(ctx, d)
		return err
	})
	return typed, err
}

// Confirm asks a question. What is risky is never the answer to Enter, Escape or a closed window.
func (p *Prompter) Confirm(ctx context.Context, q bridge.Question) (bridge.Answer, error) {
	w := p.words(q.Lang)
	d, err := questionDialog(w, q)
	return p.ask(ctx, w, d, err)
}

// Disclose asks whether a site may have data of the card. Enter, Escape and a closed window do not mean yes.
func (p *Prompter) Disclose(ctx context.Context, q bridge.Disclosure) (bridge.Answer, error) {
	w := p.words(q.Lang)
	d, err := disclosureDialog(w, q)
	return p.ask(ctx, w, d, err)
}

// ask shows a question that could be composed.
func (p *Prompter) ask(ctx context.Context, w *words.Words, d *dialog, err error) (bridge.Answer, error) {
	if err != nil {
		return bridge.No, err
	}
	answer := bridge.No
	err = p.try(ctx, p.programsForQuestions(), func(b box) error {
		a, err := b.confirm(ctx, w, d)
		if err == nil {
			answer = a
		}
		return err
	})
	return answer, err
}

// box is one program that can show both kinds of dialog.
type box interface {
	askPIN(ctx context.Context, d *dialog) (*pin.PIN, error)
	confirm(ctx context.Context, w *words.Words, d *dialog) (bridge.Answer, error)
}

// try shows the dialog with the first program that can.
func (p *Prompter) try(ctx context.Context, boxes []box, show func(box) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var failures []error
	for _, b := range boxes {
		err := show(b)
		if err == nil || errors.Is(err, bridge.ErrDialogCancelled) || errors.Is(err, bridge.ErrDialogTimeout) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failures = append(failures, err)
	}
	if len(failures) == 0 {
		return bridge.ErrNoDialog
	}
	return fmt.Errorf("%w: %w", bridge.ErrNoDialog, errors.Join(failures...))
}

// programs lists what may show a PIN dialog, the best first. The one that the setting names stands alone, and needs no
// display that we know of. The link "pinentry" is the choice of the distribution or of the administrator.
func (p *Prompter) programs() []box {
	if p.program != "" {
		path := p.program
		if !strings.Contains(path, "/") {
			path = p.find(path)
		}
		if !filepath.IsAbs(path) {
			return nil
		}
		return []box{&pinentry{path: path, env: p.env, startLimit: p.startLimit, chosen: true}}
	}
	if p.env.get("DISPLAY") == "" && p.env.get("WAYLAND_DISPLAY") == "" {
		return nil
	}
	names := []string{"pinentry", "pinentry-gnome3", "pinentry-qt", "pinentry-gtk-2"}
	if !p.hasSessionBus() {
		names = []string{"pinentry", "pinentry-qt", "pinentry-gtk-2"}
	}
	var boxes []box
	for _, name := range names {
		if path := p.find(name); path != "" {
			boxes = append(boxes, &pinentry{path: path, env: p.env, startLimit: p.startLimit})
		}
	}
	if path := p.find("zenity"); path != "" {
		boxes = append(boxes, &zenity{path: path, env: p.env})
	}
	return boxes
}

// hasSessionBus says whether pinentry-gnome3 could find its prompter.
func (p *Prompter) hasSessionBus() bool {
	if p.env.get("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	dir := p.env.get("XDG_RUNTIME_DIR")
	if dir == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "bus"))
	return err == nil
}

// find looks for a program in the absolute folders of PATH.
func (p *Prompter) find(name string) string {
	for _, dir := range filepath.SplitList(p.env.get("PATH")) {
		path := filepath.Join(dir, name)
		if !filepath.IsAbs(path) {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && unix.Access(path, unix.X_OK) == nil {
			return path
		}
	}
	return ""
}
