// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"errors"

	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// Dialogs is how the bridge asks the citizen. When ctx ends, the dialog goes away at once and the error is ctx.Err().
// Other errors are ErrDialogCancelled (Cancel, Escape, the window closed), ErrDialogTimeout (the dialog's own time
// limit) and ErrNoDialog.
type Dialogs interface {
	// AskPIN shows one PIN dialog. The caller wipes the PIN.
	AskPIN(ctx context.Context, q PINQuestion) (*pin.PIN, error)
	// AwaitReader says that the PIN is to be typed on the reader, calls shown once that can be seen, and stays until ctx
	// ends. It never returns nil: closing it is cancelling.
	AwaitReader(ctx context.Context, q PINQuestion, shown func()) error
	// Confirm asks a question with two answers.
	Confirm(ctx context.Context, q Question) (Answer, error)
	// Disclose asks whether a site may have data of the card, and shows the very values.
	Disclose(ctx context.Context, q Disclosure) (Answer, error)
	// Tell says how something of the citizen's own ended, and waits until it was read.
	Tell(ctx context.Context, n Notice) error
	// ConfirmSigning asks whether documents may be signed, and says which.
	ConfirmSigning(ctx context.Context, q SigningQuestion) (Choice, error)
	// ShowProgress shows how many of the documents are signed, where the desktop has a window for that, until ctx ends.
	// ErrDialogCancelled says that the citizen wants no more of them; any other error is of no consequence. done tells how
	// many there are now; nobody waits until it was read.
	ShowProgress(ctx context.Context, p Progress, done <-chan int) error
}

// Errors of Dialogs.
var (
	ErrDialogCancelled = errors.New("the dialog was cancelled")
	ErrDialogTimeout   = errors.New("nobody answered the dialog")
	ErrNoDialog        = errors.New("no program can show a dialog")
)

// Unknown stands for a number of tries that the card does not tell.
const Unknown = -1

// Purpose is on whose behalf the citizen is asked, and what for.
type Purpose int

// The purposes. A dialog for a site names it, one for a program names that; the others name what the citizen has begun, and
// never a site.
const (
	ForSite    Purpose = iota // a request of a site
	ForChange                 // changing the PIN
	ForUnblock                // unblocking it with the PUK
	ForProgram                // a program, above all a browser, for a site that it does not name
	ForSigning                // a signature that the citizen has begun in Ponte
)

// Entry is what is to be typed into a PIN dialog.
type Entry int

// The entries. A site is given the first one only.
const (
	EnterPIN    Entry = iota // the PIN that the card has
	EnterNewPIN              // the one that it shall have
	EnterRepeat              // the same once more
	EnterPUK
)

// PINQuestion is what a PIN dialog must show.
type PINQuestion struct {
	Lang      string // it, en or de; empty for the citizen's own
	Purpose   Purpose
	Entry     Entry
	Origin    protocol.Origin // with ForSite, and only then
	Program   string          // path of the program, with ForProgram, and only then
	Holder    string          // name of the card's holder, from its certificate
	Reader    string          // name of the reader, shown when there are several cards; else empty
	Family    string          // of a card that is no CNS, as in card.Slot: an identity card has a PIN of another length
	OnReader  bool            // it is typed on the keys of the reader; see AwaitReader
	TriesLeft int             // of the PIN or the PUK that is to be typed, or Unknown; not for a new one
	Problem   PINProblem
	Documents int    // how many it will sign; 0: none, it is for a login
	Document  string // name of the document, when it is one
}

// PINProblem says why the same dialog is shown again.
type PINProblem int

// The reasons to ask again.
const (
	NoProblem    PINProblem = iota
	WrongPIN                // the card refused it, or the PUK: a try is gone
	BadFormat               // not 5 to 8 digits, or not the 8 of a PUK: the card was not asked
	Mismatch                // the second time the new PIN was another one
	Unchanged               // the new PIN is the present one
	Refused                 // the card does not take this new PIN
	ReaderFailed            // the keys of the reader do not work: it is typed here
)

