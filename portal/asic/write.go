// SPDX-License-Identifier: BSD-3-Clause

package asic

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/ponte-cns/ponte/portal/document"
)

// What is in a container (EN 319 162-1), by the names that EU DSS reads and writes too.
const (
	mimetypeName = "mimetype"
	mimetype     = "application/vnd.etsi.asic-s+zip"
	cadesName    = "META-INF/signature.p7s"
	xadesName    = "META-INF/signatures.xml"
)

// errChanged is what comes of a document that changed while its signer typed the PIN.
var errChanged = document.Refuse(document.FaultDocumentChanged, "the document is not the one that was prepared")

// Write writes the container. The document is read again from its beginning. What was written is worthless when it fails.
func (s *Signed) Write(w io.Writer, content io.Reader) error {
	name, signature, err := s.signature()
	if err != nil {
		return fmt.Errorf("the signature: %w", err)
	}
	z := zip.NewWriter(w)
	err = stored(z, mimetypeName, []byte(mimetype))
	if err == nil {
		err = s.writeContent(z, content)
	}
	if err == nil {
		err = stored(z, name, signature)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		if r, ok := errors.AsType[*document.Refusal](err); ok {
			return r
		}
		return fmt.Errorf("writing the container: %w", err)
	}
	return nil
}

func (s *Signed) signature() (name string, b []byte, err error) {
	if s.cades != nil {
		b, err = s.cades.Detached()
		return cadesName, b, err
	}
	var out bytes.Buffer
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<asic:XAdESSignatures xmlns:asic="http://uri.etsi.org/02918/v1.2.1#">`)
	if err := s.xades.WriteElement(&out); err != nil {
		return "", nil, err
	}
	out.WriteString("</asic:XAdESSignatures>\n")
	return xadesName, out.Bytes(), nil
}

// stored writes a file as it is, with its sizes before it: so other programs find the type of the container at its place.
func stored(z *zip.Writer, name string, b []byte) error {
	size := uint64(len(b))
	w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(b), CompressedSize64: size, UncompressedSize64: size})
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

func (s *Signed) writeContent(z *zip.Writer, content io.Reader) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: s.prepared.name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, h), io.LimitReader(content, MaxContent+1)); err != nil {
		return err
	}
	if [sha256.Size]byte(h.Sum(nil)) != s.prepared.content {
		return errChanged
	}
	return nil
}
