// SPDX-License-Identifier: BSD-3-Clause

package cades

import (
	"context"
	"crypto"
	"errors"
	"io"

	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/document"
)

// Message is a signed document, or a signature apart from its document, that was read. It points into what it was read from.
type Message struct {
	data *cms.SignedData
}

// Read reads a .p7m or .p7s, or the CMS of a PDF: DER, BER, and both in base64 or PEM. It verifies nothing. What it
// refuses is a *document.Refusal.
func Read(data []byte) (*Message, error) { return nil, errors.New("not there yet") }

// Attached says that the document is inside.
func (m *Message) Attached() bool { return m.data.Attached }

// Content is the document, if it is inside. Nobody has verified it before Verify finds no fault.
func (m *Message) Content() []byte { return m.data.Content }

// Hashes are the hash functions of the signatures, for Input.Digests.
func (m *Message) Hashes() []crypto.Hash { return nil }

// Input is what a verification needs beside the message.
type Input struct {
	Profile Profile
	// Content is the document of a detached signature. It is read once, to its end. Nil: none, or Digests.
	Content io.Reader
	// Digests are those of the document of a detached signature, for each of Hashes, where somebody has computed them.
	Digests map[crypto.Hash][]byte
}

// Verify verifies each signature. The error is only one of reading Content: what is wrong is in the signatures.
func (m *Message) Verify(ctx context.Context, trust *document.Trust, in Input) ([]document.Signature, error) {
	return nil, errors.New("not there yet")
}

// PrepareBeside prepares a further signature of the document of a .p7m, beside those that are there. Their bytes are
// kept; a message whose signatures could not be kept is refused as document.FaultNotAllowed.
func PrepareBeside(m *Message, o Options) (*Prepared, error) { return nil, errors.New("not there yet") }
