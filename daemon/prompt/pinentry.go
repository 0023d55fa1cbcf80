// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package prompt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
)

// pinentry is one program that speaks pinentry's Assuan protocol.
type pinentry struct {
	path       string
	env        environment
	startLimit time.Duration
	chosen     bool // by the setting pinentry_program: then it may know only the basic commands
	notGnome3  bool // refuse that flavour: something better for a question may follow
}

// flavorGnome3 draws its dialogs through gcr. In its CONFIRM Enter means OK and there is no third button (measured with
// pinentry 1.2.1; with gtk2 and qt Enter means Cancel).
const flavorGnome3 = "gnome3"

// graphical are the flavours that are accepted from a program which was not chosen by name.
var graphical = []string{"gtk2", "gtk", "qt", "qt4", "qt5", "qt6", "mac", flavorGnome3}

// errFlavor refuses a program that would ask in a terminal, or that is not known.
var errFlavor = errors.New("not a graphical pinentry")

// acceptable judges a flavour. A fallback to a terminal is reported as "gtk2:curses".
func (e *pinentry) acceptable(flavor string) bool {
	for part := range strings.SplitSeq(flavor, ":") {
		if part == "curses" || part == "tty" || part == "emacs" {
			return false
		}
	}
	if e.chosen {
		return true
	}
	if e.notGnome3 && flavor == flavorGnome3 {
		return false
	}
	for _, f := range graphical {
		if f == flavor {
			return true
		}
	}
	return false
}

// askPIN shows the PIN dialog.
func (e *pinentry) askPIN(ctx context.Context, d *dialog) (*pin.PIN, error) {
	typed := newSecret()
	err := e.run(ctx, d, func(c *assuan, flavor string) error {
		return c.command("GETPIN", "", typed.add)
	})
	if err != nil {
		typed.wipe()
		return nil, err
	}
	return typed.pin(), nil
}

// run starts the program, checks its flavour, tells it what the dialog says and lets ask do the rest, without a limit of
// time but ctx. Answers of the person come back as errors of the bridge.
func (e *pinentry) run(ctx context.Context, d *dialog, ask func(c *assuan, flavor string) error) error {
	_, err := runProcess(ctx, e.path, nil, e.env.forDialog(d.lang), func(p *process) error {
		p.limit(e.startLimit)
		c := &assuan{in: p.in, out: p.out}
		defer c.wipe()
		if err := c.reply(nil); err != nil {
			return err
		}
		flavor, err := e.flavor(c)
		if err != nil {
			return err
		}
		if err := e.describe(ctx, c, d, flavor); err != nil {
			return err
		}
		p.limit(0)
		d.visible()
		return ask(c, flavor)
	})
	switch {
	case errors.Is(err, assuanCancelled):
		return bridge.ErrDialogCancelled
	case errors.Is(err, assuanTimeout):
		return bridge.ErrDialogTimeout
	}
	return err
}

func (e *pinentry) flavor(c *assuan) (string, error) {
	var b []byte
	err := c.command("GETINFO", "flavor", func(p []byte) { b = append(b, p[:min(len(p), 32)]...) })
	var refused assuanError
	if err != nil && !(e.chosen && errors.As(err, &refused)) {
		return "", err
	}
	flavor := strings.ToLower(string(bytes.TrimSpace(b)))
	if !e.acceptable(flavor) {
		return "", errFlavor
	}
	return flavor, nil
}

// describe sends everything that the dialog shows. The options ttyname and allow-external-password-cache are never set,
// grab is. What a program does not know it may refuse, save the text when the program was not chosen by name.
func (e *pinentry) describe(ctx context.Context, c *assuan, d *dialog, flavor string) error {
	label := d.label
	if flavor == flavorGnome3 && d.heading != "" {
		label = d.heading
	}
	if err := checkText(d.text()); err != nil {
		return err
	}
	for _, l := range [...][2]string{
		{"OPTION", "grab"},
		{"OPTION", "lc-ctype=" + locales[d.lang]},
		{"OPTION", "lc-messages=" + locales[d.lang]},
		{"SETTITLE", d.title},
		{"SETDESC", d.text()},
		{"SETPROMPT", label},
		{"SETERROR", d.problem},
		{"SETOK", button(d.ok)},
		{"SETNOTOK", button(d.notOK)},
		{"SETCANCEL", button(d.cancel)},
		{"SETTIMEOUT", secondsLeft(ctx)},
	} {
		if l[1] == "" {
			continue
		}
		err := c.command(l[0], l[1], nil)
		var refused assuanError
		if err == nil || errors.As(err, &refused) && (e.chosen || l[0] != "SETDESC") {
			continue
		}
		return fmt.Errorf("%s: %w", l[0], err)
	}
	return nil
}

// button doubles the underscore, which marks a key in the text of a button.
func button(s string) string { return strings.ReplaceAll(s, "_", "__") }

// secondsLeft is the time that ctx leaves, for programs that end by themselves; "" without a limit: then pinentry closes
// after its own minute.
func secondsLeft(ctx context.Context) string {
	at, ok := ctx.Deadline()
	if !ok {
		return ""
	}
	s := math.Ceil(time.Until(at).Seconds())
	return strconv.Itoa(int(min(max(s, 1), 86400)))
}
