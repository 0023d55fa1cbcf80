// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

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

// programs lists what may show a PIN dialog, the best first. The one that the setting names stands alone, and needs no
// display that we know of. The link "pinentry" is the choice of the distribution or of the administrator.
func (p *Prompter) programs() []box {
	if path, _ := p.setting(); path != "" {
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
