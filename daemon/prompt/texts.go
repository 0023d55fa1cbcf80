// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"errors"
	"strings"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// dialog is what a window says, ready to be shown: texts from outside in it are neutral, lines are parted by \n.
type dialog struct {
	lang    string
	title   string
	site    string   // first line of the text, shown larger where that can be done: the site, or what the citizen has begun
	lines   []string // the rest of the text; "" is an empty line
	problem string   // what was wrong the last time; shown in red where that can be done
	label   string   // of the field
	heading string   // in place of the label, for pinentry-gnome3, which shows it large
	ok      string
	notOK   string     // the third button; empty: there is none
	cancel  string     // empty: a message, with one button
	risky   bool       // yes is dangerous: Enter must not mean it
	shown   func()     // called when it can be seen; nil: nobody asks
	typed   words.Text // how to answer a risky question by typing; empty: the usual way
	typedNo words.Text // word that means the third button; empty: no
}

// text gives all lines of the dialog.
func (d *dialog) text() string {
	return strings.Join(append([]string{d.site}, d.lines...), "\n")
}

// Refused are a dialog that could not say who asks, and one of the citizen's own that a site would show up in.
var (
	errNoSite  = errors.New("a dialog must name the site")
	errOwnSite = errors.New("a site has nothing to do with the care of the PIN")
)

// pinDialog composes the PIN dialog.
func pinDialog(w *words.Words, q bridge.PINQuestion) (*dialog, error) {
	switch q.Purpose {
	case bridge.ForSite, bridge.ForSigning:
	case bridge.ForProgram:
		return programPINDialog(w, q)
	default:
		return carePINDialog(w, q)
	}
	if q.Entry != bridge.EnterPIN {
		return nil, errEntry // a site gets no PUK and changes no PIN
	}
	d, err := newDialog(w, q.Purpose, q.Origin, q.Program)
	if err != nil {
		return nil, err
	}
	d.label, d.ok = w.T(words.PINLabel, nil), w.T(words.PINOK, nil)
	d.heading = w.T(words.PINHeading, words.Data{"Site": d.site})
	switch {
	case q.Documents > 0:
		d.ok = w.T(words.SignOK, nil)
		d.addSignature(w, q)
	case q.Purpose == bridge.ForSigning:
		return nil, errSigning
	default:
		d.add("", w.T(words.PINAction, nil))
	}
	if q.Purpose == bridge.ForSigning {
		d.heading = w.T(words.SignHeading, nil)
	}
	d.addCard(w, q.Holder, q.Reader)
	d.addTries(w, q.TriesLeft, words.PINTries, words.PINTriesUnknown, words.PINLastTry)
	if q.OnReader {
		d.onReader(w, q)
		return d, nil
	}
	d.ofCIE(w, q)
	switch q.Problem {
	case bridge.WrongPIN:
		d.problem = w.T(words.PINWrongUnknown, nil)
		if q.TriesLeft >= 0 {
			d.problem = w.N(words.PINWrong, q.TriesLeft)
		}
	case bridge.BadFormat:
		if q.Family == words.FamilyCIE {
			d.problem = w.T(words.CardsCIEFormat, nil)
			break
		}
		d.problem = w.T(words.PINBadFormat, nil)
		d.add("", w.T(words.PINHalves, nil))
	case bridge.ReaderFailed:
		d.problem = w.T(words.CardsReaderFailed, nil)
	}
	return d, nil
}

// questionDialog composes the dialog of a question.
func questionDialog(w *words.Words, q bridge.Question) (*dialog, error) {
	d, err := newDialog(w, q.Purpose, q.Origin, q.Program)
	if err != nil {
		return nil, err
	}
	care := q.Purpose == bridge.ForChange || q.Purpose == bridge.ForUnblock
	if q.Purpose != bridge.ForSite && q.Kind == bridge.AskAdmitSite || !care && q.Kind >= bridge.AskLastPUK {
		return nil, errEntry
	}
	switch q.Kind {
	case bridge.AskLastTry, bridge.AskUnknownTries:
		d.risky = true
		d.ok = w.T(words.LastTryOK, nil)
		d.add("")
		d.addCard(w, q.Holder, q.Reader)
		text := words.LastTryText
		if q.Kind == bridge.AskUnknownTries {
			text = words.UnknownTriesText
		}
		d.add("", w.T(text, nil))
	case bridge.AskCard:
		d.ok, d.notOK = w.T(words.CardOK, nil), w.T(words.CardAnother, nil)
		d.add("", w.T(words.CardText, nil), "")
		d.addCard(w, q.Holder, q.Reader)
		d.addKind(w, q)
	case bridge.AskLastPUK, bridge.AskUnknownPUK, bridge.AskWeakPIN, bridge.AskNotBlocked:
		return d, d.careQuestion(w, q)
	case bridge.AskAdmitSite:
		d.risky = true
		d.ok, d.notOK, d.cancel = w.T(words.AdmitOK, nil), w.T(words.AdmitBlock, nil), w.T(words.AdmitLater, nil)
		d.add("", w.T(words.AdmitText, nil), "", w.T(words.AdmitAdvice, nil))
	default:
		return nil, errors.New("a question of an unknown kind")
	}
	return d, nil
}

