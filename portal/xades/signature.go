// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"crypto/x509"
	"slices"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/xades/canon"
)

// Ceilings of one document and of one signature.
const (
	MaxSignatures = 32

	maxReferences   = 16
	maxTransforms   = 4
	maxPrefixes     = 32
	maxCertificates = 64
	maxObjects      = 32
	maxCertificate  = 32 << 10 // bytes
	maxValue        = 4 << 10  // bytes of a signature
	maxIDs          = 200      // characters
)

// signature is a ds:Signature that was read (xmldsig-core1, 4). Nothing of it is believed yet.
type signature struct {
	node       *canon.Node
	info       *canon.Node // SignedInfo
	form       canon.Form  // of info
	method     string
	references []*reference
	valueNode  *canon.Node
	value      []byte
	certs      []*x509.Certificate // of KeyInfo: whoever made the document has put them there
	objects    []*canon.Node

	qualifying *canon.Node // QualifyingProperties; nil if there are none
}

// reference is what SignedInfo says of one thing that is signed (xmldsig-core1, 4.4.3).
type reference struct {
	id, uri, kind string
	transforms    []transform
	digestMethod  string
	digest        []byte
}

// readSignature reads a ds:Signature. What it refuses is a *document.Refusal.
func readSignature(n *canon.Node) (*signature, error) {
	s := &signature{node: n}
	parts, err := inOrder(n, nsDSig, maxObjects+3, "SignedInfo", "SignatureValue", "KeyInfo?", "Object*")
	if err != nil {
		return nil, err
	}
	s.info, s.valueNode, s.objects = parts[0][0], parts[1][0], parts[3]
	if err := s.readInfo(); err != nil {
		return nil, err
	}
	if s.value, err = decoded(s.valueNode, maxValue); err != nil {
		return nil, err
	}
	for _, info := range parts[2] {
		if err := s.readKeyInfo(info); err != nil {
			return nil, err
		}
	}
	return s, s.findQualifying()
}

func (s *signature) readInfo() error {
	parts, err := inOrder(s.info, nsDSig, maxReferences+2, "CanonicalizationMethod", "SignatureMethod", "Reference*")
	if err != nil {
		return err
	}
	if s.form, err = formOf(parts[0][0]); err != nil {
		return err
	}
	s.method = algorithm(parts[1][0])
	if inside, err := elements(parts[1][0]); err != nil {
		return err
	} else if len(inside) > 0 { // as HMACOutputLength, or a salt
		return refuse(document.FaultAlgorithm, "a signature algorithm with parameters")
	}
	for _, n := range parts[2] {
		r, err := readReference(n)
		if err != nil {
			return err
		}
		s.references = append(s.references, r)
	}
	if len(s.references) == 0 {
		return refuse(document.FaultReference, "a signature of nothing")
	}
	return nil
}

func readReference(n *canon.Node) (*reference, error) {
	parts, err := inOrder(n, nsDSig, 3, "Transforms?", "DigestMethod", "DigestValue")
	if err != nil {
		return nil, err
	}
	r := &reference{digestMethod: algorithm(parts[1][0])}
	uri, ok := n.Attribute("URI")
	if !ok {
		return nil, refuse(document.FaultReference, "a reference that does not say to what")
	}
	r.uri = uri
	r.id, _ = n.Attribute("Id")
	r.kind, _ = n.Attribute("Type")
	if r.digest, err = decoded(parts[2][0], 64); err != nil {
		return nil, err
	}
	for _, list := range parts[0] {
		each, err := inOrder(list, nsDSig, maxTransforms, "Transform*")
		if err != nil {
			return nil, err
		}
		for _, t := range each[0] {
			read, err := readTransform(t)
			if err != nil {
				return nil, err
			}
			r.transforms = append(r.transforms, read)
		}
	}
	return r, nil
}

// readKeyInfo reads the certificates (xmldsig-core1, 4.5.4). All else is skipped: keys without a certificate, names, and
// places from where something could be fetched.
func (s *signature) readKeyInfo(info *canon.Node) error {
	if len(info.Children) > 2*maxCertificates {
		return refuse(document.FaultTooLarge, "too many keys")
	}
	read := 0
	for _, data := range info.Children {
		if !data.Is(nsDSig, "X509Data") {
			continue
		}
		for _, n := range data.Children {
			if !n.Is(nsDSig, "X509Certificate") {
				continue
			}
			if read++; read > maxCertificates {
				return refuse(document.FaultTooLarge, "more than %d certificates", maxCertificates)
			}
			der, err := decoded(n, maxCertificate)
			if err != nil {
				return err
			}
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				continue // one that nobody can read signs nothing
			}
			if !slices.ContainsFunc(s.certs, cert.Equal) {
				s.certs = append(s.certs, cert)
			}
		}
	}
	return nil
}

// findQualifying finds the QualifyingProperties (EN 319 132-1), alone in an Object of this very signature and named
// after it.
func (s *signature) findQualifying() error {
	for _, o := range s.objects {
		for _, n := range o.Children {
			if !n.Is(nsXAdES, "QualifyingProperties") {
				continue
			}
			if s.qualifying != nil {
				return refuse(document.FaultReference, "two QualifyingProperties")
			}
			if _, err := inOrder(o, nsXAdES, 1, "QualifyingProperties"); err != nil {
				return err
			}
			s.qualifying = n
		}
	}
	if s.qualifying == nil {
		return nil
	}
	id, _ := s.node.Attribute("Id")
	if target, _ := s.qualifying.Attribute("Target"); id == "" || target != "#"+id {
		return refuse(document.FaultReference, "the QualifyingProperties are those of another signature")
	}
	return nil
}
