// SPDX-License-Identifier: EUPL-1.2

// Package documents is how the agent uses ponte-document, the program that holds and reads the documents of one request
// for signatures. It parses no document itself, and knows no card: what comes from others is bytes here, and a crash or a
// flood of memory over there ends that program alone.
//
//	folder, err := documents.Start(ctx, program)
//	defer folder.Close() // nothing is left
//	i, err := folder.Add(ctx, documents.Document{Name: "domanda.pdf", Size: 48213}, documents.Options{})
//	err = folder.Append(ctx, i, data) // until all is there
//	found, err := folder.Inspect(ctx, i)
//	digest, err := folder.Prepare(ctx, i, certificate, time.Now())
//	signed, err := folder.Assemble(ctx, i, signature) // RSASSA-PKCS1-v1_5 with SHA-256 over digest, by the card
//	data, err = folder.Read(ctx, i, true, 0, documents.MaxPiece)
//
// An error is a *Refusal where a document or what was asked for is the reason: the others of the folder can still be
// signed. Any other one ends the folder: ErrLost, ErrSilent, ErrClosed, or what the context says.
package documents

import "github.com/ponte-cns/ponte/protocol"

// Ceilings of one request. Those of what a page says are of the protocol.
const (
	MaxSize      = protocol.MaxDocumentBytes
	MaxTotal     = protocol.MaxDocumentsBytes
	MaxDocuments = protocol.MaxDocuments
	MaxSigned    = 100 << 20 // bytes of a signed document: base64 and what a signature adds fit into it
	MaxPiece     = 512 << 10 // bytes that Append sends, and Read gives, at once
	maxHolder    = 150       // characters of the name of a person
	maxURL       = 2048      // characters of the address of a time stamp authority
)

// Document is what whoever asks for a signature says of a document. Only its size is believed, as a ceiling.
type Document struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"` // a MIME type; empty: nothing is said
	Size int64  `json:"size"`
}

// Formats of signatures.
const (
	FormatPAdES = "pades"
	FormatCAdES = "cades"
	FormatXAdES = "xades"
	FormatASiC  = "asic-s"
)

// Shapes of signatures: where the document is.
const (
	ShapeAttached   = "attached"   // CAdES: inside, a .p7m
	ShapeDetached   = "detached"   // CAdES, XAdES: elsewhere
	ShapeParallel   = "parallel"   // CAdES: in a .p7m that others have signed
	ShapeEnveloped  = "enveloped"  // XAdES: the signature is inside of the document
	ShapeEnveloping = "enveloping" // XAdES: the document is inside of the signature
)

// Levels of signatures.
const (
	LevelB = "B-B"
	LevelT = "B-T" // with a time stamp
)

// Options say how a document is signed. The zero value is the usual way: PAdES for a PDF, a further signature for a .p7m,
// and CAdES with the document inside for everything else.
type Options struct {
	Format string `json:"format,omitempty"`
	Shape  string `json:"shape,omitempty"` // empty: the usual one of the format
	Level  string `json:"level,omitempty"` // empty: LevelB

	// These are for people who read a PDF, and prove nothing. Name is that of the holder; empty: as the certificate has it.
	Visible  *Box   `json:"visible,omitempty"`
	Name     string `json:"name,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Location string `json:"location,omitempty"`
	Lang     string `json:"lang,omitempty"` // of the words in the box: it, en or de

	TimeAuthority string `json:"timeAuthority,omitempty"` // http or https; from the settings, never from a page
}

// Box is the visible part of a signature in a PDF, in points from the lower left corner of a page as one sees it.
type Box struct {
	Page   int     `json:"page"` // the first is 1
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Kinds of documents, by their bytes.
const (
	KindPDF   = "pdf"
	KindXML   = "xml"
	KindText  = "text"
	KindPNG   = "png"
	KindJPEG  = "jpeg"
	KindP7M   = "p7m"
	KindOther = "other"
)

// Inspection is what was found out about a document before somebody signs it.
type Inspection struct {
	SHA256     [32]byte `json:"sha256"`
	Type       string   `json:"type"`   // one of the kinds: what it is, whatever it was called
	Format     string   `json:"format"` // chosen, where the options leave it open
	Shape      string   `json:"shape"`  // chosen; empty for a PDF and a container
	Pages      int      `json:"pages,omitempty"`
	Signatures int      `json:"signatures,omitempty"` // that are there already
	Notes      []Note   `json:"notes,omitempty"`
	Refusal    Code     `json:"refusal,omitempty"` // why it cannot be signed so; empty: it can
}

// Note is something that whoever signs a document should know.
type Note string

// The notes.
const (
	NoteJavaScript  Note = "javascript"       // it can change what one sees
	NoteForm        Note = "xfa"              // a form that is shown instead of the pages
	NoteLaunch      Note = "launch"           // it starts programs, or opens other documents
	NoteAttachments Note = "attachments"      // it has files attached
	NoteUsageRights Note = "usage-rights"     // rights that end with any change
	NoteSigned      Note = "signed-already"   // others have signed it
	NoteBroken      Note = "signature-broken" // a signature that is there does not fit the document
	NoteOtherType   Note = "type-differs"     // it is something else than was declared
	NoteUnreadable  Note = "unreadable"       // a PDF that is encrypted or damaged: nobody could look into it
)

// Notes lists all of them.
func Notes() []Note {
	return []Note{
		NoteJavaScript, NoteForm, NoteLaunch, NoteAttachments, NoteUsageRights, NoteSigned, NoteBroken, NoteOtherType, NoteUnreadable,
	}
}

// Signed is a document that was signed.
type Signed struct {
	Name   string   `json:"name"` // made of that of the document
	Type   string   `json:"type"` // a MIME type
	Size   int64    `json:"size"`
	SHA256 [32]byte `json:"sha256"`
	Level  string   `json:"level"`
}
