// SPDX-License-Identifier: BSD-3-Clause

package cades

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"slices"

	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/document"
)

// Message is a signed document, or a signature apart from its document, that was read. It points into what it was read
// from, which must not change.
type Message struct {
	data *cms.Message
}

// Read reads a .p7m or .p7s, or the CMS of a PDF: DER, BER, and both in base64 or PEM. It verifies nothing. What it
// refuses is a *document.Refusal.
func Read(data []byte) (*Message, error) {
	m, err := cms.Parse(data)
	if err != nil {
		return nil, err
	}
	return &Message{m}, nil
}

// Attached says that the document is inside.
func (m *Message) Attached() bool { return m.data.Attached }

// Content is the document, if it is inside. Nobody has verified it before Verify finds no fault.
func (m *Message) Content() []byte { return m.data.Content }

// Signatures is how many there are.
func (m *Message) Signatures() int { return len(m.data.Parsed) }

// Hashes are the hash functions of the signatures that are accepted, for Input.Digests.
func (m *Message) Hashes() []crypto.Hash {
	var hashes []crypto.Hash
	for _, s := range m.data.Parsed {
		if h, err := s.Hash(); err == nil && !slices.Contains(hashes, h) {
			hashes = append(hashes, h)
		}
	}
	return hashes
}

// PrepareBeside prepares a further signature of the document of a .p7m, beside those that are there (RFC 5652, 5.1:
// signers in parallel). Their bytes are kept; a message whose signatures could not be kept is refused as
// document.FaultNotAllowed. Whether they are good is for Verify to say, before.
func PrepareBeside(m *Message, o Options) (*Prepared, error) {
	if err := m.mayBeAddedTo(o); err != nil {
		return nil, err
	}
	p, err := prepare(sha256.Sum256(m.data.Content), int64(len(m.data.Content)), o)
	if err != nil {
		return nil, err
	}
	p.base = m
	return p, nil
}

func (m *Message) mayBeAddedTo(o Options) error {
	refuse := func(detail string) error { return document.Refuse(document.FaultNotAllowed, detail) }
	if err := o.check(); err != nil {
		return err
	}
	switch {
	case o.Profile != CAdES:
		return refuse("a PDF has one signer in each signature")
	case !m.data.Attached:
		return refuse("the document is not inside")
	case !m.data.ContentType.Equal(cms.OIDData):
		return refuse("the content is not a document")
	case m.data.Altered:
		return refuse("the others' signatures are not in DER, and could not be written again as they are")
	case len(m.data.Content) > MaxContent:
		return document.Refuse(document.FaultTooLarge, "the document is too large")
	case len(m.data.Parsed) >= cms.MaxSigners || len(m.data.Certificates)+1+len(o.Chain) > cms.MaxCertificates || len(m.data.DigestAlgorithms) >= cms.MaxAlgorithms:
		return document.Refuse(document.FaultTooLarge, "too many signers or certificates")
	}
	certs := m.data.ParseCertificates()
	for _, s := range m.data.Parsed {
		for _, a := range s.Unsigned { // these are computed over all certificates of the message
			if a.Type.Equal(cms.OIDArchiveTimeStamp) || a.Type.Equal(cms.OIDArchiveTimeStampV2) || a.Type.Equal(cms.OIDLongTermValidation) {
				return refuse("a signature with an archive time stamp, which another certificate would break")
			}
		}
		for _, c := range s.Certificates(certs) {
			if bytes.Equal(c.Raw, o.Certificate.Raw) {
				return refuse("this certificate has signed the document already")
			}
		}
	}
	return nil
}
