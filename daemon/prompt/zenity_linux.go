// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/words"
)

// zenity draws a dialog from its arguments, which other users of the computer can read in /proc while it is open: they
// hold the site and the holder's name, never what is typed. It is the last choice, and for questions the one before
// pinentry-gnome3.
type zenity struct {
	path string
	env  environment
}

// Exit codes of zenity (its manual page).
const (
	zenityOK      = 0
	zenityCancel  = 1
	zenityTimeout = 5
)

// maxZenityOutput is what is read of its standard output.
const maxZenityOutput = 4096

// askPIN shows the PIN dialog. --forms would leave Enter without effect (measured with zenity 3.44); --entry has none of
// Pango's markup, but an underscore marks a key.
func (z *zenity) askPIN(ctx context.Context, d *dialog) (*pin.PIN, error) {
	text := d.text() + "\n"
	if d.problem != "" {
		text += "\n" + d.problem
	}
	args := append(z.common(ctx, d), "--entry", "--hide-text", "--text="+button(text+"\n"+d.label+":"))
	typed := newSecret()
	code, err := z.run(ctx, d, args, typed.add)
	if err == nil {
		err = zenityError(code)
	}
	if err != nil {
		typed.wipe()
		return nil, err
	}
	typed.trimLine()
	return typed.pin(), nil
}

// confirm asks a question. Enter, Escape and closing the window cancel. The third button writes its own text and exits
// like Cancel. A message has one button, and Enter presses it.
func (z *zenity) confirm(ctx context.Context, _ *words.Words, d *dialog) (bridge.Answer, error) {
	kind := []string{"--question", "--default-cancel"}
	if d.cancel == "" {
		kind = []string{"--info"}
	}
	args := append(append(z.common(ctx, d), kind...), "--no-wrap",
		`--text=<span size="x-large" weight="bold">`+pango(d.site)+"</span>\n"+pango(strings.Join(d.lines, "\n")))
	if d.notOK != "" {
		args = append(args, "--extra-button="+d.notOK)
	}
	var answer []byte
	code, err := z.run(ctx, d, args, func(p []byte) { answer = append(answer, p...) })
	if err != nil {
		return bridge.No, err
	}
	if d.notOK != "" && code == zenityCancel && string(bytes.TrimSpace(answer)) == d.notOK {
		return bridge.No, nil
	}
	if err := zenityError(code); err != nil {
		return bridge.No, err
	}
	return bridge.Yes, nil
}

// progress shows a bar, and how many are done. Its Cancel and a closed window mean that there shall be no more.
func (z *zenity) progress(ctx context.Context, d *dialog, total int, step func(int) string, done <-chan int) error {
	args := []string{
		"--progress", "--title=" + d.title, "--text=" + progressText(d, step(0)), "--percentage=0", "--cancel-label=" + button(d.cancel), "--width=420",
	}
	code, err := runProcess(ctx, z.path, args, z.env.forDialog(d.lang), func(p *process) error {
		ended := make(chan struct{})
		var feeding sync.WaitGroup
		defer feeding.Wait()
		defer close(ended)
		feeding.Go(func() {
			for {
				select {
				case <-ended:
					return
				case n := <-done:
					text := strings.ReplaceAll(progressText(d, step(n)), "\n", `\n`)
					if _, err := fmt.Fprintf(p.in, "%d\n# %s\n", min(99, 100*n/max(1, total)), text); err != nil {
						return
					}
				}
			}
		})
		return p.output(maxZenityOutput, func([]byte) {})
	})
	if err == nil {
		err = zenityError(code)
	}
	return err
}

func progressText(d *dialog, step string) string {
	return "<b>" + pango(d.site) + "</b>\n\n" + pango(step)
}

func (z *zenity) common(ctx context.Context, d *dialog) []string {
	args := []string{"--title=" + d.title, "--ok-label=" + button(d.ok)}
	if d.cancel != "" {
		args = append(args, "--cancel-label="+button(d.cancel))
	}
	if s := secondsLeft(ctx); s != "" {
		args = append(args, "--timeout="+s)
	}
	return args
}

// run shows the dialog and gives what zenity writes to data.
func (z *zenity) run(ctx context.Context, d *dialog, args []string, data func([]byte)) (int, error) {
	return runProcess(ctx, z.path, args, z.env.forDialog(d.lang), func(p *process) error {
		d.visible()
		return p.output(maxZenityOutput, data)
	})
}

func zenityError(code int) error {
	switch code {
	case zenityOK:
		return nil
	case zenityCancel:
		return bridge.ErrDialogCancelled
	case zenityTimeout:
		return bridge.ErrDialogTimeout
	}
	return fmt.Errorf("zenity ended with code %d", code)
}

// pango escapes a text for Pango's markup.
func pango(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
