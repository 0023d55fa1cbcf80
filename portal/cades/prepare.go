// SPDX-License-Identifier: BSD-3-Clause

package cades

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/document"
)

// Limits of what is signed.
const (
	MaxContent = 200 << 20 // bytes of a document
	maxChain   = 8         // certificates beside that of the signer
	maxMime    = 127       // characters of a MIME type (RFC 6838, 4.2: two names of at most 63, and more)
)

// Profile says for which format a signature is made.
type Profile int

// The profiles.
const (
	CAdES Profile = iota // EN 319 122-1, 6.3: with signing-time
	PAdES                // EN 319 142-1, 6.3: detached, without signing-time, which is in the PDF
)

// Options of a signature. Only Certificate is needed, and SigningTime for CAdES.
type Options struct {
	Profile     Profile
	Certificate *x509.Certificate   // of the signer; an RSA key of 1024 to 8192 bits
	Chain       []*x509.Certificate // authorities that are put beside it; at most 8
	SigningTime time.Time           // what the signer says; for CAdES only
	MimeType    string              // of the content, as "application/pdf"; for CAdES only. Empty: nothing is said
}

func (o Options) check() error {
	switch {
	case o.Certificate == nil:
		return errors.New("the certificate of the signer is needed")
	case o.Certificate.IsCA:
		return document.Refuse(document.FaultKeyUsage, "the certificate of an authority")
	case len(o.Chain) > maxChain:
		return fmt.Errorf("%d certificates of authorities, more than %d", len(o.Chain), maxChain)
	case o.Profile == PAdES && (!o.SigningTime.IsZero() || o.MimeType != ""):
		return errors.New("signing-time and mime-type are not for PAdES")
	case o.Profile == CAdES && o.SigningTime.IsZero():
		return errors.New("the signing time is needed")
	case o.Profile == CAdES && (o.SigningTime.UTC().Year() < 1950 || o.SigningTime.UTC().Year() > 9999):
		return errors.New("a signing time that cannot be written")
	case o.Profile != CAdES && o.Profile != PAdES:
		return fmt.Errorf("profile %d is not known", o.Profile)
	case slices.Contains(o.Chain, nil):
		return errors.New("a certificate of the chain is nil")
	case len(o.MimeType) > maxMime || strings.ContainsFunc(o.MimeType, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("a MIME type that is none")
	}
	key, ok := o.Certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return document.Refuse(document.FaultAlgorithm, "only RSA keys sign here")
	}
	if bits := key.N.BitLen(); bits < 1024 || bits > 8192 {
		return document.Refuse(document.FaultWeakKey, fmt.Sprintf("an RSA key of %d bits", bits))
	}
	return nil
}

// Prepared is a signature to which only the value of the card is missing. It does not change, and holds no document.
type Prepared struct {
	options    Options
	content    [sha256.Size]byte // digest of the content
	size       int64             // of the content; -1 if only its digest is known
	attributes []byte            // the signed ones, as a SET OF in DER
	base       *Message          // whose signatures are kept; nil if there are none
}

// Prepare reads a document to its end and prepares a signature of it.
func Prepare(content io.Reader, o Options) (*Prepared, error) {
	h := sha256.New()
	size, err := io.Copy(h, io.LimitReader(content, MaxContent+1))
	if err != nil {
		return nil, fmt.Errorf("reading the document: %w", err)
	}
	if size > MaxContent {
		return nil, document.Refuse(document.FaultTooLarge, fmt.Sprintf("a document of more than %d bytes", MaxContent))
	}
	return prepare([sha256.Size]byte(h.Sum(nil)), size, o)
}

// PrepareDigest prepares a detached signature of a content whose SHA-256 is given.
func PrepareDigest(content [sha256.Size]byte, o Options) (*Prepared, error) {
	return prepare(content, -1, o)
}

func prepare(content [sha256.Size]byte, size int64, o Options) (*Prepared, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	attributes, err := signedAttributes(content, o)
	if err != nil {
		return nil, fmt.Errorf("the signed attributes: %w", err)
	}
	return &Prepared{options: o, content: content, size: size, attributes: attributes}, nil
}

// Digest is the SHA-256 of the signed attributes: what the card signs, by RSASSA-PKCS1-v1_5 with SHA-256.
func (p *Prepared) Digest() []byte {
	sum := sha256.Sum256(p.attributes)
	return sum[:]
}

// Assemble takes the signature of Digest. It refuses one that the key of the certificate did not make.
func (p *Prepared) Assemble(signature []byte) (*Signed, error) {
	key := p.options.Certificate.PublicKey.(*rsa.PublicKey) // check has looked
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, p.Digest(), signature); err != nil {
		return nil, document.Refuse(document.FaultSignature, "the key of the certificate did not sign this digest")
	}
	return &Signed{prepared: p, signature: append([]byte(nil), signature...)}, nil
}

// Size is how many bytes Signed.Detached has with these options and, if stamp is not 0, with one time stamp of at most
// that many bytes: so much room is enough in a PDF. StampRoom is a good value.
func Size(o Options, stamp int) (int, error) {
	p, err := PrepareDigest([sha256.Size]byte{}, o)
	if err != nil {
		return 0, err
	}
	s := &Signed{prepared: p, signature: make([]byte, o.Certificate.PublicKey.(*rsa.PublicKey).Size())}
	if stamp > 0 {
		s.stamps = [][]byte{make([]byte, stamp)}
	}
	whole, err := s.Detached()
	return len(whole), err
}

// StampRoom is more than time stamps have that bring their chain of certificates along: between 2 and 8 kB.
const StampRoom = 12 << 10

// one attribute with one value.
func one(id []int, value []byte) cms.Attribute {
	return cms.Attribute{Type: id, Values: [][]byte{value}}
}
