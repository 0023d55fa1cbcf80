// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package prompt

import (
	"bytes"
	"context"
	"errors"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
)

// confirm asks a question with the buttons of CONFIRM. For gnome3, whose Enter means OK, a risky question is asked in a
// field where Enter alone answers nothing, and a third button by a second question.
func (e *pinentry) confirm(ctx context.Context, w *words.Words, d *dialog) (bridge.Answer, error) {
	answer, another := bridge.Yes, false
	err := e.run(ctx, d, func(c *assuan, flavor string) error {
		if flavor == flavorGnome3 && d.risky {
			var err error
			answer, err = typedAnswer(c, w, d)
			return err
		}
		if flavor == flavorGnome3 && d.notOK != "" {
			another = true
			if err := c.command("SETCANCEL", button(d.notOK), nil); err != nil {
				return err
			}
		}
		if close := w.T(words.PINCareClose, nil); flavor == flavorGnome3 && d.cancel == "" && d.ok != close {
			if err := c.command("SETCANCEL", button(close), nil); err != nil { // it always has two buttons
				return err
			}
		}
		if d.cancel == "" {
			return c.command("CONFIRM", "--one-button", nil)
		}
		return c.command("CONFIRM", "", nil)
	})
	switch {
	case errors.Is(err, assuanNotConfirmed):
		return bridge.No, nil
	case errors.Is(err, bridge.ErrDialogCancelled) && another:
		return e.confirmOther(ctx, w, d)
	}
	return answer, err
}

// confirmOther asks whether the second button of a gnome3 CONFIRM meant the other card or was Escape.
func (e *pinentry) confirmOther(ctx context.Context, w *words.Words, d *dialog) (bridge.Answer, error) {
	second := &dialog{lang: d.lang, title: d.title, site: d.site, ok: d.notOK, cancel: d.cancel}
	second.add("", w.T(words.CardAnotherText, nil))
	err := e.run(ctx, second, func(c *assuan, _ string) error { return c.command("CONFIRM", "", nil) })
	return bridge.No, err
}

// typedAnswer asks for the word that means yes, or the one that means no. Anything else, and nothing, is cancelling.
func typedAnswer(c *assuan, w *words.Words, d *dialog) (bridge.Answer, error) {
	yes, no := w.T(words.TypedYes, nil), w.T(words.TypedNo, nil)
	if d.typedNo != "" {
		no = w.T(d.typedNo, nil)
	}
	how := words.TypedGoOn
	switch {
	case d.typed != "":
		how = d.typed
	case d.notOK != "":
		how = words.TypedAdmit
	}
	asking := *d
	asking.lines = append([]string(nil), d.lines...)
	asking.add("", w.T(how, words.Data{"Yes": yes, "No": no, "View": no}))
	if err := checkText(asking.text()); err != nil {
		return bridge.No, err
	}
	for _, l := range [...][2]string{
		{"SETDESC", asking.text()}, {"SETPROMPT", w.T(words.TypedHeading, nil)}, {"SETOK", w.T(words.TypedConfirm, nil)},
	} {
		if err := c.command(l[0], l[1], nil); err != nil {
			return bridge.No, err
		}
	}
	typed := newSecret()
	defer typed.wipe()
	if err := c.command("GETPIN", "", typed.add); err != nil {
		return bridge.No, err
	}
	word := bytes.TrimSpace(typed.b)
	switch {
	case bytes.EqualFold(word, []byte(yes)) || bytes.EqualFold(word, []byte("sì")) && yes == "SI":
		return bridge.Yes, nil
	case d.notOK != "" && bytes.EqualFold(word, []byte(no)):
		return bridge.No, nil
	}
	return bridge.No, bridge.ErrDialogCancelled
}
