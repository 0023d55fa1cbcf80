// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/big"
	"slices"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/xades/canon"
)

// Signature is what was found out about one signature of XML.
type Signature struct {
	document.Signature
	// Covered is what the signature vouches for, if it is good. Whoever uses the document must use this and nothing else
	// of it.
	Covered []Covered
}

// Input is what a verification needs beside the message.
type Input struct {
	// Contents are the documents of detached signatures, by the URI with which a signature refers to them. Each is read
	// once, to its end. Nothing is ever fetched.
	Contents map[string]io.Reader
}

// maxHashed is how many bytes of canonical XML are made for one message: references that cover each other, or a long
// name of a namespace that must be written again and again, cost no more than that.
const maxHashed = 256 << 20

// Verify verifies each signature, in the order of the message. The error is only one of reading the contents, or of the
// context: what is wrong with a signature is among its faults.
func (m *Message) Verify(ctx context.Context, trust *document.Trust, in Input) ([]Signature, error) {
	v := &verification{message: m, left: maxHashed, contents: map[string]map[crypto.Hash][]byte{}}
	for uri, r := range in.Contents {
		if r == nil {
			return nil, errors.New("a document that is nil")
		}
		if err := v.read(uri, r); err != nil {
			return nil, err
		}
	}
	var all []Signature
	for _, a := range m.signatures {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		found := Signature{Signature: document.Signature{Format: document.XAdES}}
		if a.err != nil {
			found.AddError(a.err, document.FaultFormat)
		} else {
			v.one(ctx, a.signature, &found, trust)
			trust.Judge(ctx, &found.Signature, a.signature.certs)
		}
		if !found.Good() {
			found.Covered = nil
		}
		all = append(all, found)
	}
	return all, nil
}

// verification is of all signatures of a message.
type verification struct {
	message  *Message
	contents map[string]map[crypto.Hash][]byte // digests of what is outside
	left     int64                             // bytes of canonical XML that may still be made
}

// read computes the digests of a document that the signatures need, in one pass.
func (v *verification) read(uri string, r io.Reader) error {
	hashes := map[crypto.Hash]hash.Hash{}
	var writers []io.Writer
	for of := range v.message.outside() {
		if h := digestMethods[of.digestMethod]; of.uri == uri && h != 0 && hashes[h] == nil {
			hashes[h] = h.New()
			writers = append(writers, hashes[h])
		}
	}
	n, err := io.Copy(io.MultiWriter(writers...), io.LimitReader(r, MaxContent+1))
	if err != nil {
		return fmt.Errorf("reading the document: %w", err)
	}
	if n > MaxContent {
		return refuse(document.FaultTooLarge, "a document of more than %d bytes", MaxContent)
	}
	v.contents[uri] = map[crypto.Hash][]byte{}
	for h, state := range hashes {
		v.contents[uri][h] = state.Sum(nil)
	}
	return nil
}

// bounded counts what is written against what a verification may cost.
type bounded struct {
	w    io.Writer
	left *int64
}

func (b bounded) Write(p []byte) (int, error) {
	if *b.left -= int64(len(p)); *b.left < 0 {
		return 0, refuse(document.FaultTooLarge, "more than %d bytes to verify", maxHashed)
	}
	return b.w.Write(p)
}

func (v *verification) one(ctx context.Context, s *signature, found *Signature, trust *document.Trust) {
	p := v.properties(s, found)
	found.Certificate = v.signer(s, p, found)
	if found.Certificate != nil {
		if err := v.checkValue(s, found.Certificate); err != nil {
			found.AddError(err, document.FaultSignature)
		}
	}
	c := &cover{doc: v.message.doc, signature: s}
	for _, r := range s.references {
		if r.kind == typeSignedProperties {
			continue // done
		}
		if err := v.checkReference(r, s, c); err != nil {
			found.AddError(err, document.FaultReference)
		}
		if h := digestMethods[r.digestMethod]; found.Digest == 0 || h < found.Digest {
			found.Digest = h
		}
	}
	c.finish(found)
	v.unsigned(ctx, s, found, trust)
	found.Level = level(found, c.by, p)
}

// properties reads the signed ones, after their digest was compared. Nil if they cannot be believed.
func (v *verification) properties(s *signature, found *Signature) *properties {
	r, n, err := s.signedProperties(v.message.doc)
	if err == nil {
		if err = v.compare(r, n, s.node); errors.Is(err, &document.Refusal{Fault: document.FaultDocumentChanged}) {
			err = refuse(document.FaultSignature, "the signed properties are not those that were signed")
		}
	}
	if err == nil {
		var p *properties
		if p, err = readProperties(n); err == nil {
			found.ClaimedTime = p.time
			return p
		}
	}
	found.AddError(err, document.FaultAttribute)
	return nil
}

