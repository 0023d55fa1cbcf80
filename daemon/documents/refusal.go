// SPDX-License-Identifier: EUPL-1.2

package documents

import "errors"

// Code says why a document is not signed. Codes are only ever added.
type Code string

// The codes of a document.
const (
	RefusedEncrypted   Code = "encrypted"   // it needs a password
	RefusedCertified   Code = "certified"   // who signed it before forbids further signatures
	RefusedNotAllowed  Code = "not-allowed" // the same person has signed it, or the signatures that are there could not be kept
	RefusedDamaged     Code = "damaged"     // not what it seems to be, or broken
	RefusedTooLarge    Code = "too-large"   // more bytes, or more inside, than is signed
	RefusedEmpty       Code = "empty"       // no bytes
	RefusedUnsupported Code = "unsupported" // it cannot be signed in this format or shape
	RefusedIncomplete  Code = "incomplete"  // fewer bytes came than were declared
	RefusedName        Code = "name"        // path parts, or characters that mislead
)

// The codes of what was asked for.
const (
	RefusedTooMany     Code = "too-many"    // documents, or bytes of all of them
	RefusedFormat      Code = "format"      // no such format, shape or level, or they do not fit together
	RefusedText        Code = "text"        // a reason or a place that cannot be written
	RefusedPage        Code = "page"        // the box is on a page that is not there
	RefusedBox         Code = "box"         // the box is not on the page, or too small
	RefusedCertificate Code = "certificate" // it cannot sign
	RefusedSignature   Code = "signature"   // the key of the certificate did not make the signature
	RefusedTimeStamp   Code = "time-stamp"  // no authority is set, or it gave no time stamp
	RefusedOrder       Code = "order"       // the agent asked for a step too early, or of a document that is not there
)

// Codes lists all of them.
func Codes() []Code {
	return []Code{
		RefusedEncrypted, RefusedCertified, RefusedNotAllowed, RefusedDamaged, RefusedTooLarge, RefusedEmpty, RefusedUnsupported,
		RefusedIncomplete, RefusedName,
		RefusedTooMany, RefusedFormat, RefusedText, RefusedPage, RefusedBox, RefusedCertificate, RefusedSignature, RefusedTimeStamp, RefusedOrder,
	}
}

// Refusal is the error of what is not done with one document. The folder goes on.
type Refusal struct {
	Code   Code
	Detail string // for developers and the log, in English; nothing personal
}

// Refuse makes a Refusal.
func Refuse(c Code, detail string) *Refusal { return &Refusal{Code: c, Detail: detail} }

func (e *Refusal) Error() string {
	if e.Detail == "" {
		return "the document is not signed (" + string(e.Code) + ")"
	}
	return "the document is not signed (" + string(e.Code) + "): " + e.Detail
}

// Is makes errors.Is(err, &Refusal{Code: RefusedEncrypted}) compare codes alone.
func (e *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == e.Code
}

// Errors that end a folder. They say more.
var (
	ErrLost   = errors.New("the program that holds the documents has failed")
	ErrSilent = errors.New("the program that holds the documents does not answer")
	ErrClosed = errors.New("the documents were put away")
)
