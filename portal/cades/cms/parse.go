// SPDX-License-Identifier: BSD-3-Clause

package cms

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/ponte-cns/ponte/portal/document"
)

var oidEnvelopedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3}

// Message is a SignedData that was read. It points into what was given to Parse, which must not change.
type Message struct {
	SignedData
	Parsed []*Signer // those of Signers, in their order
	// Altered says that a signature or a certificate did not come in DER, and could not be written again as it came.
	Altered bool
}

// Parse reads a SignedData in DER or BER, or one of them in base64 or PEM. Its errors are *document.Refusal.
func Parse(data []byte) (*Message, error) {
	binary, err := unwrap(data)
	if err != nil {
		return nil, err
	}
	m, err := parse(binary)
	if err == nil {
		return m, nil
	}
	if r, ok := err.(*document.Refusal); !ok || r.Fault != document.FaultFormat {
		return nil, err
	}
	strict, berErr := toDER(binary)
	if berErr != nil {
		return nil, berErr
	}
	if len(strict) == len(binary) && bytes.Equal(strict, binary) {
		return nil, err // it is not BER that stands in the way
	}
	if m, err = parse(strict); err != nil {
		return nil, err
	}
	for _, part := range append(append([][]byte{m.CRLs}, m.Certificates...), m.Signers...) {
		m.Altered = m.Altered || !bytes.Contains(binary, part)
	}
	return m, nil
}

// parse reads DER.
func parse(b []byte) (*Message, error) {
	input := cryptobyte.String(b)
	var info, explicit, signed cryptobyte.String
	var kind asn1.ObjectIdentifier
	switch {
	case !input.ReadASN1(&info, der.SEQUENCE) || !info.ReadASN1ObjectIdentifier(&kind):
		return nil, malformed("no ContentInfo")
	case !input.Empty():
		return nil, malformed("%d bytes after the message", len(input))
	case kind.Equal(oidEnvelopedData):
		return nil, document.Refuse(document.FaultEncrypted, "an encrypted message")
	case !kind.Equal(OIDSignedData):
		return nil, malformed("a message of the type %v, not of SignedData", kind)
	case !info.ReadASN1(&explicit, tagContent) || !info.Empty() || !explicit.ReadASN1(&signed, der.SEQUENCE) || !explicit.Empty():
		return nil, malformed("no SignedData")
	}
	m := &Message{}
	if err := m.readFields(signed); err != nil {
		return nil, err
	}
	for _, raw := range m.Signers {
		s, err := parseSigner(raw)
		if err != nil {
			return nil, err
		}
		m.Parsed = append(m.Parsed, s)
	}
	return m, nil
}

func (m *Message) readFields(s cryptobyte.String) error {
	var algorithms, content, certificates, signers cryptobyte.String
	var there bool
	if !s.ReadASN1Integer(&m.Version) || m.Version < 0 || m.Version > 5 {
		return malformed("no version of SignedData")
	}
	if !s.ReadASN1(&algorithms, der.SET) || !s.ReadASN1(&content, der.SEQUENCE) {
		return malformed("no digest algorithms, or no content")
	}
	var err error
	if m.DigestAlgorithms, err = elements(algorithms, MaxAlgorithms, "digest algorithms"); err != nil {
		return err
	}
	if err := m.readContent(content); err != nil {
		return err
	}
	if !s.ReadOptionalASN1(&certificates, &there, tagCertificates) {
		return malformed("the certificates cannot be read")
	}
	if m.Certificates, err = elements(certificates, MaxCertificates, "certificates"); err != nil {
		return err
	}
	if s.PeekASN1Tag(tagCRLs) && !s.ReadASN1Element((*cryptobyte.String)(&m.CRLs), tagCRLs) {
		return malformed("the revocation lists cannot be read")
	}
	if !s.ReadASN1(&signers, der.SET) || !s.Empty() {
		return malformed("no signers, or something after them")
	}
	if m.Signers, err = elements(signers, MaxSigners, "signers"); err != nil {
		return err
	}
	if len(m.Signers) == 0 {
		return document.Refuse(document.FaultNoSignature, "a message that nobody has signed")
	}
	return nil
}

func (m *Message) readContent(s cryptobyte.String) error {
	if !s.ReadASN1ObjectIdentifier(&m.ContentType) {
		return malformed("the content has no type")
	}
	if s.Empty() {
		return nil
	}
	var explicit, octets cryptobyte.String
	if !s.ReadASN1(&explicit, tagContent) || !s.Empty() || !explicit.ReadASN1(&octets, der.OCTET_STRING) || !explicit.Empty() {
		return malformed("the content cannot be read")
	}
	m.Attached, m.Content = true, octets
	return nil
}

// elements cuts a sequence of elements; most is their ceiling.
func elements(s cryptobyte.String, most int, what string) ([][]byte, error) {
	var found [][]byte
	for !s.Empty() {
		if len(found) == most {
			return nil, tooMany(most, what)
		}
		var e cryptobyte.String
		var tag der.Tag
		if !s.ReadAnyASN1Element(&e, &tag) {
			return nil, malformed("the %s cannot be read", what)
		}
		found = append(found, e)
	}
	return found, nil
}

// ParseCertificates gives the certificates of the message that can be read. Others, as attribute certificates and those
// of more than 32 kB, are skipped.
func (m *Message) ParseCertificates() []*x509.Certificate {
	var certs []*x509.Certificate
	for _, raw := range m.Certificates {
		if len(raw) > maxCertificate {
			continue
		}
		if c, err := x509.ParseCertificate(raw); err == nil {
			certs = append(certs, c)
		}
	}
	return certs
}
