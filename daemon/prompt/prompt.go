// SPDX-License-Identifier: EUPL-1.2

// Package prompt shows the dialogs of the agent: the PIN, and the questions that come before it. It implements
// bridge.Dialogs with the programs that the desktop already has, or with windows of its own, and knows neither cards nor
// sites: what a dialog must say comes with the question, and what the answer means is the bridge's business. It keeps no
// PIN.
//
// On Linux the dialogs are pinentry's (gtk2, qt, gnome3), else zenity's. Every window has the title "Ponte"; the keyboard
// focus of a PIN dialog is in its only field and Enter answers it. In the questions Enter, Escape and closing the window
// never mean yes to a risk: see confirm.go and prompt_linux.go.
//
// On Windows they are windows of our own (window_windows.go). They show a site whole, however long its name is, and
// pinentry_program has no effect. They were tried in wine 8 only (package winetest), never on a real Windows: how its
// visual styles, screen readers, high contrast and several monitors of different resolution go with them was not seen.
//
// On macOS the PIN is asked by pinentry-mac, else by a script, and questions always by a script (osascript.go). That code
// was compiled and its parts were tested on Linux; neither program was ever run with it.
package prompt

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/words"
)

// Options of a Prompter.
type Options struct {
	Program string                        // the setting pinentry_program: an absolute path, or a name to be found in PATH; empty: whatever is there
	Lang    string                        // the setting language, for questions that bring none; empty: the locale
	Setting func() (program, lang string) // both of these as they are at each dialog; nil: they stay the same
	Environ []string                      // the environment of the desktop session as os.Environ gives it; nil: the agent's own
}

// Prompter shows one dialog per call.
type Prompter struct {
	setting    func() (program, lang string)
	env        environment
	startLimit time.Duration // for a dialog program to say that it is ready
}

var _ bridge.Dialogs = (*Prompter)(nil)

// New makes a Prompter. Programs are looked for at each dialog, not here.
func New(o Options) *Prompter {
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	if o.Setting == nil {
		o.Setting = func() (string, string) { return o.Program, o.Lang }
	}
	return &Prompter{setting: o.Setting, env: environment(o.Environ), startLimit: 15 * time.Second}
}

// AskPIN shows one PIN dialog. The PIN is as it was typed: whether it can be one is for the caller to check.
func (p *Prompter) AskPIN(ctx context.Context, q bridge.PINQuestion) (*pin.PIN, error) {
	d, err := pinDialog(p.words(q.Lang), q)
	if err != nil {
		return nil, err
	}
	return p.showPIN(ctx, d)
}

// Confirm asks a question. What is risky is never the answer to Enter, Escape or a closed window.
func (p *Prompter) Confirm(ctx context.Context, q bridge.Question) (bridge.Answer, error) {
	w := p.words(q.Lang)
	d, err := questionDialog(w, q)
	if err != nil {
		return bridge.No, err
	}
	return p.showQuestion(ctx, w, d)
}

// Disclose asks whether a site may have data of the card. Enter, Escape and a closed window do not mean yes.
func (p *Prompter) Disclose(ctx context.Context, q bridge.Disclosure) (bridge.Answer, error) {
	w := p.words(q.Lang)
	d, err := disclosureDialog(w, q)
	if err != nil {
		return bridge.No, err
	}
	return p.showQuestion(ctx, w, d)
}

// words gives those of the question's language, else of the setting, else of the locale.
func (p *Prompter) words(lang string) *words.Words {
	if lang == "" {
		_, lang = p.setting()
	}
	return words.For(lang)
}

// environment is a list of NAME=value.
type environment []string

// get gives the value of name, or "". As in a process, the first entry counts.
func (e environment) get(name string) string {
	for _, kv := range e {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v
		}
	}
	return ""
}
