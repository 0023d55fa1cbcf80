// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/xades/canon"
)

const maxProperties = 64 // elements in each part of the QualifyingProperties

// properties are the signed ones (EN 319 132-1, 5.2), read after it is known that they are signed.
type properties struct {
	time        time.Time // zero if nothing
	certificate *certName
	old         bool     // SigningCertificate, not SigningCertificateV2
	described   []string // the references that a DataObjectFormat with a MIME type describes
	policy      bool     // there is a signature policy
}

// certName is how a signature names the certificate of its signer.
type certName struct {
	digestMethod string
	digest       []byte
	issuerSerial []byte // in DER, as in IssuerSerialV2; nil if it is not there
}

// signedProperties finds those that a reference of the signature covers (EN 319 132-1): the only ones, inside of an
// Object of this very signature.
func (s *signature) signedProperties(doc *canon.Document) (*reference, *canon.Node, error) {
	if s.qualifying == nil {
		return nil, nil, refuse(document.FaultAttributeAbsent, "no QualifyingProperties: no XAdES signature")
	}
	var covering *reference
	for _, r := range s.references {
		if r.kind == typeSignedProperties {
			if covering != nil {
				return nil, nil, refuse(document.FaultReference, "two references to SignedProperties")
			}
			covering = r
		}
	}
	if covering == nil || covering.outside() {
		return nil, nil, refuse(document.FaultAttributeAbsent, "no signed properties")
	}
	parts, err := inOrder(s.qualifying, nsXAdES, 2, "SignedProperties", "UnsignedProperties?")
	if err != nil {
		return nil, nil, err
	}
	n, err := covering.inside(doc)
	if err != nil {
		return nil, nil, err
	}
	if n != parts[0][0] {
		return nil, nil, refuse(document.FaultReference, "the signed properties are not those of the signature")
	}
	for _, t := range covering.transforms {
		if t.kind != transformCanonical {
			return nil, nil, refuse(document.FaultAlgorithm, "a transform of the signed properties")
		}
	}
	return covering, n, nil
}

func readProperties(n *canon.Node) (*properties, error) {
	parts, err := inOrder(n, nsXAdES, 2, "SignedSignatureProperties?", "SignedDataObjectProperties?")
	if err != nil {
		return nil, err
	}
	p := &properties{}
	for _, of := range parts[0] {
		if err := p.readSignature(of); err != nil {
			return nil, err
		}
	}
	for _, of := range parts[1] {
		if err := p.readObjects(of); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// readSignature reads SignedSignatureProperties (EN 319 132-1, 5.2.1 and 5.2.2).
func (p *properties) readSignature(n *canon.Node) error {
	all, err := elements(n)
	if err != nil {
		return err
	}
	if len(all) > maxProperties {
		return refuse(document.FaultTooLarge, "more than %d signed properties", maxProperties)
	}
	seen := map[string]bool{}
	for _, e := range all {
		if e.Space != nsXAdES {
			continue
		}
		if seen[e.Local] {
			return refuse(document.FaultAttribute, "%.40q twice", e.Local)
		}
		seen[e.Local] = true
		switch e.Local {
		case "SigningTime":
			err = p.readTime(e)
		case "SigningCertificateV2", "SigningCertificate":
			if p.certificate != nil && p.old != (e.Local == "SigningCertificate") {
				continue // both: the first one counts, and both are signed
			}
			p.old = e.Local == "SigningCertificate"
			p.certificate, err = readCertName(e)
		case "SignaturePolicyIdentifier":
			p.policy = true
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *properties) readTime(n *canon.Node) error {
	s, err := text(n)
	if err != nil {
		return err
	}
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} { // xs:dateTime, with and without a zone
		if p.time, err = time.Parse(layout, s); err == nil && len(s) <= 40 {
			return nil
		}
	}
	return refuse(document.FaultAttribute, "a SigningTime that is none: %.40q", s)
}

// readCertName reads the first certificate of a SigningCertificateV2 or SigningCertificate: the one of the signer.
func readCertName(n *canon.Node) (*certName, error) {
	certs, err := inOrder(n, nsXAdES, maxCertificates, "Cert*")
	if err != nil {
		return nil, err
	}
	if len(certs[0]) == 0 {
		return nil, refuse(document.FaultAttribute, "%s that names none", n.Local)
	}
	inside, err := elements(certs[0][0])
	if err != nil {
		return nil, err
	}
	digest, err := one(inside, nsXAdES, "CertDigest")
	if err != nil || digest == nil {
		return nil, refuse(document.FaultAttribute, "%s without a digest", n.Local)
	}
	parts, err := inOrder(digest, nsDSig, 2, "DigestMethod", "DigestValue")
	if err != nil {
		return nil, err
	}
	name := &certName{digestMethod: algorithm(parts[0][0])}
	if name.digest, err = decoded(parts[1][0], 64); err != nil {
		return nil, err
	}
	serial, err := one(inside, nsXAdES, "IssuerSerialV2")
	if err != nil || serial == nil {
		return name, err
	}
	name.issuerSerial, err = decoded(serial, maxCertificate)
	return name, err
}

// readObjects reads SignedDataObjectProperties (EN 319 132-1, 5.2.4).
func (p *properties) readObjects(n *canon.Node) error {
	all, err := elements(n)
	if err != nil {
		return err
	}
	if len(all) > maxProperties {
		return refuse(document.FaultTooLarge, "more than %d signed properties", maxProperties)
	}
	for _, e := range all {
		if !e.Is(nsXAdES, "DataObjectFormat") {
			continue
		}
		of, ok := e.Attribute("ObjectReference")
		if !ok || !strings.HasPrefix(of, "#") || len(of) > maxIDs {
			return refuse(document.FaultAttribute, "a DataObjectFormat of nothing")
		}
		inside, err := elements(e)
		if err != nil {
			return err
		}
		if mime, err := one(inside, nsXAdES, "MimeType"); err != nil {
			return err
		} else if mime == nil {
			continue
		}
		p.described = append(p.described, of[1:])
	}
	return nil
}

// find gives which of the certificates is meant. Several may have the name of one; none has its digest.
func (c *certName) find(certs []*x509.Certificate) (*x509.Certificate, error) {
	hash, err := hashOf(c.digestMethod)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(certs, func(cert *x509.Certificate) bool {
		h := hash.New()
		h.Write(cert.Raw)
		return bytes.Equal(h.Sum(nil), c.digest)
	})
	switch {
	case len(certs) == 0:
		return nil, refuse(document.FaultNoCertificate, "the certificate of the signer is not there")
	case i < 0:
		return nil, refuse(document.FaultSigningCert, "the signed properties name another certificate")
	}
	if c.issuerSerial == nil {
		return certs[i], nil
	}
	if want, err := issuerSerial(certs[i]); err != nil || !bytes.Equal(want, c.issuerSerial) {
		return nil, refuse(document.FaultSigningCert, "the signed properties name another issuer or serial number")
	}
	return certs[i], nil
}
