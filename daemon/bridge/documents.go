// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// Documents holds what is to be signed. The agent itself parses no document: a program of its own does, and package
// documents speaks with it.
type Documents interface {
	// Start begins with an empty folder, which lives until ctx ends or it is closed.
	Start(ctx context.Context) (Folder, error)
}

// Folder is the documents of one request. What is wrong with a document, or with what was asked for it, is a
// *protocol.Error with DOCUMENT_REFUSED, TIME_STAMP_FAILED or INVALID_ARGUMENT; after any other error the folder is lost.
type Folder interface {
	// Add announces a document. They are counted from 0.
	Add(ctx context.Context, d Document, o SigningOptions) error
	// Append adds bytes to a document, in their order.
	Append(ctx context.Context, document int, data []byte) error
	// Inspect looks at a document that is whole.
	Inspect(ctx context.Context, document int) (Inspection, error)
	// Prepare gives the SHA-256 that is to be signed, by RSASSA-PKCS1-v1_5.
	Prepare(ctx context.Context, document int, cert *x509.Certificate, now time.Time) (digest []byte, err error)
	// Assemble joins the document and its signature.
	Assemble(ctx context.Context, document int, signature []byte) (Signed, error)
	// Read gives at most n bytes of the document, or of the signed one.
	Read(ctx context.Context, document int, signed bool, offset int64, n int) ([]byte, error)
	// Close forgets everything. It may be called at any time, and again.
	Close() error
}

// Document is what whoever asks says of a document.
type Document struct {
	Name, Type string
	Size       int64
}

// SigningOptions say how a document is signed. Empty words are the usual way.
type SigningOptions struct {
	Format, Shape, Level   string
	Visible                *protocol.VisibleBox
	Reason, Location, Lang string
	TimeAuthority          string // from the settings, never from a page
}

// Inspection is what a document turned out to be.
type Inspection struct {
	SHA256            [32]byte
	Kind              string // see AskedDocument
	Pages, Signatures int
	Notes             []DocumentNote
	Refusal           error // why it cannot be signed so; nil: it can
}

// Signed is a document that was signed.
type Signed struct {
	Name, Type string
	Size       int64
	SHA256     [32]byte
	Level      string
}
