// SPDX-License-Identifier: BSD-3-Clause

package cms

import (
	"bytes"
	"encoding/asn1"
	"io"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// SignedData of RFC 5652, 5.1, with its parts in DER. Parse reads one, WriteTo and Marshal write one.
type SignedData struct {
	Version          int
	DigestAlgorithms [][]byte // each an AlgorithmIdentifier
	ContentType      asn1.ObjectIdentifier
	Attached         bool     // the content is inside
	Content          []byte   // of a parsed one that is attached
	Certificates     [][]byte // each a CertificateChoices: as a rule a certificate
	CRLs             []byte   // the whole field crls, with its tag; nil if it is not there
	Signers          [][]byte // each a SignerInfo
}

// Marshal encodes a SignedData whose content, if any, is Content, as a ContentInfo in DER.
func (d *SignedData) Marshal() ([]byte, error) {
	before, after, err := d.frame(int64(len(d.Content)))
	if err != nil {
		return nil, err
	}
	if d.Attached {
		before = append(before, d.Content...)
	}
	return append(before, after...), nil
}

// Write encodes a SignedData with a content of size bytes that is read from a stream. It writes nothing of a content
// that is longer, and fails on one that is shorter.
func (d *SignedData) Write(w io.Writer, content io.Reader, size int64) error {
	before, after, err := d.frame(size)
	if err != nil {
		return err
	}
	if _, err := w.Write(before); err != nil {
		return err
	}
	if _, err := io.CopyN(w, content, size); err != nil {
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	_, err = w.Write(after)
	return err
}

// Tags of SignedData.
const (
	tagContent      = der.Tag(0x80 | 0x20)     // [0] EXPLICIT
	tagCertificates = der.Tag(0x80 | 0x20)     // [0] IMPLICIT SET
	tagCRLs         = der.Tag(0x80 | 0x20 | 1) // [1] IMPLICIT SET
)

// frame encodes what comes before a content of size bytes, and what comes after.
func (d *SignedData) frame(size int64) (before, after []byte, err error) {
	if after, err = d.after(); err != nil {
		return nil, nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1Int64(int64(d.Version))
	addSet(&b, der.SET, d.DigestAlgorithms)
	head, err := b.Bytes()
	if err != nil {
		return nil, nil, err
	}
	contentType, err := asn1.Marshal(d.ContentType)
	if err != nil {
		return nil, nil, err
	}
	signedData, err := asn1.Marshal(OIDSignedData)
	if err != nil {
		return nil, nil, err
	}
	// from the inside to the outside: each header needs the length of what follows it
	var inner []byte
	if d.Attached {
		inner = appendHeader(nil, der.OCTET_STRING, size)
		inner = wrap(tagContent, inner, size)
	}
	rest := int64(0) // bytes after inner that belong to it
	if d.Attached {
		rest = size
	}
	inner = wrap(der.SEQUENCE, append(contentType, inner...), rest)
	rest += int64(len(after))
	inner = wrap(der.SEQUENCE, append(head, inner...), rest)
	inner = wrap(tagContent, inner, rest)
	return wrap(der.SEQUENCE, append(signedData, inner...), rest), after, nil
}

// after encodes the fields that follow the content.
func (d *SignedData) after() ([]byte, error) {
	var b cryptobyte.Builder
	if len(d.Certificates) > 0 {
		addSet(&b, tagCertificates, d.Certificates)
	}
	b.AddBytes(d.CRLs)
	addSet(&b, der.SET, d.Signers)
	return b.Bytes()
}

// addSet adds a SET OF in the order of DER (X.690, 11.6). It matters to nobody, but costs nothing.
func addSet(b *cryptobyte.Builder, tag der.Tag, elements [][]byte) {
	sorted := slices.SortedFunc(slices.Values(elements), bytes.Compare)
	b.AddASN1(tag, func(b *cryptobyte.Builder) {
		for _, e := range sorted {
			b.AddBytes(e)
		}
	})
}

// wrap puts the header of an element before content, of which further bytes are still to come.
func wrap(tag der.Tag, content []byte, further int64) []byte {
	return append(appendHeader(nil, tag, int64(len(content))+further), content...)
}

// appendHeader appends a tag and a length in DER (X.690, 10.1).
func appendHeader(b []byte, tag der.Tag, length int64) []byte {
	b = append(b, byte(tag))
	if length < 0x80 {
		return append(b, byte(length))
	}
	n := 1
	for l := length >> 8; l > 0; l >>= 8 {
		n++
	}
	b = append(b, 0x80|byte(n))
	for i := n - 1; i >= 0; i-- {
		b = append(b, byte(length>>(8*i)))
	}
	return b
}
