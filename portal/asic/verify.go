// SPDX-License-Identifier: BSD-3-Clause

package asic

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"net/url"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/xades"
)

// Verify verifies each signature of the document. The error is one of the file of signatures, a *document.Refusal, or of
// the context, or of reading: what is wrong with a signature is among its faults.
func (c *Container) Verify(ctx context.Context, trust *document.Trust) ([]document.Signature, error) {
	data, err := contents(c.signature)
	if err != nil {
		return nil, err
	}
	content, err := c.Open()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	var all []document.Signature
	if c.signature.Name == cadesName {
		all, err = verifyCMS(ctx, data, content, trust)
	} else {
		all, err = c.verifyXML(ctx, data, content, trust)
	}
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, document.RefuseFor(document.FaultFormat, err)
	}
	return all, err
}

func verifyCMS(ctx context.Context, data []byte, content io.Reader, trust *document.Trust) ([]document.Signature, error) {
	m, err := cades.Read(data)
	if err != nil {
		return nil, err
	}
	if m.Attached() {
		return nil, refuse(document.FaultReference, "the signature brings a document of its own along")
	}
	return m.Verify(ctx, trust, cades.Input{Content: content})
}

// verifyXML wants each signature to cover the document of the container: one may be good, but of something else.
func (c *Container) verifyXML(ctx context.Context, data []byte, content io.Reader, trust *document.Trust) ([]document.Signature, error) {
	m, err := xades.Read(data)
	if err != nil {
		return nil, err
	}
	if !m.Separate() {
		return nil, malformed("a file of signatures that holds something else")
	}
	in := xades.Input{Contents: map[string]io.Reader{}}
	for _, uri := range m.URIs() {
		if c.means(uri) && len(in.Contents) == 0 { // two ways to write one name do not fit together
			in.Contents[uri] = content
		}
	}
	found, err := m.Verify(ctx, trust, in)
	if err != nil {
		return nil, err
	}
	var all []document.Signature
	for _, s := range found {
		if s.Good() && !(len(s.Covered) == 1 && s.Covered[0].Outside()) {
			s.Add(document.Refuse(document.FaultReference, "the signature is not of the document in the container"))
			s.Cover, s.Level = document.CoverNone, document.LevelNone
		}
		all = append(all, s.Signature)
	}
	return all, nil
}

// means says that a URI is the name of the document.
func (c *Container) means(uri string) bool {
	name, err := url.PathUnescape(uri)
	return uri == c.content.Name || err == nil && name == c.content.Name
}