// QuestionKind names a question.
type QuestionKind int

// The questions.
const (
	AskLastTry      QuestionKind = iota // one try is left; if it is wrong the card blocks: go on? Default: no
	AskCard                             // use this card (Yes) or another (No)?
	AskAdmitSite                        // may this site talk to the card: Allow (Yes), Block (No), or cancelled for "not now"
	AskUnknownTries                     // the card does not say how many tries are left, after a failure: go on? Default: no
	AskLastPUK                          // one try of the PUK is left; if it is wrong the card is lost: go on? Default: no
	AskUnknownPUK                       // as AskUnknownTries, of the PUK
	AskWeakPIN                          // the new PIN is easy to guess: use it (Yes) or choose another (No)? Default: no
	AskNotBlocked                       // the PIN is not blocked: set a new one with the PUK all the same?
)

// Question is what a confirmation must show.
type Question struct {
	Lang      string
	Purpose   Purpose
	Kind      QuestionKind
	Origin    protocol.Origin // with ForSite, and only then
	Program   string          // with ForProgram, and only then
	Holder    string
	Reader    string
	Family    string // with AskCard: of a card that is no CNS, as in card.Slot
	Issuer    string // with AskCard: the administration that has issued it, from its certificate
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

	Certificate bool // the site gets the certificate of the card, which holds the values
}

// Value is one datum as the site would get it.
type Value struct {
	Field protocol.IdentityField
	Text  string
}

// Notice is how something of the citizen's own ended. Who has begun it from the tray sees nothing but windows.
type Notice struct {
	Lang      string
	Purpose   Purpose         // not ForSite
	Program   string          // with ForProgram, and only then; without a Code: the PIN was right, but the program did not wait
	Holder    string          // empty when no card was chosen
	Code      protocol.Code   // empty: it is done
	Uncertain bool            // with a Code: the card did not say which PIN is valid now
	Situation words.Situation // with a Code: what is known of card and reader
}

// SigningQuestion is what the consent for signatures must show. That it is a FEA is part of it.
type SigningQuestion struct {
	Lang      string
	Purpose   Purpose         // ForSite or ForSigning
	Origin    protocol.Origin // with ForSite, and only then
	Holder    string
	Reader    string
	Documents []AskedDocument // those that will be signed, in their order
	Refused   int             // further documents of the request, which cannot be signed
	TimeStamp bool            // with a time stamp, for which an authority learns of a hash

	// What whoever asks has written into each PDF beside the signature. It is signed as well, and is not in what the citizen
	// looks at.
	Reason, Location string
	BoxPage          int // of the visible signature, which covers what is below it; 0: none

	Hash, HashFunction string // of the one document, which Ponte has not seen; the hash in hexadecimal. Else empty

	CanView    bool // View is an answer
	ViewFailed bool // it was, and nothing could show the document
}

// AskedDocument is one document as it is asked about.
type AskedDocument struct {
	Name       string
	Size       int64  // in bytes; 0: not known
	Kind       string // pdf, xml, text, png, jpeg, p7m or other, by its bytes; empty: not known
	Pages      int    // 0: it has none, or they are not known
	Signatures int    // that are there already
	Notes      []DocumentNote
}

// DocumentNote is something that whoever signs a document should know. Package words has a text for each.
type DocumentNote string

// NoteSigned is the note of a document that others have signed; AskedDocument says how many.
const NoteSigned DocumentNote = "signed-already"

// Choice answers a SigningQuestion. Cancelling is ErrDialogCancelled.
type Choice int

// The choices.
const (
	ChooseView Choice = iota // look at the documents first
	ChooseSign
)

// Progress is what a window shows while many documents are signed.
type Progress struct {
	Lang    string
	Purpose Purpose
	Origin  protocol.Origin
	Total   int
}