// signer is the certificate that the signed properties name. Where they name none it is the first of KeyInfo, of which
// the faults say that nobody has signed that it is meant.
func (v *verification) signer(s *signature, p *properties, found *Signature) *x509.Certificate {
	if p != nil && p.certificate != nil {
		cert, err := p.certificate.find(s.certs)
		if err == nil {
			return cert
		}
		found.AddError(err, document.FaultSigningCert)
	} else if p != nil {
		found.Add(refuse(document.FaultAttributeAbsent, "no SigningCertificateV2"))
	}
	if len(s.certs) == 0 {
		found.Add(refuse(document.FaultNoCertificate, "the certificate of the signer is not there"))
		return nil
	}
	return s.certs[0]
}

// checkValue says whether the key of the certificate signed SignedInfo (xmldsig-core1, 3.2.2).
func (v *verification) checkValue(s *signature, cert *x509.Certificate) error {
	m, err := methodOf(s.method)
	if err != nil {
		return err
	}
	if key, ok := cert.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxKey {
		return refuse(document.FaultTooLarge, "an RSA key of %d bits", key.N.BitLen())
	}
	h := m.hash.New()
	if err := s.form.Write(bounded{h, &v.left}, s.info, nil); err != nil {
		return err
	}
	digest, wrong := h.Sum(nil), refuse(document.FaultSignature, "the key of the certificate did not sign this")
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		switch m.scheme {
		case schemePKCS1:
			err = rsa.VerifyPKCS1v15(key, m.hash, digest, s.value)
		case schemePSS:
			err = rsa.VerifyPSS(key, m.hash, digest, s.value, &rsa.PSSOptions{SaltLength: m.hash.Size()})
		default:
			return wrong
		}
		if err != nil {
			return wrong
		}
		return nil
	case *ecdsa.PublicKey:
		size := (key.Params().N.BitLen() + 7) / 8
		if m.scheme != schemeECDSA || len(s.value) != 2*size {
			return wrong
		}
		if ecdsa.Verify(key, digest, new(big.Int).SetBytes(s.value[:size]), new(big.Int).SetBytes(s.value[size:])) {
			return nil
		}
	}
	return wrong
}

// compare says whether the digest of a reference is that of a node.
func (v *verification) compare(r *reference, n, signature *canon.Node) error {
	hash, err := hashOf(r.digestMethod)
	if err != nil {
		return err
	}
	selected, err := r.selectFrom(n, signature)
	if err != nil {
		return err
	}
	h := hash.New()
	if err := selected.write(bounded{h, &v.left}); err != nil {
		return err
	}
	if !bytes.Equal(h.Sum(nil), r.digest) {
		return refuse(document.FaultDocumentChanged, "the digest of %.80q is another", r.uri)
	}
	return nil
}

// checkReference compares what a reference covers, and notes it.
func (v *verification) checkReference(r *reference, s *signature, c *cover) error {
	if !r.outside() {
		n, err := r.inside(v.message.doc)
		if err != nil {
			return err
		}
		if err := v.compare(r, n, s.node); err != nil {
			return err
		}
		c.inside(r, n)
		return nil
	}
	hash, err := hashOf(r.digestMethod)
	if err != nil {
		return err
	}
	digests, ok := v.contents[r.uri]
	switch {
	case !ok:
		return refuse(document.FaultNoContent, "the document %.80q was not given", r.uri)
	case len(r.transforms) > 0:
		return refuse(document.FaultAlgorithm, "a transform of a document outside of the signature")
	case digests[hash] == nil || !bytes.Equal(digests[hash], r.digest):
		return refuse(document.FaultDocumentChanged, "the digest of %.80q is another", r.uri)
	}
	c.outside(r)
	return nil
}

// level says what the baseline would call it (EN 319 132-1, 6.3).
func level(found *Signature, covering []*reference, p *properties) document.Level {
	if !found.Good() || p == nil {
		return document.LevelNone
	}
	missing := func(note string) document.Level {
		found.Notes = append(found.Notes, note)
		return document.LevelNone
	}
	switch {
	case p.time.IsZero():
		return missing("without SigningTime, which the baseline asks for")
	case p.old:
		return missing("with SigningCertificate, where the baseline asks for SigningCertificateV2")
	}
	for _, r := range covering {
		if !slices.Contains(p.described, r.id) {
			return missing("without a DataObjectFormat with a MimeType for each document, which the baseline asks for")
		}
	}
	if _, proven := found.ProvenTime(); proven {
		return document.LevelT
	}
	return document.LevelB
}
