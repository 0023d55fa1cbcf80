// SPDX-License-Identifier: BSD-3-Clause

package cms

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// Signer is a SignerInfo (RFC 5652, 5.3) that was read.
type Signer struct {
	Signature []byte
	Signed    []Attribute // nil if there are none
	Unsigned  []Attribute

	issuer     []byte   // Name in DER, with serial; or nil
	serial     *big.Int //
	keyID      []byte   // subjectKeyIdentifier, where issuer is nil
	digest     algorithm
	signature  algorithm
	attributes []byte // what is signed: Signed as a SET OF, in the order in which they came
	ordered    bool   // which is that of DER
}

// algorithm is an AlgorithmIdentifier (RFC 5280, 4.1.1.2).
type algorithm struct {
	id         asn1.ObjectIdentifier
	parameters []byte // in DER, or nil
}

const (
	tagSignedAttributes   = der.Tag(0x80 | 0x20)     // [0] IMPLICIT SET
	tagUnsignedAttributes = der.Tag(0x80 | 0x20 | 1) // [1] IMPLICIT SET
	tagKeyIdentifier      = der.Tag(0x80)            // [0] IMPLICIT OCTET STRING
)

func parseSigner(raw []byte) (*Signer, error) {
	input := cryptobyte.String(raw)
	var s, octets cryptobyte.String
	var version int
	if !input.ReadASN1(&s, der.SEQUENCE) || !s.ReadASN1Integer(&version) {
		return nil, malformed("a signer that is none")
	}
	signer := &Signer{}
	if err := signer.readIdentifier(&s); err != nil {
		return nil, err
	}
	if !readAlgorithm(&s, &signer.digest) {
		return nil, malformed("a signer without digest algorithm")
	}
	if err := signer.readSigned(&s); err != nil {
		return nil, err
	}
	if !readAlgorithm(&s, &signer.signature) || !s.ReadASN1(&octets, der.OCTET_STRING) {
		return nil, malformed("a signer without signature")
	}
	signer.Signature = octets
	var unsigned cryptobyte.String
	var there bool
	if !s.ReadOptionalASN1(&unsigned, &there, tagUnsignedAttributes) || !s.Empty() {
		return nil, malformed("a signer with something after the signature that cannot be read")
	}
	var err error
	signer.Unsigned, _, err = readAttributes(unsigned)
	return signer, err
}

func (s *Signer) readIdentifier(in *cryptobyte.String) error {
	if in.PeekASN1Tag(tagKeyIdentifier) {
		if !in.ReadASN1((*cryptobyte.String)(&s.keyID), tagKeyIdentifier) || len(s.keyID) == 0 {
			return malformed("a signer whose key identifier cannot be read")
		}
		return nil
	}
	var both cryptobyte.String
	s.serial = new(big.Int)
	if !in.ReadASN1(&both, der.SEQUENCE) || !both.ReadASN1Element((*cryptobyte.String)(&s.issuer), der.SEQUENCE) ||
		!both.ReadASN1Integer(s.serial) || !both.Empty() {
		return malformed("a signer whose issuer and serial number cannot be read")
	}
	return nil
}

func (s *Signer) readSigned(in *cryptobyte.String) error {
	if !in.PeekASN1Tag(tagSignedAttributes) {
		return nil
	}
	var whole, content cryptobyte.String
	if !in.ReadASN1Element(&whole, tagSignedAttributes) {
		return malformed("the signed attributes cannot be read")
	}
	s.attributes = bytes.Clone(whole)
	s.attributes[0] = byte(der.SET) // RFC 5652, 5.4: not the tag with which they came
	if !whole.ReadASN1(&content, tagSignedAttributes) {
		return malformed("the signed attributes cannot be read")
	}
	var err error
	s.Signed, s.ordered, err = readAttributes(content)
	return err
}

// readAttributes reads a SET OF Attribute, and says whether it is in the order of DER (X.690, 11.6).
func readAttributes(in cryptobyte.String) (attributes []Attribute, ordered bool, err error) {
	encoded, err := elements(in, maxAttributes, "attributes")
	if err != nil {
		return nil, false, err
	}
	ordered = true
	for i, raw := range encoded {
		if i > 0 && bytes.Compare(encoded[i-1], raw) > 0 {
			ordered = false
		}
		var content, set cryptobyte.String
		var a Attribute
		e := cryptobyte.String(raw)
		if !e.ReadASN1(&content, der.SEQUENCE) || !content.ReadASN1ObjectIdentifier(&a.Type) || !content.ReadASN1(&set, der.SET) || !content.Empty() {
			return nil, false, malformed("an attribute that cannot be read")
		}
		if a.Values, err = elements(set, maxValues, "values of an attribute"); err != nil {
			return nil, false, err
		}
		attributes = append(attributes, a)
	}
	return attributes, ordered, nil
}

func readAlgorithm(in *cryptobyte.String, a *algorithm) bool {
	var s cryptobyte.String
	if !in.ReadASN1(&s, der.SEQUENCE) || !s.ReadASN1ObjectIdentifier(&a.id) {
		return false
	}
	if s.Empty() {
		return true
	}
	var tag der.Tag
	return s.ReadAnyASN1Element((*cryptobyte.String)(&a.parameters), &tag) && s.Empty()
}

// Certificates gives those among certs that the signer names. They may be several, of which one is meant.
func (s *Signer) Certificates(certs []*x509.Certificate) []*x509.Certificate {
	var found []*x509.Certificate
	for _, c := range certs {
		byKey := s.keyID != nil && bytes.Equal(c.SubjectKeyId, s.keyID)
		if byKey || s.issuer != nil && bytes.Equal(c.RawIssuer, s.issuer) && c.SerialNumber.Cmp(s.serial) == 0 {
			found = append(found, c)
		}
	}
	return found
}

// value gives the only value of an attribute. count is how often the attribute is there, or how many values it has.
func value(attributes []Attribute, id asn1.ObjectIdentifier) (v []byte, count int) {
	for _, a := range attributes {
		if a.Type.Equal(id) {
			count += max(1, len(a.Values))
			if len(a.Values) > 0 {
				v = a.Values[0]
			}
		}
	}
	return v, count
}
