// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
	"os"
	"path/filepath"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/words"
)

// showPIN shows a PIN dialog with the first program that can.
func (p *Prompter) showPIN(ctx context.Context, d *dialog) (*pin.PIN, error) {
	return try(ctx, p.programs(), func(b box) (*pin.PIN, error) { return b.askPIN(ctx, d) })
}

// showQuestion shows a question with the first program that can.
func (p *Prompter) showQuestion(ctx context.Context, w *words.Words, d *dialog) (bridge.Answer, error) {
	return try(ctx, p.programsForQuestions(), func(b box) (bridge.Answer, error) { return b.confirm(ctx, w, d) })
}

// showProgress shows a progress window with zenity; without it there is none. The setting pinentry_program is for questions.
func (p *Prompter) showProgress(ctx context.Context, d *dialog, total int, step func(int) string, done <-chan int) error {
	path := p.find("zenity")
	if path == "" || p.env.get("DISPLAY") == "" && p.env.get("WAYLAND_DISPLAY") == "" {
		<-ctx.Done()
		return ctx.Err()
	}
	return (&zenity{path: path, env: p.env}).progress(ctx, d, total, step, done)
}

// programs lists what may show a PIN dialog, the best first. The one that the setting names stands alone, and needs no
// display that we know of. The link "pinentry" is the choice of the distribution or of the administrator.
func (p *Prompter) programs() []box {
	if alone, ok := p.chosen(); ok {
		return alone
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

// What Enter does in a question (measured with pinentry 1.2.1 and zenity 3.44 under X11):
//
//	pinentry-gtk-2, pinentry-qt   CONFIRM: Enter, Escape and closing mean Cancel, also with the third button
//	pinentry-gnome3               CONFIRM: Enter means OK; there is no third button
//	zenity --default-cancel       Enter, Escape and closing mean Cancel, also with --extra-button
//
// So a question goes to pinentry-gtk-2, pinentry-qt or zenity where there is one, and to pinentry-gnome3 only when it is
// alone, in another form.

// programsForQuestions lists what may show a question, the best first.
func (p *Prompter) programsForQuestions() []box {
	var better, gnome3 []box
	for _, b := range p.programs() {
		e, ok := b.(*pinentry)
		if !ok || e.chosen {
			better = append(better, b)
			continue
		}
		other := *e
		other.notGnome3 = true
		better, gnome3 = append(better, &other), append(gnome3, e)
	}
	return append(better, gnome3...)
}
