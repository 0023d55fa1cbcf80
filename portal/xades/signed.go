// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/timestamp"
)

// Signed is a signature that is complete. Stamp changes it; otherwise it does not change.
type Signed struct {
	prepared *Prepared
	value    []byte
	stamps   [][]byte // time stamp tokens over valueText
}

// Stamp adds a time stamp over the signature (EN 319 132-1, SignatureTimeStamp), which makes it B-T.
func (s *Signed) Stamp(ctx context.Context, authority timestamp.Stamper) error {
	if len(s.stamps) == maxStamps {
		return fmt.Errorf("more than %d time stamps", maxStamps)
	}
	sum, err := canonicalSum(s.valueText())
	if err != nil {
		return err
	}
	token, err := authority.Stamp(ctx, sum)
	if err != nil {
		return fmt.Errorf("asking for a time stamp: %w", err)
	}
	s.stamps = append(s.stamps, token)
	return nil
}

// Value is the signature itself.
func (s *Signed) Value() []byte { return append([]byte(nil), s.value...) }

func (s *Signed) valueText() string {
	return `<ds:SignatureValue Id="` + s.prepared.parts.name("v") + `">` + base64.StdEncoding.EncodeToString(s.value) + `</ds:SignatureValue>`
}

const xmlDeclaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// errChanged is what comes of a document that changed while its signer typed the PIN.
var errChanged = document.Refuse(document.FaultDocumentChanged, "the document is not the one that was prepared")

// Write writes the signed document, or a detached signature. The document of an enveloping signature is read again from
// its beginning; otherwise content is nil. What was written is worthless when it fails.
func (s *Signed) Write(w io.Writer, content io.Reader) error {
	p := s.prepared
	if inside := p.size >= 0; inside != (content != nil) {
		return errors.New("the document is needed again where it is put into its signature, and only there")
	}
	if p.around != nil {
		return s.writeAround(w)
	}
	head, tail, err := s.halves()
	if err != nil {
		return err
	}
	if err := put(w, xmlDeclaration, head); err != nil {
		return err
	}
	if content != nil {
		if err := s.writeObject(w, content); err != nil {
			return err
		}
	}
	return put(w, tail, "\n")
}

// WriteElement writes a detached signature as an element, for a container.
func (s *Signed) WriteElement(w io.Writer) error {
	if s.prepared.around != nil || s.prepared.size >= 0 {
		return errors.New("only a detached signature is written by itself")
	}
	head, tail, err := s.halves()
	if err != nil {
		return err
	}
	return put(w, head, tail)
}

// writeAround writes the file with the signature at the end of its root element. All other bytes stay as they are.
func (s *Signed) writeAround(w io.Writer) error {
	file, doc := s.prepared.file, s.prepared.around
	head, tail, err := s.halves()
	if err != nil {
		return err
	}
	if !doc.Empty {
		return put(w, string(file[:doc.End]), head, tail, string(file[doc.End:]))
	}
	name := doc.Root.Local
	if doc.Root.Prefix != "" {
		name = doc.Root.Prefix + ":" + name
	}
	return put(w, string(file[:doc.End-len("/>")]), ">", head, tail, "</", name, ">", string(file[doc.End:]))
}

// halves writes the signature up to where a document may be put into it, and what comes then.
func (s *Signed) halves() (head, tail string, err error) {
	p := s.prepared
	properties, err := p.properties()
	if err != nil {
		return "", "", err
	}
	var b strings.Builder
	b.WriteString(`<ds:Signature xmlns:ds="` + nsDSig + `" Id="` + p.parts.name("s") + `">` + p.info + s.valueText() + `<ds:KeyInfo><ds:X509Data>`)
	for i := range len(p.options.Chain) + 1 {
		cert := p.options.Certificate
		if i > 0 {
			cert = p.options.Chain[i-1]
		}
		b.WriteString(`<ds:X509Certificate>` + base64.StdEncoding.EncodeToString(cert.Raw) + `</ds:X509Certificate>`)
	}
	b.WriteString(`</ds:X509Data></ds:KeyInfo><ds:Object><xades:QualifyingProperties xmlns:xades="` + nsXAdES + `" Target="#` + p.parts.name("s") + `">` + properties)
	if len(s.stamps) > 0 {
		b.WriteString(`<xades:UnsignedProperties><xades:UnsignedSignatureProperties>`)
		for _, token := range s.stamps {
			b.WriteString(`<xades:SignatureTimeStamp>` + empty("CanonicalizationMethod", algExclusive) + `<xades:EncapsulatedTimeStamp>` +
				base64.StdEncoding.EncodeToString(token) + `</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>`)
		}
		b.WriteString(`</xades:UnsignedSignatureProperties></xades:UnsignedProperties>`)
	}
	b.WriteString(`</xades:QualifyingProperties></ds:Object>`)
	return b.String(), `</ds:Signature>`, nil
}

// writeObject puts the document into the signature.
func (s *Signed) writeObject(w io.Writer, content io.Reader) error {
	p := s.prepared
	if err := put(w, `<ds:Object Id="`+p.parts.object+`" MimeType="`+escaped(p.options.MimeType)+`" Encoding="`+algBase64+`">`); err != nil {
		return err
	}
	h := sha256.New()
	lines := base64.NewEncoder(base64.StdEncoding, w)
	n, err := io.Copy(io.MultiWriter(lines, h), io.LimitReader(content, p.size+1))
	if err != nil {
		return fmt.Errorf("writing the signed document: %w", err)
	}
	if err := lines.Close(); err != nil {
		return fmt.Errorf("writing the signed document: %w", err)
	}
	if n != p.size || [sha256.Size]byte(h.Sum(nil)) != p.enveloped {
		return errChanged
	}
	return put(w, `</ds:Object>`)
}

func put(w io.Writer, parts ...string) error {
	for _, p := range parts {
		if _, err := io.WriteString(w, p); err != nil {
			return fmt.Errorf("writing the signed document: %w", err)
		}
	}
	return nil
}
