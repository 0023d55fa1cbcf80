// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// Ceilings of what is shown of documents, in characters.
const (
	maxDocumentName = 52 // both ends are kept: the beginning tells which it is, the end of what type
	tightName       = 32 // the same, where names are so long that the dialog would not fit
	tightHolder     = 28
	tightReader     = 20
	maxWritten      = protocol.MaxReasonChars // all of it
	tightWritten    = 20
	hashGroup       = 4  // digits of a hash that are read together
	hashLine        = 32 // digits in a line
)

// errSigning refuses a question that does not say what is to be signed, or for whom.
var errSigning = errors.New("a dialog for a signature must name its documents")

// ConfirmSigning asks whether documents may be signed. Enter, Escape and a closed window do not mean yes.
func (p *Prompter) ConfirmSigning(ctx context.Context, q bridge.SigningQuestion) (bridge.Choice, error) {
	w := p.words(q.Lang)
	d, err := signingDialog(w, q)
	if err != nil {
		return bridge.ChooseView, err
	}
	answer, err := p.showQuestion(ctx, w, d)
	if err == nil && answer == bridge.Yes {
		return bridge.ChooseSign, nil
	}
	if err == nil && d.notOK == "" {
		err = bridge.ErrDialogCancelled
	}
	return bridge.ChooseView, err
}

// ShowProgress shows how far a batch is where there is a window for that; elsewhere it only waits.
func (p *Prompter) ShowProgress(ctx context.Context, q bridge.Progress, done <-chan int) error {
	w := p.words(q.Lang)
	d, err := newDialog(w, q.Purpose, q.Origin, "")
	if err != nil {
		return err
	}
	shown := d.site // the site, or what the citizen has begun
	d.site = w.T(words.SignProgressTitle, nil)
	if q.Purpose == bridge.ForSite {
		d.lines = append([]string{shown}, d.lines...)
	}
	step := func(n int) string {
		return strings.Join(append(append([]string(nil), d.lines...),
			w.T(words.SignProgressDone, words.Data{"Done": n, "Total": q.Total}), w.T(words.SignProgressWait, nil)), "\n")
	}
	return p.showProgress(ctx, d, q.Total, step, done)
}

// signingDialog composes the consent for signatures. Where it gets too long for the programs of this system, the last
// documents are counted instead of named: the control page shows them all. Then names are cut.
func signingDialog(w *words.Words, q bridge.SigningQuestion) (*dialog, error) {
	if len(q.Documents) == 0 || q.Purpose != bridge.ForSite && q.Purpose != bridge.ForSigning || q.Hash != "" && len(q.Documents) != 1 {
		return nil, errSigning
	}
	for named := len(q.Documents); named > 0; named-- {
		if d, err := signingDialogOf(w, q, named, maxDocumentName); err != nil || d.fits(d.instructions(w)) {
			return d, err
		}
	}
	q.Holder, q.Reader = clip(neutral(q.Holder, maxHolder), tightHolder), clip(neutral(q.Reader, maxReader), tightReader)
	return signingDialogOf(w, q, 1, tightName)
}

func signingDialogOf(w *words.Words, q bridge.SigningQuestion, named, nameLength int) (*dialog, error) {
	d, err := newDialog(w, q.Purpose, q.Origin, "")
	if err != nil {
		return nil, err
	}
	d.risky, d.ok = true, w.T(words.SignOK, nil)
	d.typed = words.SignTypedOnly
	if q.CanView {
		d.typed, d.typedNo = words.SignTyped, words.SignTypedView
		d.notOK = w.T(words.SignView, nil)
		if len(q.Documents) > 1 {
			d.notOK = w.T(words.SignViewAll, nil)
		}
	}
	if q.Hash != "" {
		d.blind(w, q, nameLength)
	} else {
		d.documents(w, q, named, nameLength)
	}
	return d, nil
}

// instructions is what pinentry-gnome3 adds: how to answer by typing.
func (d *dialog) instructions(w *words.Words) string {
	no := ""
	if d.typedNo != "" {
		no = w.T(d.typedNo, nil)
	}
	return "\n\n\n" + w.T(d.typed, words.Data{"Yes": w.T(words.TypedYes, nil), "View": no})
}

// documents says what is to be signed: the first of the documents by name.
func (d *dialog) documents(w *words.Words, q bridge.SigningQuestion, named, nameLength int) {
	asks := words.SignAsks
	if q.Purpose == bridge.ForSigning {
		asks = words.SignOwn
	}
	d.add("", w.N(asks, len(q.Documents)))
	all := q.Documents
	if named < len(all) { // whoever asks must not choose which of them are only counted
		all = warnedFirst(w, all)
	}
	for _, doc := range all[:named] {
		d.add(documentLine(w, doc, nameLength))
		d.add(warnings(w, doc)...)
	}
	if rest := all[named:]; len(rest) > 0 {
		more := words.SignMore
		if q.CanView { // the control page lists them all
			more = words.SignMoreView
		}
		d.add(w.N(more, len(rest)))
		if n := warned(w, rest); n > 0 {
			d.add(w.N(words.SignWarned, n))
		}
	}
	if q.Refused > 0 {
		d.add(w.N(words.SignRefused, q.Refused))
	}
	d.written(w, q, nameLength)
	d.add("")
	d.addCard(w, q.Holder, q.Reader)
	d.add("", w.T(words.SignFEA, nil))
	if q.TimeStamp {
		d.add(w.T(words.SignStamp, nil))
	}
	if q.ViewFailed {
		d.add(w.T(words.SignUnseen, nil))
	}
	d.add(w.T(words.SignAdvice, nil))
}

