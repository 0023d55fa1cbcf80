// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"errors"

	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
)

// Dialogs is how the bridge asks the citizen. When ctx ends, the dialog goes away at once and the error is ctx.Err().
// Other errors are ErrDialogCancelled (Cancel, Escape, the window closed), ErrDialogTimeout (the dialog's own time
// limit) and ErrNoDialog.
type Dialogs interface {
	// AskPIN shows one PIN dialog. The caller wipes the PIN.
	AskPIN(ctx context.Context, q PINQuestion) (*pin.PIN, error)
	// Confirm asks a question with two answers.
	Confirm(ctx context.Context, q Question) (Answer, error)
	// Disclose asks whether a site may have data of the card, and shows the very values.
	Disclose(ctx context.Context, q Disclosure) (Answer, error)
}

// Errors of Dialogs.
var (
	ErrDialogCancelled = errors.New("the dialog was cancelled")
	ErrDialogTimeout   = errors.New("nobody answered the dialog")
	ErrNoDialog        = errors.New("no program can show a dialog")
)

// Unknown stands for a number of tries that the card does not tell.
const Unknown = -1

// PINQuestion is what a PIN dialog must show.
type PINQuestion struct {
	Lang      string // it, en or de; empty for the citizen's own
	Origin    protocol.Origin
	Holder    string // name of the card's holder, from its certificate
	Reader    string // name of the reader, shown when there are several cards; else empty
	TriesLeft int    // or Unknown
	Problem   PINProblem
}

// PINProblem says why the same dialog is shown again.
type PINProblem int

// The reasons to ask again.
const (
	NoProblem PINProblem = iota
	WrongPIN             // the card refused it: a try is gone
	BadFormat            // not 5 to 8 digits: the card was not asked
)

// QuestionKind names a question.
type QuestionKind int

// The questions.
const (
	AskLastTry      QuestionKind = iota // one try is left; if it is wrong the card blocks: go on? Default: no
	AskCard                             // use this card (Yes) or another (No)?
	AskAdmitSite                        // may this site talk to the card: Allow (Yes), Block (No), or cancelled for "not now"
	AskUnknownTries                     // the card does not say how many tries are left, after a failure: go on? Default: no
)

// Question is what a confirmation must show.
type Question struct {
	Lang      string
	Kind      QuestionKind
	Origin    protocol.Origin
	Holder    string
	Reader    string
	TriesLeft int
}

// Answer to a Question.
type Answer bool

// The two answers.
const (
	No  Answer = false
	Yes Answer = true
)

// Disclosure is what the consent for identity.read must show.
type Disclosure struct {
	Lang   string
	Origin protocol.Origin
	Holder string
	Reader string
	Values []Value
}

// Value is one datum as the site would get it.
type Value struct {
	Field protocol.IdentityField
	Text  string
}
