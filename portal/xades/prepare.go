// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/xades/canon"
)

// Limits of what is signed.
const (
	MaxContent = 200 << 20                    // bytes of a document of a detached signature
	MaxInside  = canon.MaxSize*3/4 - 1<<20    // bytes of a document that is put into its signature: so much can be read again
	MaxAround  = canon.MaxSize - maxSignature // bytes of a document that a signature is put into

	maxChain = 8   // certificates beside that of the signer
	maxMime  = 127 // characters of a MIME type (RFC 6838, 4.2: two names of at most 63, and more)
	maxURI   = 1000
	maxKey   = 8192 // bits
)

// Options of a signature. Certificate and SigningTime are needed.
type Options struct {
	Certificate *x509.Certificate   // of the signer; an RSA key of 1024 to 8192 bits
	Chain       []*x509.Certificate // authorities that are put beside it; at most 8
	SigningTime time.Time           // what the signer says
	MimeType    string              // of the document. Empty: text/xml where it is enveloped, else application/octet-stream
}

func (o Options) check() error {
	at := o.SigningTime.UTC()
	switch {
	case o.Certificate == nil:
		return errors.New("the certificate of the signer is needed")
	case o.Certificate.IsCA:
		return refuse(document.FaultKeyUsage, "the certificate of an authority")
	case len(o.Chain) > maxChain:
		return fmt.Errorf("%d certificates of authorities, more than %d", len(o.Chain), maxChain)
	case slices.Contains(o.Chain, nil):
		return errors.New("a certificate of the chain is nil")
	case o.SigningTime.IsZero():
		return errors.New("the signing time is needed")
	case at.Year() < 1950 || at.Year() > 9999:
		return errors.New("a signing time that cannot be written")
	case len(o.MimeType) > maxMime || strings.ContainsFunc(o.MimeType, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("a MIME type that is none")
	}
	key, ok := o.Certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return refuse(document.FaultAlgorithm, "only RSA keys sign here")
	}
	if bits := key.N.BitLen(); bits < 1024 || bits > maxKey {
		return refuse(document.FaultWeakKey, "an RSA key of %d bits", bits)
	}
	return nil
}

// Prepared is a signature to which only the value of the card is missing. It does not change.
type Prepared struct {
	options Options
	parts   parts
	info    string // SignedInfo, as it will be written
	digest  [sha256.Size]byte

	around    *canon.Document   // of an enveloped signature; its text is file
	file      []byte            //
	enveloped [sha256.Size]byte // digest of a document that is put into its signature
	size      int64             // of that document; -1 if there is none
}

// PrepareEnveloped prepares a signature that is put into its document, which must be XML, at the end of its root element.
// Signatures that are there already stay good. It keeps the file, which must not change until the signed one is written.
func PrepareEnveloped(file []byte, o Options) (*Prepared, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if len(file) > MaxAround {
		return nil, refuse(document.FaultTooLarge, "XML of more than %d bytes", MaxAround)
	}
	doc, err := canon.Parse(file)
	if err != nil {
		return nil, err
	}
	if err := mayBeAddedTo(doc, o.Certificate); err != nil {
		return nil, err
	}
	if o.MimeType == "" {
		o.MimeType = "text/xml"
	}
	p := &Prepared{options: o, parts: newParts(), around: doc, file: file, size: -1}
	h, left := sha256.New(), int64(maxHashed)
	all := &selection{apex: doc.Node, none: true, form: canon.Form{Exclusive: true}}
	if err := all.write(bounded{h, &left}); err != nil {
		return nil, err
	}
	return p, p.seal(reference{uri: "", transforms: envelopedTransforms, digest: h.Sum(nil)})
}

// PrepareEnveloping prepares a signature with its document inside, whatever it is: in base64, so that every byte is kept.
// It reads the document to its end.
func PrepareEnveloping(content io.Reader, o Options) (*Prepared, error) {
	p, err := prepareApart(content, MaxInside, o)
	if err != nil {
		return nil, err
	}
	p.parts.object = p.parts.name("o")
	return p, p.seal(reference{uri: "#" + p.parts.object, transforms: base64Transforms, digest: p.enveloped[:]})
}

