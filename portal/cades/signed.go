// SPDX-License-Identifier: BSD-3-Clause

package cades

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/timestamp"
)

// Signed is a signature that is complete. Stamp changes it; otherwise it does not change.
type Signed struct {
	prepared  *Prepared
	signature []byte
	stamps    [][]byte // time stamp tokens over signature
}

// Stamp adds a time stamp over the signature (EN 319 122-1, 5.3), which makes it B-T.
func (s *Signed) Stamp(ctx context.Context, authority timestamp.Stamper) error {
	token, err := authority.Stamp(ctx, sha256.Sum256(s.signature))
	if err != nil {
		return fmt.Errorf("asking for a time stamp: %w", err)
	}
	s.stamps = append(s.stamps, token)
	return nil
}

// Detached is the signature without its document, in DER: a .p7s, or the Contents of a PDF.
func (s *Signed) Detached() ([]byte, error) {
	if s.prepared.base != nil {
		return nil, errors.New("a signature beside others is written with their document")
	}
	d, err := s.signedData()
	if err != nil {
		return nil, err
	}
	return d.Marshal()
}

// errChanged is what comes of a document that changed while its signer typed the PIN.
var errChanged = document.Refuse(document.FaultDocumentChanged, "the document is not the one that was prepared")

// WriteAttached writes a .p7m: the signature with its document, which is read again from its beginning. Beside other
// signatures, content is nil: the document is that of the .p7m. What was written is worthless when it fails.
func (s *Signed) WriteAttached(w io.Writer, content io.Reader) error {
	d, err := s.signedData()
	if err != nil {
		return err
	}
	d.Attached = true
	if base := s.prepared.base; base != nil {
		if content != nil {
			return errors.New("the document of a signature beside others is there already")
		}
		content = bytes.NewReader(base.data.Content)
	}
	if s.prepared.size < 0 {
		return errors.New("only the digest of the document is known")
	}
	h := sha256.New()
	if err := d.Write(w, io.TeeReader(content, h), s.prepared.size); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return errChanged
		}
		return fmt.Errorf("writing the signed document: %w", err)
	}
	if [sha256.Size]byte(h.Sum(nil)) != s.prepared.content {
		return errChanged
	}
	if n, _ := io.ReadFull(content, make([]byte, 1)); n > 0 {
		return errChanged
	}
	return nil
}

// signedData joins the signature with those that are kept.
func (s *Signed) signedData() (*cms.SignedData, error) {
	signer, err := s.signerInfo()
	if err != nil {
		return nil, fmt.Errorf("the signature: %w", err)
	}
	digest, err := asn1.Marshal(pkix.AlgorithmIdentifier{Algorithm: cms.OIDSHA256}) // without parameters: RFC 5754, 2
	if err != nil {
		return nil, err
	}
	d := &cms.SignedData{Version: 1, ContentType: cms.OIDData} // version: RFC 5652, 5.1
	if s.prepared.base != nil {
		kept := s.prepared.base.data
		d = &cms.SignedData{
			Version: kept.Version, ContentType: kept.ContentType, CRLs: kept.CRLs,
			DigestAlgorithms: slices.Clone(kept.DigestAlgorithms), Certificates: slices.Clone(kept.Certificates), Signers: slices.Clone(kept.Signers),
		}
	}
	d.DigestAlgorithms = with(d.DigestAlgorithms, digest)
	d.Certificates = with(d.Certificates, s.prepared.options.Certificate.Raw)
	for _, c := range s.prepared.options.Chain {
		d.Certificates = with(d.Certificates, c.Raw)
	}
	d.Signers = append(d.Signers, signer)
	return d, nil
}

// with adds an element that is not there already.
func with(set [][]byte, element []byte) [][]byte {
	if slices.ContainsFunc(set, func(e []byte) bool { return bytes.Equal(e, element) }) {
		return set
	}
	return append(set, element)
}

// signerInfo encodes RFC 5652, 5.3.
func (s *Signed) signerInfo() ([]byte, error) {
	cert := s.prepared.options.Certificate
	digest, err := asn1.Marshal(pkix.AlgorithmIdentifier{Algorithm: cms.OIDSHA256})
	if err != nil {
		return nil, err
	}
	algorithm, err := asn1.Marshal(pkix.AlgorithmIdentifier{Algorithm: cms.OIDSHA256WithRSA, Parameters: asn1.NullRawValue}) // RFC 5754, 3.2
	if err != nil {
		return nil, err
	}
	var unsigned []byte
	if len(s.stamps) > 0 {
		if unsigned, err = cms.MarshalAttributes([]cms.Attribute{{Type: cms.OIDSignatureTimeStamp, Values: s.stamps}}); err != nil {
			return nil, err
		}
	}
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { // IssuerAndSerialNumber
			b.AddBytes(cert.RawIssuer)
			b.AddASN1BigInt(cert.SerialNumber)
		})
		b.AddBytes(digest)
		b.AddBytes(retag(s.prepared.attributes, 0xA0))
		b.AddBytes(algorithm)
		b.AddASN1OctetString(s.signature)
		b.AddBytes(retag(unsigned, 0xA1))
	})
	return b.Bytes()
}

// retag gives an element another tag of one byte, for what is IMPLICIT.
func retag(element []byte, tag byte) []byte {
	if len(element) == 0 {
		return nil
	}
	return append([]byte{tag}, element[1:]...)
}
