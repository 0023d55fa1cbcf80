// SPDX-License-Identifier: BSD-3-Clause

package cms

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // names the certificate in time stamps (RFC 3161, 2.4.2); nothing is signed with it
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/ponte-cns/ponte/portal/document"
)

// Finding is what Check found out about a signer.
type Finding struct {
	Certificate *x509.Certificate // nil if it is not there
	SigningTime time.Time         // what the signer says; zero if nothing
	Faults      []*document.Refusal
}

func (f *Finding) add(err error) {
	if err == nil {
		return
	}
	r, ok := errors.AsType[*document.Refusal](err)
	if !ok {
		r = document.RefuseFor(document.FaultFormat, err)
	}
	f.Faults = append(f.Faults, r)
}

// Rules are those by which Check judges.
type Rules struct {
	ContentType asn1.ObjectIdentifier
	// AcceptSHA1Name accepts that the certificate is named by SHA-1: time stamps do so (RFC 3161, 2.4.2, before RFC 5816).
	AcceptSHA1Name bool
}

// Check says whether the signer signed a content with these digests, one for each hash function, and with which of the
// certificates. Whether anybody trusts it is not asked.
func (s *Signer) Check(m *Message, certs []*x509.Certificate, digests map[crypto.Hash][]byte, rules Rules) Finding {
	var f Finding
	if !m.ContentType.Equal(rules.ContentType) {
		f.add(malformed("a content of the type %v", m.ContentType))
	}
	candidates := s.Certificates(certs)
	if len(candidates) > 0 {
		f.Certificate = candidates[0]
	}
	hash, err := s.Hash()
	if err != nil {
		f.add(err)
		return f
	}
	if s.attributes == nil { // RFC 5652, 5.3, allows it; EN 319 122-1, 6.3, does not
		f.add(document.Refuse(document.FaultAttributeAbsent, "no signed attributes"))
		return f
	}
	f.add(s.checkForm())
	f.add(s.checkContentType(m.ContentType))
	f.add(s.checkDigest(digests[hash]))
	f.add(s.checkProtection())
	f.SigningTime, err = s.signingTime()
	f.add(err)
	if len(candidates) == 0 {
		f.add(document.Refuse(document.FaultNoCertificate, "the certificate of the signer is not in the message"))
		return f
	}
	named, err := s.named(candidates, rules.AcceptSHA1Name)
	f.add(err)
	if named != nil {
		f.Certificate = named
	}
	f.add(s.checkSignature(f.Certificate))
	return f
}

// checkForm wants the attributes as DER writes them, each once (RFC 5652, 5.3 and 11).
func (s *Signer) checkForm() error {
	if !s.ordered {
		return document.Refuse(document.FaultAttribute, "the signed attributes are not in the order of DER")
	}
	for i, a := range s.Signed {
		if len(a.Values) == 0 {
			return document.Refuse(document.FaultAttribute, "a signed attribute without value")
		}
		for _, b := range s.Signed[:i] {
			if a.Type.Equal(b.Type) {
				return document.Refuse(document.FaultAttribute, "a signed attribute that is there twice")
			}
		}
	}
	return nil
}

// single gives the value of an attribute that must be there once, with one value.
func (s *Signer) single(id asn1.ObjectIdentifier, name string) ([]byte, error) {
	v, count := value(s.Signed, id)
	switch {
	case count == 0:
		return nil, document.Refuse(document.FaultAttributeAbsent, name+" is missing")
	case count > 1:
		return nil, document.Refuse(document.FaultAttribute, name+" has more than one value")
	}
	return v, nil
}

func (s *Signer) checkContentType(want asn1.ObjectIdentifier) error {
	v, err := s.single(OIDContentType, "content-type")
	if err != nil {
		return err
	}
	in := cryptobyte.String(v)
	var id asn1.ObjectIdentifier
	if !in.ReadASN1ObjectIdentifier(&id) || !in.Empty() || !id.Equal(want) {
		return document.Refuse(document.FaultAttribute, "content-type is not that of the content")
	}
	return nil
}

func (s *Signer) checkDigest(digest []byte) error {
	v, err := s.single(OIDMessageDigest, "message-digest")
	if err != nil {
		return err
	}
	in := cryptobyte.String(v)
	var signed cryptobyte.String
	if !in.ReadASN1(&signed, der.OCTET_STRING) || !in.Empty() {
		return document.Refuse(document.FaultAttribute, "message-digest cannot be read")
	}
	if digest == nil {
		return document.Refuse(document.FaultNoContent, "the document was not given")
	}
	if !bytes.Equal(signed, digest) {
		return document.Refuse(document.FaultDocumentChanged, "the document is not the one that was signed")
	}
	return nil
}

// signingTime is zero where there is none.
func (s *Signer) signingTime() (time.Time, error) {
	v, count := value(s.Signed, OIDSigningTime)
	if count == 0 {
		return time.Time{}, nil
	}
	var at time.Time
	if rest, err := asn1.Unmarshal(v, &at); err != nil || len(rest) > 0 || count > 1 {
		return time.Time{}, document.Refuse(document.FaultAttribute, "signing-time cannot be read")
	}
	return at.UTC(), nil
}

// HasSigningTime says that the signer claims a time.
func (s *Signer) HasSigningTime() bool {
	_, count := value(s.Signed, OIDSigningTime)
	return count > 0
}

// named finds the certificate that the signed attribute means: without it, another one with the same key could be put in
// the place of the signer's (RFC 5035, 1).
func (s *Signer) named(candidates []*x509.Certificate, acceptSHA1 bool) (*x509.Certificate, error) {
	raw, count := value(s.Signed, OIDSigningCertificateV2)
	old := count == 0
	if old {
		if raw, count = value(s.Signed, OIDSigningCertificate); count == 0 {
			return nil, document.Refuse(document.FaultAttributeAbsent, "signing-certificate-v2 is missing")
		}
	}
	if count > 1 {
		return nil, document.Refuse(document.FaultAttribute, "signing-certificate-v2 has more than one value")
	}
	id, ok := readCertID(raw)
	if !ok {
		return nil, document.Refuse(document.FaultAttribute, "signing-certificate-v2 cannot be read")
	}
	hash, weak := crypto.SHA256, false // RFC 5035, 4: the default
	switch {
	case old:
		hash, weak = crypto.SHA1, true
	case id.algorithm.id != nil:
		hash, weak = HashOf(id.algorithm.id)
		if id.algorithm.id.Equal(oidSHA1) {
			hash = crypto.SHA1
		}
	}
	switch {
	case weak && !(acceptSHA1 && hash == crypto.SHA1):
		return nil, document.Refuse(document.FaultWeakAlgorithm, "the certificate is named by SHA-1 or MD5")
	case hash == 0:
		return nil, document.Refuse(document.FaultAlgorithm, "the certificate is named by a hash function that is not known here")
	}
	for _, c := range candidates {
		h := hash.New()
		h.Write(c.Raw)
		if bytes.Equal(h.Sum(nil), id.hash) && (id.serial == nil || c.SerialNumber.Cmp(id.serial) == 0) {
			return c, nil
		}
	}
	return nil, document.Refuse(document.FaultSigningCert, "the signed attribute names another certificate")
}
