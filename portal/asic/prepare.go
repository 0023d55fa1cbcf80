// SPDX-License-Identifier: BSD-3-Clause

package asic

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/timestamp"
	"github.com/ponte-cns/ponte/portal/xades"
)

// MaxContent is the largest document, in bytes.
const MaxContent = 200 << 20

const maxName = 200 // bytes

// Options of a container. All but Chain and MimeType are needed.
type Options struct {
	Format      document.Format     // document.CAdES or document.XAdES
	Name        string              // of the document in the container: a file name, without folders
	Certificate *x509.Certificate   // of the signer
	Chain       []*x509.Certificate // authorities that are put beside it
	SigningTime time.Time           // what the signer says
	MimeType    string              // of the document
}

// checkName wants a name that is the name of a file everywhere, and looks like what it is.
func checkName(name string) error {
	switch {
	case name == "" || len(name) > maxName || !utf8.ValidString(name):
		return errors.New("no name, or a long one, or not UTF-8")
	case strings.ContainsAny(name, `/\:`) || name == "." || name == "..":
		return errors.New("a name with parts of a path")
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029' }):
		return errors.New("a name with control characters")
	case strings.EqualFold(name, mimetypeName) || strings.EqualFold(name, path.Dir(cadesName)):
		return errors.New("a name that is taken in a container")
	}
	return nil
}

// Prepared is a container to which only the value of the card is missing. It does not change, and holds no document.
type Prepared struct {
	name    string
	content [sha256.Size]byte // digest of the document
	cades   *cades.Prepared   // this
	xades   *xades.Prepared   // or that
}

// Prepare reads a document to its end and prepares a signature of it.
func Prepare(content io.Reader, o Options) (*Prepared, error) {
	if err := checkName(o.Name); err != nil {
		return nil, err
	}
	p := &Prepared{name: o.Name}
	h := sha256.New()
	content = io.TeeReader(io.LimitReader(content, MaxContent+1), h)
	var err error
	switch o.Format {
	case document.CAdES:
		p.cades, err = cades.Prepare(content, cades.Options{Certificate: o.Certificate, Chain: o.Chain, SigningTime: o.SigningTime, MimeType: o.MimeType})
	case document.XAdES:
		p.xades, err = xades.PrepareDetached(content, xades.FileURI(o.Name), xades.Options{Certificate: o.Certificate, Chain: o.Chain, SigningTime: o.SigningTime, MimeType: o.MimeType})
	default:
		err = fmt.Errorf("a container has signatures of CAdES or XAdES, not %q", o.Format)
	}
	if err != nil {
		return nil, err
	}
	h.Sum(p.content[:0])
	return p, nil
}

// Digest is what the card signs, by RSASSA-PKCS1-v1_5 with SHA-256.
func (p *Prepared) Digest() []byte {
	if p.cades != nil {
		return p.cades.Digest()
	}
	return p.xades.Digest()
}

// Assemble takes the signature of Digest. It refuses one that the key of the certificate did not make.
func (p *Prepared) Assemble(signature []byte) (*Signed, error) {
	s := &Signed{prepared: p}
	var err error
	if p.cades != nil {
		s.cades, err = p.cades.Assemble(signature)
	} else {
		s.xades, err = p.xades.Assemble(signature)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Signed is a container that is complete but for its document. Stamp changes it; otherwise it does not change.
type Signed struct {
	prepared *Prepared
	cades    *cades.Signed // this
	xades    *xades.Signed // or that
}

// Stamp adds a time stamp over the signature, which makes it B-T.
func (s *Signed) Stamp(ctx context.Context, authority timestamp.Stamper) error {
	if s.cades != nil {
		return s.cades.Stamp(ctx, authority)
	}
	return s.xades.Stamp(ctx, authority)
}