// addKind says what card is offered, and who has issued it.
func (d *dialog) addKind(w *words.Words, q bridge.Question) {
	kind := w.T(words.CardsCNS, nil)
	if q.Family != "" {
		kind = neutral(w.Family(q.Family), maxHolder)
	}
	d.add(w.T(words.CardsKind, words.Data{"Kind": kind}))
	if issuer := neutral(q.Issuer, maxHolder); issuer != "" {
		d.add(w.T(words.CardsIssuer, words.Data{"Name": issuer}))
	}
}

// disclosureDialog composes the consent for data of the card: every value is shown as the site would get it.
func disclosureDialog(w *words.Words, q bridge.Disclosure) (*dialog, error) {
	d, err := newDialog(w, bridge.ForSite, q.Origin, "")
	if err != nil {
		return nil, err
	}
	d.risky = true
	d.ok = w.T(words.DiscloseOK, nil)
	d.add("")
	d.addCard(w, q.Holder, q.Reader)
	text := words.DiscloseText
	if q.Certificate {
		text = words.SignCertificate
	}
	d.add("", w.T(text, nil))
	for _, v := range q.Values {
		d.add("– " + w.Field(v.Field) + ": " + neutral(v.Text, maxValue))
	}
	d.add("", w.T(words.DiscloseAdvice, nil))
	return d, nil
}

func newDialog(w *words.Words, p bridge.Purpose, o protocol.Origin, program string) (*dialog, error) {
	d := &dialog{lang: w.Lang(), title: w.T(words.DialogTitle, nil), cancel: w.T(words.DialogCancel, nil)}
	none := o == (protocol.Origin{})
	switch {
	case p == bridge.ForProgram && !none:
		return nil, errProgramsSite
	case p == bridge.ForProgram:
		return d, forProgram(w, d, program)
	case program != "":
		return nil, errOwnProgram
	}
	if title, own := careTitle(w, p); own {
		if !none {
			return nil, errOwnSite
		}
		d.site = title
		return d, nil
	}
	if none {
		return nil, errNoSite
	}
	var ascii string
	if d.site, ascii = site(o); ascii != "" {
		d.add(w.T(words.DialogSiteASCII, words.Data{"Host": ascii}))
	}
	return d, nil
}

// add appends lines, those longer than lineWidth broken at spaces.
func (d *dialog) add(lines ...string) {
	for _, text := range lines {
		for l := range strings.SplitSeq(text, "\n") {
			d.lines = append(d.lines, wrap(l, lineWidth)...)
		}
	}
}

func (d *dialog) addCard(w *words.Words, holder, reader string) {
	if name := neutral(holder, maxHolder); name != "" {
		d.add(w.T(words.DialogHolder, words.Data{"Name": name}))
	} else {
		d.add(w.T(words.DialogHolderUnknown, nil))
	}
	if name := neutral(reader, maxReader); name != "" {
		d.add(w.T(words.DialogReader, words.Data{"Reader": name}))
	}
}

// addTries tells how many tries are left.
func (d *dialog) addTries(w *words.Words, tries int, many, unknown, last words.Text) {
	switch {
	case tries < 0:
		d.add(w.T(unknown, nil))
	case tries == 1:
		d.add(w.T(last, nil))
	default:
		d.add(w.N(many, tries))
	}
}

// wrap breaks a line at spaces, so that its parts have at most width characters where the words allow it.
func wrap(line string, width int) []string {
	var out []string
	now, n := "", 0
	for word := range strings.FieldsSeq(line) {
		l := len([]rune(word))
		if n > 0 && n+1+l > width {
			out, now, n = append(out, now), "", 0
		}
		if n > 0 {
			now, n = now+" ", n+1
		}
		now, n = now+word, n+l
	}
	return append(out, now)
}
