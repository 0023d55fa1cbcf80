// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
	"errors"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// Tell shows a message with one button, in the way of a question.
func (p *Prompter) Tell(ctx context.Context, n bridge.Notice) error {
	w := p.words(n.Lang)
	d, err := noticeDialog(w, n)
	if err != nil {
		return err
	}
	_, err = p.showQuestion(ctx, w, d)
	return err
}

// errEntry refuses a dialog that asks for something else than it says.
var errEntry = errors.New("a dialog that asks for this does not exist")

// careTitle heads the dialogs of the citizen's own in the place of a site.
func careTitle(w *words.Words, p bridge.Purpose) (string, bool) {
	switch p {
	case bridge.ForChange:
		return w.T(words.PINCareChangeTitle, nil), true
	case bridge.ForUnblock:
		return w.T(words.PINCareUnblockTitle, nil), true
	case bridge.ForSigning:
		return w.T(words.SignTitle, nil), true
	}
	return "", false
}

// carePINDialog composes the dialogs in which a PIN is changed or unblocked: what is to be typed and what it is like, then
// how many tries are left.
func carePINDialog(w *words.Words, q bridge.PINQuestion) (*dialog, error) {
	d, err := newDialog(w, q.Purpose, q.Origin, q.Program)
	if err != nil {
		return nil, err
	}
	d.ok = w.T(words.PINCareNext, nil)
	d.add("")
	d.addCard(w, q.Holder, q.Reader)
	switch {
	case q.OnReader && (q.Entry != bridge.EnterPIN || q.Purpose != bridge.ForChange):
		return nil, errEntry
	case q.OnReader:
		d.addTries(w, q.TriesLeft, words.PINTries, words.PINTriesUnknown, words.PINLastTry)
		d.onReader(w, q)
		return d, nil
	case q.Entry == bridge.EnterPIN && q.Purpose == bridge.ForChange:
		d.label = w.T(words.PINCareCurrentLabel, nil)
		d.addTries(w, q.TriesLeft, words.PINTries, words.PINTriesUnknown, words.PINLastTry)
		d.add("", w.T(words.PINCareCurrentText, nil), "", w.T(words.PINCareCurrentRules, nil))
	case q.Entry == bridge.EnterPUK && q.Purpose == bridge.ForUnblock:
		d.label = w.T(words.PINCarePUKLabel, nil)
		d.addTries(w, q.TriesLeft, words.PINCarePUKTries, words.PINCarePUKTriesUnknown, words.PINCarePUKLastTry)
		d.add("", w.T(words.PINCarePUKText, nil), "", w.T(words.PINCarePUKRules, nil))
	case q.Entry == bridge.EnterNewPIN:
		d.label = w.T(words.PINCareNewLabel, nil)
		d.add("", w.T(words.PINCareNewText, nil), "", w.T(words.PINCareNewNote, nil))
	case q.Entry == bridge.EnterRepeat:
		d.label = w.T(words.PINCareRepeatLabel, nil)
		d.add("", w.T(words.PINCareRepeatText, nil))
		d.ok = w.T(words.PINCareChangeOK, nil)
		if q.Purpose == bridge.ForUnblock {
			d.ok = w.T(words.PINCareUnblockOK, nil)
		}
	default:
		return nil, errEntry
	}
	d.heading = d.label
	d.problem = careProblem(w, q)
	return d, nil
}

// careProblem says why a dialog is shown again.
func careProblem(w *words.Words, q bridge.PINQuestion) string {
	many, unknown, format := words.PINWrong, words.PINWrongUnknown, words.PINBadFormat
	if q.Entry == bridge.EnterPUK {
		many, unknown, format = words.PINCarePUKWrong, words.PINCarePUKWrongUnknown, words.PINCarePUKBadFormat
	}
	switch q.Problem {
	case bridge.WrongPIN:
		if q.TriesLeft < 0 {
			return w.T(unknown, nil)
		}
		return w.N(many, q.TriesLeft)
	case bridge.BadFormat:
		if q.Family == words.FamilyCIE {
			return w.T(words.CardsCIEFormat, nil)
		}
		return w.T(format, nil)
	case bridge.Mismatch:
		return w.T(words.PINCareMismatch, nil)
	case bridge.Unchanged:
		return w.T(words.PINCareUnchanged, nil)
	case bridge.Refused:
		return w.T(words.PINCareRefused, nil)
	case bridge.ReaderFailed:
		return w.T(words.CardsReaderFailed, nil)
	}
	return ""
}

// careQuestion composes the questions that only the care of the PIN asks.
func (d *dialog) careQuestion(w *words.Words, q bridge.Question) error {
	d.add("")
	d.addCard(w, q.Holder, q.Reader)
	switch q.Kind {
	case bridge.AskLastPUK, bridge.AskUnknownPUK:
		d.risky = true
		d.ok = w.T(words.LastTryOK, nil)
		text := words.PINCareLastPUKText
		if q.Kind == bridge.AskUnknownPUK {
			text = words.PINCareUnknownPUKText
		}
		d.add("", w.T(text, nil))
	case bridge.AskWeakPIN:
		d.risky, d.typed = true, words.PINCareWeakTyped
		d.ok, d.cancel = w.T(words.PINCareWeakOK, nil), w.T(words.PINCareWeakAnother, nil)
		d.add("", w.T(words.PINCareWeakText, nil))
	case bridge.AskNotBlocked:
		d.ok = w.T(words.PINCareNotBlockedOK, nil)
		d.add("", w.N(words.PINCareNotBlocked, q.TriesLeft), "", w.T(words.PINCareNotBlockedAdvice, nil))
	default:
		return errEntry
	}
	return nil
}

// noticeDialog composes a message: done, or why not and what to do.
func noticeDialog(w *words.Words, n bridge.Notice) (*dialog, error) {
	d, err := newDialog(w, n.Purpose, protocol.Origin{}, n.Program)
	if err != nil {
		return nil, err
	}
	if n.Purpose == bridge.ForProgram {
		return programNotice(w, n, d), nil
	}
	d.ok, d.cancel = w.T(words.PINCareClose, nil), ""
	if neutral(n.Holder, maxHolder) != "" {
		d.add("")
		d.addCard(w, n.Holder, "")
	}
	unblocking := n.Purpose == bridge.ForUnblock
	switch {
	case n.Code != "":
		for _, paragraph := range w.PINCareFailure(unblocking, n.Code, n.Uncertain, n.Situation) {
			d.add("", paragraph)
		}
	case unblocking:
		d.add("", w.T(words.PINCareUnblocked, nil))
	default:
		d.add("", w.T(words.PINCareChanged, nil))
	}
	return d, nil
}
