// SPDX-License-Identifier: BSD-3-Clause

package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/ponte-cns/ponte/portal/document"
)

// scheme is how a signature is computed.
type scheme int

const (
	schemePKCS1 scheme = iota // RFC 8017, 8.2
	schemePSS                 // RFC 8017, 8.1
	schemeECDSA
)

// signatureAlgorithms are those that are accepted. The hash of rsaEncryption is that of the content.
var signatureAlgorithms = []struct {
	id     asn1.ObjectIdentifier
	scheme scheme
	hash   crypto.Hash // 0: that of the content
}{
	{oidRSA, schemePKCS1, 0},
	{OIDSHA256WithRSA, schemePKCS1, crypto.SHA256},
	{oidSHA384WithRSA, schemePKCS1, crypto.SHA384},
	{oidSHA512WithRSA, schemePKCS1, crypto.SHA512},
	{oidPSS, schemePSS, 0},
	{oidECDSAWithSHA256, schemeECDSA, crypto.SHA256},
	{oidECDSAWithSHA384, schemeECDSA, crypto.SHA384},
	{oidECDSAWithSHA512, schemeECDSA, crypto.SHA512},
}

// Hash is the hash function of the content, or why it is not accepted.
func (s *Signer) Hash() (crypto.Hash, error) {
	hash, weak := HashOf(s.digest.id)
	switch {
	case weak:
		return 0, document.Refuse(document.FaultWeakAlgorithm, fmt.Sprintf("the document was hashed with %v", s.digest.id))
	case hash == 0:
		return 0, document.Refuse(document.FaultAlgorithm, fmt.Sprintf("a hash function that is not known here: %v", s.digest.id))
	}
	return hash, nil
}

// scheme finds out how the signature was computed. The content and what is signed must be hashed alike (EN 319 122-1,
// 4.6, by way of RFC 5652, 5.6, leaves it open; two functions only help who wants to confuse).
func (s *Signer) scheme() (scheme, crypto.Hash, error) {
	hash, err := s.Hash()
	if err != nil {
		return 0, 0, err
	}
	id := s.signature.id
	if id.Equal(oidMD5WithRSA) || id.Equal(oidSHA1WithRSA) || id.Equal(oidECDSAWithSHA1) {
		return 0, 0, document.Refuse(document.FaultWeakAlgorithm, fmt.Sprintf("the signature was made with %v", id))
	}
	for _, a := range signatureAlgorithms {
		if !id.Equal(a.id) {
			continue
		}
		if a.hash != 0 && a.hash != hash {
			return 0, 0, document.Refuse(document.FaultAlgorithm, fmt.Sprintf("the document was hashed with %v, what is signed with %v", hash, a.hash))
		}
		if a.scheme == schemePSS {
			if err := checkPSS(s.signature.parameters, hash); err != nil {
				return 0, 0, err
			}
		}
		return a.scheme, hash, nil
	}
	return 0, 0, document.Refuse(document.FaultAlgorithm, fmt.Sprintf("a signature algorithm that is not known here: %v", id))
}

// checkPSS reads RSASSA-PSS-params (RFC 4055, 3.1) and wants the hash function that the content has, in both places.
func checkPSS(parameters []byte, hash crypto.Hash) error {
	var p struct {
		Hash    asn1.RawValue `asn1:"optional,explicit,tag:0"`
		Mask    asn1.RawValue `asn1:"optional,explicit,tag:1"`
		Salt    int           `asn1:"optional,explicit,tag:2,default:20"`
		Trailer int           `asn1:"optional,explicit,tag:3,default:1"`
	}
	wrong := document.Refuse(document.FaultAlgorithm, "parameters of RSASSA-PSS that are not accepted")
	if rest, err := asn1.Unmarshal(parameters, &p); err != nil || len(rest) > 0 || p.Trailer != 1 {
		return wrong
	}
	var first, mask, inner algorithm
	hashField, maskField := cryptobyte.String(p.Hash.Bytes), cryptobyte.String(p.Mask.Bytes)
	if !readAlgorithm(&hashField, &first) || !readAlgorithm(&maskField, &mask) || !mask.id.Equal(oidMGF1) {
		return wrong // absent fields stand for SHA-1 (RFC 8017, A.2.3)
	}
	maskHash := cryptobyte.String(mask.parameters)
	if !readAlgorithm(&maskHash, &inner) {
		return wrong
	}
	a, _ := HashOf(first.id)
	b, _ := HashOf(inner.id)
	if a != hash || b != hash {
		return wrong
	}
	return nil
}

// checkSignature says whether the key of cert signed the attributes.
func (s *Signer) checkSignature(cert *x509.Certificate) error {
	how, hash, err := s.scheme()
	if err != nil {
		return err
	}
	if key, ok := cert.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxKey {
		return document.Refuse(document.FaultTooLarge, fmt.Sprintf("an RSA key of %d bits", key.N.BitLen()))
	}
	h := hash.New()
	h.Write(s.attributes)
	digest, wrong := h.Sum(nil), document.Refuse(document.FaultSignature, "the key of the certificate did not sign this")
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		switch how {
		case schemePKCS1:
			err = rsa.VerifyPKCS1v15(key, hash, digest, s.Signature)
		case schemePSS:
			err = rsa.VerifyPSS(key, hash, digest, s.Signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto})
		default:
			return wrong
		}
		if err != nil {
			return wrong
		}
		return nil
	case *ecdsa.PublicKey:
		if how == schemeECDSA && ecdsa.VerifyASN1(key, digest, s.Signature) {
			return nil
		}
	}
	return wrong
}

// checkProtection compares the algorithms with those that are signed, where they are (RFC 6211, 3).
func (s *Signer) checkProtection() error {
	raw, count := value(s.Signed, OIDAlgorithmProtection)
	if count == 0 {
		return nil
	}
	const tagSignature = der.Tag(0x80 | 0x20 | 1) // signatureAlgorithm, [1] IMPLICIT
	in := cryptobyte.String(raw)
	var both, id cryptobyte.String
	var digest algorithm
	var signature asn1.ObjectIdentifier
	if count > 1 || !in.ReadASN1(&both, der.SEQUENCE) || !readAlgorithm(&both, &digest) || !both.ReadASN1(&id, tagSignature) ||
		!id.ReadASN1ObjectIdentifier(&signature) {
		return document.Refuse(document.FaultAttribute, "CMSAlgorithmProtection cannot be read")
	}
	if !digest.id.Equal(s.digest.id) || !signature.Equal(s.signature.id) || !bytes.Equal(id, s.signature.parameters) {
		return document.Refuse(document.FaultAttribute, "the algorithms are not those that were signed")
	}
	return nil
}