// warnings are what whoever signs a document should know of it. That others have signed it is in its line already.
func warnings(w *words.Words, doc bridge.AskedDocument) (all []string) {
	for _, n := range doc.Notes {
		if text := w.DocumentNote(string(n)); text != "" && n != bridge.NoteSigned {
			all = append(all, text)
		}
	}
	return all
}

// warned counts the documents with warnings.
func warned(w *words.Words, all []bridge.AskedDocument) (n int) {
	for _, doc := range all {
		if len(warnings(w, doc)) > 0 {
			n++
		}
	}
	return n
}

// warnedFirst puts the documents with warnings before the others.
func warnedFirst(w *words.Words, all []bridge.AskedDocument) []bridge.AskedDocument {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b bridge.AskedDocument) int {
		return cmp.Compare(min(len(warnings(w, b)), 1), min(len(warnings(w, a)), 1))
	})
	return all
}

// written says what will be in the signed documents, and is not in what the citizen can look at.
func (d *dialog) written(w *words.Words, q bridge.SigningQuestion, nameLength int) {
	most := maxWritten
	if nameLength == tightName {
		most = tightWritten
	}
	for _, x := range []struct {
		say  words.Text
		text string
	}{{words.SignReason, q.Reason}, {words.SignLocation, q.Location}} {
		if x.text != "" {
			d.add(w.T(x.say, words.Data{"Text": fileName(x.text, most)}))
		}
	}
	if q.BoxPage > 0 {
		d.add(w.T(words.SignBox, words.Data{"Page": q.BoxPage}))
	}
}

// blind says that a hash is to be signed, of something that nobody here has seen.
func (d *dialog) blind(w *words.Words, q bridge.SigningQuestion, nameLength int) {
	asks := words.SignBlind
	if q.Purpose == bridge.ForSigning {
		asks = words.SignBlindOwn
	}
	d.add("", w.T(asks, nil), documentLine(w, q.Documents[0], nameLength), "", w.T(words.SignBlindWarning, nil))
	d.add(w.T(words.SignBlindLogin, nil)) // see docs/attack-surface.md, T13
	d.add(w.T(words.SignBlindHash, words.Data{"Function": neutral(q.HashFunction, maxReader)}))
	for from := 0; from < len(q.Hash); from += hashLine {
		d.add(grouped(q.Hash[from:min(from+hashLine, len(q.Hash))]))
	}
	d.add("")
	d.addCard(w, q.Holder, q.Reader)
	d.add("", w.T(words.SignFEA, nil))
}

// grouped parts a hash so that it can be compared by eye.
func grouped(hash string) string {
	var b strings.Builder
	for i, c := range hash {
		if i > 0 && i%hashGroup == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

var kindTexts = map[string]words.Text{
	"text": words.SignKindText, "png": words.SignKindPNG, "jpeg": words.SignKindJPEG, "other": words.SignKindOther,
}

// kindNames are the kinds that have the same name in every language.
var kindNames = map[string]string{"pdf": "PDF", "xml": "XML", "p7m": "p7m"}

// documentLine is a document in one line: its name, and what is known of it.
func documentLine(w *words.Words, doc bridge.AskedDocument, nameLength int) string {
	var known []string
	if text, ok := kindTexts[doc.Kind]; ok {
		known = append(known, w.T(text, nil))
	} else if name, ok := kindNames[doc.Kind]; ok {
		known = append(known, name)
	}
	if doc.Pages > 0 {
		known = append(known, w.N(words.SignPages, doc.Pages))
	}
	if doc.Size > 0 {
		known = append(known, w.Bytes(doc.Size))
	}
	if doc.Signatures > 0 {
		known = append(known, w.N(words.SignSigned, doc.Signatures))
	}
	line := "– «" + fileName(doc.Name, nameLength) + "»" // which no name holds: what it says of itself stays in there
	if len(known) > 0 {
		line += " (" + strings.Join(known, ", ") + ")"
	}
	return line
}

// fileName is the name of a file, harmless and with both of its ends.
func fileName(name string, most int) string {
	r := []rune(neutral(name, maxOutside))
	if len(r) <= most {
		return string(r)
	}
	end := most / 2
	return strings.TrimRight(string(r[:most-end-1]), " ") + string(ellipsis) + strings.TrimLeft(string(r[len(r)-end:]), " ")
}

// addSignature says that a PIN is for signatures.
func (d *dialog) addSignature(w *words.Words, q bridge.PINQuestion) {
	d.add("", w.N(words.SignPINFor, q.Documents))
	if q.Document != "" {
		d.add(w.T(words.SignDocument, words.Data{"Name": fileName(q.Document, maxDocumentName)}))
	}
}
