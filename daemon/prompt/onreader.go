// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
)

// AwaitReader says that the PIN is typed on the keys of the reader. The window has no field, and one button: Cancel.
func (p *Prompter) AwaitReader(ctx context.Context, q bridge.PINQuestion, shown func()) error {
	q.OnReader = true
	w := p.words(q.Lang)
	d, err := pinDialog(w, q)
	if err != nil {
		return err
	}
	d.shown = shown
	if _, err = p.showQuestion(ctx, w, d); err == nil {
		err = bridge.ErrDialogCancelled // the only button
	}
	return err
}

// visible tells who asked for it that the person can read the dialog now.
func (d *dialog) visible() {
	if d.shown != nil {
		d.shown()
	}
}

// onReader makes a PIN dialog one that is answered on the reader. What was wrong the last time comes first, because a
// message has no room of its own for it.
func (d *dialog) onReader(w *words.Words, q bridge.PINQuestion) {
	text := words.CardsOnReader
	if q.Purpose == bridge.ForChange {
		text = words.CardsChangeOnReader
	}
	if problem := careProblem(w, q); problem != "" {
		d.add("", problem)
	}
	d.add("", w.T(text, nil), "", w.T(words.CardsCancelOnReader, nil))
	d.ok, d.cancel, d.label, d.heading = d.cancel, "", "", ""
}

// ofCIE says what is another thing with the PIN of an identity card.
func (d *dialog) ofCIE(w *words.Words, q bridge.PINQuestion) {
	if q.Family == words.FamilyCIE {
		d.add("", w.T(words.CardsCIEPIN, nil))
	}
}