// PrepareDetached prepares a signature apart from its document, which it names by a relative URI: as a rule the name of
// the file, which FileURI writes as one. It reads the document to its end.
func PrepareDetached(content io.Reader, uri string, o Options) (*Prepared, error) {
	if err := checkURI(uri); err != nil {
		return nil, err
	}
	p, err := prepareApart(content, MaxContent, o)
	if err != nil {
		return nil, err
	}
	p.size = -1
	return p, p.seal(reference{uri: uri, digest: p.enveloped[:]})
}

func prepareApart(content io.Reader, most int64, o Options) (*Prepared, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.MimeType == "" {
		o.MimeType = "application/octet-stream"
	}
	h := sha256.New()
	size, err := io.Copy(h, io.LimitReader(content, most+1))
	if err != nil {
		return nil, fmt.Errorf("reading the document: %w", err)
	}
	if size > most {
		return nil, refuse(document.FaultTooLarge, "a document of more than %d bytes", most)
	}
	return &Prepared{options: o, parts: newParts(), size: size, enveloped: [sha256.Size]byte(h.Sum(nil))}, nil
}

// FileURI writes the name of a file as a relative URI (RFC 3986, 4.2: a colon would make a scheme of what is before it).
func FileURI(name string) string { return strings.ReplaceAll(url.PathEscape(name), ":", "%3A") }

// checkURI wants a relative reference without a way out of the folder: nobody must be sent elsewhere by a signature.
func checkURI(uri string) error {
	u, err := url.Parse(uri)
	switch {
	case err != nil, uri == "", len(uri) > maxURI:
		return errors.New("the URI of the document is none")
	case u.Scheme != "" || u.Host != "" || u.Opaque != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasPrefix(uri, "#"):
		return errors.New("the URI of the document is not a relative path")
	case strings.HasPrefix(u.Path, "/") || strings.Contains(u.Path, `\`) || slices.Contains(strings.Split(u.Path, "/"), ".."):
		return errors.New("the URI of the document leads out of its folder")
	case strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("the URI of the document has characters that must be escaped")
	}
	return nil
}

// mayBeAddedTo says whether another signature leaves those that are there as they are: they must leave out every
// signature, not only themselves.
func mayBeAddedTo(doc *canon.Document, cert *x509.Certificate) error {
	if separate(doc) {
		return refuse(document.FaultNotAllowed, "the document is itself a signature")
	}
	there := signaturesIn(doc)
	if len(there) >= MaxSignatures {
		return refuse(document.FaultTooLarge, "more than %d signatures", MaxSignatures)
	}
	for _, n := range there {
		if n.Parent != doc.Root {
			return refuse(document.FaultNotAllowed, "a part of the document has a signature of its own, which another would leave out")
		}
		s, err := readSignature(n)
		if err != nil {
			return document.RefuseFor(document.FaultNotAllowed, fmt.Errorf("a signature that is there cannot be read: %w", err))
		}
		if slices.ContainsFunc(s.certs[:min(1, len(s.certs))], cert.Equal) {
			return refuse(document.FaultNotAllowed, "this certificate has signed the document already")
		}
		for _, r := range s.references {
			if r.outside() || r.leavesOut(transformNoSignatures) {
				continue
			}
			if covered, err := r.inside(doc); err != nil || covered == doc.Node || covered == doc.Root {
				return refuse(document.FaultNotAllowed, "a signature that is there covers the place where another would be put")
			}
		}
	}
	return nil
}

// Digest is the SHA-256 of SignedInfo: what the card signs, by RSASSA-PKCS1-v1_5 with SHA-256.
func (p *Prepared) Digest() []byte { return slices.Clone(p.digest[:]) }

// Assemble takes the signature of Digest. It refuses one that the key of the certificate did not make.
func (p *Prepared) Assemble(signature []byte) (*Signed, error) {
	key := p.options.Certificate.PublicKey.(*rsa.PublicKey) // check has looked
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, p.digest[:], signature); err != nil {
		return nil, refuse(document.FaultSignature, "the key of the certificate did not sign this digest")
	}
	return &Signed{prepared: p, value: slices.Clone(signature)}, nil
}
