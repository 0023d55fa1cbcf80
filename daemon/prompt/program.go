// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"errors"
	"path/filepath"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
)

// The most that is shown of a program: its name, and the end of its path.
const (
	maxProgram = 40
	maxPath    = 80
)

var (
	errNoProgram    = errors.New("a dialog must name the program that asks")
	errOwnProgram   = errors.New("a dialog for a site, or the citizen's own, names no program")
	errProgramsSite = errors.New("the site of a program is not known")
)

// programName is what a person may know a program by; empty when nothing of its path can be shown.
func programName(path string) string {
	return clipLeft(neutral(filepath.Base(path), maxPath), maxProgram)
}

// forProgram heads a dialog that a program asks for.
func forProgram(w *words.Words, d *dialog, path string) error {
	name := programName(path)
	if path == "" || name == "" {
		return errNoProgram
	}
	d.site = w.T(words.TLSTitle, words.Data{"Name": name})
	d.heading = w.T(words.TLSHeading, words.Data{"Name": name})
	d.add(w.T(words.TLSProgram, words.Data{"Path": clipLeft(neutral(path, maxOutside), maxPath)}))
	return nil
}

// programPINDialog composes the PIN dialog for a program: the site is not known, and the citizen is told so.
func programPINDialog(w *words.Words, q bridge.PINQuestion) (*dialog, error) {
	if q.Entry != bridge.EnterPIN {
		return nil, errEntry
	}
	d, err := newDialog(w, q.Purpose, q.Origin, q.Program)
	if err != nil {
		return nil, err
	}
	d.label, d.ok = w.T(words.PINLabel, nil), w.T(words.TLSOK, nil)
	d.add("", w.T(words.TLSAction, nil))
	d.addCard(w, q.Holder, q.Reader)
	d.addTries(w, q.TriesLeft, words.PINTries, words.PINTriesUnknown, words.PINLastTry)
	d.add("", w.T(words.TLSAdvice, nil), "", w.T(words.TLSHurry, nil))
	if q.OnReader {
		d.onReader(w, q)
		return d, nil
	}
	d.ofCIE(w, q)
	d.problem = careProblem(w, q)
	return d, nil
}

// programNotice composes the message that a program's request ended without what was hoped for.
func programNotice(w *words.Words, n bridge.Notice, d *dialog) *dialog {
	d.ok, d.cancel = w.T(words.TLSClose, nil), ""
	if n.Code == "" {
		d.add("", w.T(words.TLSLate, nil))
		return d
	}
	d.add("", w.T(words.TLSFailed, nil))
	if words.Advised(n.Code) {
		d.add("", words.Sentences(w.Advise(n.Situation), true))
	} else {
		d.add("", w.Hint(n.Code))
	}
	return d
}
