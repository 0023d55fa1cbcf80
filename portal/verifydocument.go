// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"

	"github.com/ponte-cns/ponte/portal/asic"
	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/xades"
)

// MaxDocument is the largest file that VerifyDocument reads, in bytes. PDF and XML have lower limits of their own.
const MaxDocument = 256 << 20

// DocumentForm is how the file of a signed document is written.
type DocumentForm string

// The forms.
const (
	FormPDF  DocumentForm = "PDF"    // with signatures inside (PAdES)
	FormCMS  DocumentForm = "CMS"    // .p7m, .p7s: DER or BER, also in base64 or PEM (CAdES)
	FormXML  DocumentForm = "XML"    // XAdES
	FormASiC DocumentForm = "ASiC-S" // a ZIP file with a document and its signature
)

// DocumentOptions of VerifyDocument. Only Trust is needed.
type DocumentOptions struct {
	// Trust decides over the certificates.
	Trust *document.Trust
	// Content is the document of a signature that is apart from it; it is read once, to its end. ContentName is the name
	// of its file, by which XML that was signed with several documents knows which one it is.
	Content     io.Reader
	ContentName string
	// AcceptOther accepts signatures that are neither FEA nor FEQ. Otherwise they have document.FaultPolicy: whoever
	// verifies has to see to it that the certificate is that of a CNS (DPCM 22 February 2013, art. 61, paragraph 4).
	AcceptOther bool
}

// ErrContentInside: Content was given, but the file holds its document itself.
var ErrContentInside = errors.New("a document was given, but the signed file holds one")

// DocumentReport is what VerifyDocument found out. Summary puts it into words.
type DocumentReport struct {
	Form     DocumentForm
	Attached bool // the document is inside; of a PDF it is the file itself
	// Nested: the document inside a .p7m is a signed message itself, as where several have signed one after the other. Its
	// signatures are not looked at: take it out, and verify it too.
	Nested     bool
	Signatures []DocumentSignature

	extract func(io.Writer) error // nil: there is nothing to take out
}

// DocumentSignature is one signature of a document.
type DocumentSignature struct {
	document.Signature
	Signer Signer
}

// Good says that there are signatures, and that nothing is wrong with any of them.
func (r *DocumentReport) Good() bool {
	for _, s := range r.Signatures {
		if !s.Good() {
			return false
		}
	}
	return len(r.Signatures) > 0
}

// VerifyDocument finds out which form a signed document has, by what is in it, and verifies each of its signatures. What
// is wrong with a signature is among its Faults. A file that cannot be read, or that nobody has signed, is a
// *document.Refusal; any other error is one of the options, of reading Content, or of the context.
func VerifyDocument(ctx context.Context, file []byte, o DocumentOptions) (*DocumentReport, error) {
	if o.Trust == nil {
		return nil, errors.New("no trust: no signature could be good")
	}
	if len(file) > MaxDocument {
		return nil, document.Refuse(document.FaultTooLarge, fmt.Sprintf("a file of more than %d MB", MaxDocument>>20))
	}
	v := &documentVerification{file: file, options: o, report: DocumentReport{Form: formOf(file)}}
	var err error
	switch v.report.Form {
	case FormPDF:
		err = v.pdf(ctx)
	case FormXML:
		err = v.xml(ctx)
	case FormASiC:
		err = v.container(ctx)
	case FormCMS:
		err = v.cms(ctx)
	default:
		err = document.Refuse(document.FaultFormat, "neither PDF nor CMS (.p7m, .p7s) nor XML nor ASiC-S")
	}
	if err != nil {
		return nil, err
	}
	for i := range v.report.Signatures {
		s := &v.report.Signatures[i]
		if s.Kind == document.KindOther && !o.AcceptOther {
			s.Add(document.Refuse(document.FaultPolicy, "neither a policy of the CNS nor the statements of a qualified certificate"))
		}
		s.Signer = signerOf(s.Certificate)
	}
	return &v.report, nil
}

// formOf looks at the beginning of a file. None: "".
func formOf(file []byte) DocumentForm {
	text := bytes.TrimLeft(bytes.TrimPrefix(file, []byte("\xEF\xBB\xBF")), " \t\r\n")
	switch {
	case bytes.HasPrefix(file, []byte("%PDF-")):
		return FormPDF
	case bytes.HasPrefix(file, []byte("PK\x03\x04")):
		return FormASiC
	case bytes.HasPrefix(text, []byte("<")), bytes.HasPrefix(file, []byte("\xFF\xFE")), bytes.HasPrefix(file, []byte("\xFE\xFF")):
		return FormXML // UTF-16 too, which is refused by its name
	case len(file) > 0 && file[0] == 0x30, bytes.HasPrefix(text, []byte("M")), bytes.HasPrefix(text, []byte("-----BEGIN ")):
		return FormCMS // a SEQUENCE, and the same in base64 and in PEM
	}
	return ""
}

type documentVerification struct {
	file    []byte
	options DocumentOptions
	report  DocumentReport
}

func (v *documentVerification) add(found []document.Signature, err error) error {
	for _, s := range found {
		v.report.Signatures = append(v.report.Signatures, DocumentSignature{Signature: s})
	}
	return err
}

func (v *documentVerification) pdf(ctx context.Context) error {
	if v.options.Content != nil {
		return ErrContentInside
	}
	v.report.Attached = true
	return v.add(pades.Verify(ctx, v.file, v.options.Trust))
}

func (v *documentVerification) cms(ctx context.Context) error {
	m, err := cades.Read(v.file)
	if err != nil {
		return err
	}
	if v.report.Attached = m.Attached(); v.report.Attached {
		if v.options.Content != nil {
			return ErrContentInside
		}
		_, err := cades.Read(m.Content())
		v.report.Nested = err == nil
		v.report.extract = func(w io.Writer) error {
			_, err := w.Write(m.Content())
			return err
		}
	}
	return v.add(m.Verify(ctx, v.options.Trust, cades.Input{Content: v.options.Content}))
}

func (v *documentVerification) container(ctx context.Context) error {
	if v.options.Content != nil {
		return ErrContentInside
	}
	c, err := asic.Read(bytes.NewReader(v.file), int64(len(v.file)))
	if err != nil {
		return err
	}
	v.report.Attached = true
	v.report.extract = func(w io.Writer) error {
		r, err := c.Open()
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = io.Copy(w, io.LimitReader(r, c.Size()+1))
		return err
	}
	return v.add(c.Verify(ctx, v.options.Trust))
}

func (v *documentVerification) xml(ctx context.Context) error {
	m, err := xades.Read(v.file)
	if err != nil {
		return err
	}
	uris := m.URIs()
	v.report.Attached = len(uris) == 0
	in := xades.Input{Contents: map[string]io.Reader{}}
	if v.options.Content != nil {
		if len(uris) == 0 {
			return ErrContentInside
		}
		if uri, ok := v.chosen(uris); ok {
			in.Contents[uri] = v.options.Content
		}
	}
	found, err := m.Verify(ctx, v.options.Trust, in)
	if err != nil {
		return err
	}
	for _, s := range found {
		v.report.Signatures = append(v.report.Signatures, DocumentSignature{Signature: s.Signature})
	}
	// What an enveloping signature holds is taken out only where it leaves no doubt: one signature, of one thing.
	if len(found) == 1 && len(found[0].Covered) == 1 && v.report.Attached && m.Separate() {
		v.report.extract = func(w io.Writer) error {
			_, err := found[0].Covered[0].WriteTo(w)
			return err
		}
	}
	return nil
}

// chosen is the URI by which the signatures mean Content: the only one there is, or that with the name of its file.
func (v *documentVerification) chosen(uris []string) (string, bool) {
	if len(uris) == 1 {
		return uris[0], true
	}
	for _, uri := range uris {
		if name, err := url.PathUnescape(uri); err == nil && v.options.ContentName != "" && path.Base(name) == v.options.ContentName {
			return uri, true
		}
	}
	return "", false
}

// ErrNothingInside: there is no document that could be taken out of the signed file.
var ErrNothingInside = errors.New("the signed file holds no document that can be taken out")

// Extract writes the document that is inside a .p7m, an ASiC-S container or an enveloping XML signature. It refuses one
// that is not as it was signed. Whether the signers are trusted is another question: Good answers both.
func (r *DocumentReport) Extract(w io.Writer) error {
	if r.extract == nil {
		return ErrNothingInside
	}
	for _, s := range r.Signatures {
		if s.Integrity() != IntegrityWhole {
			return document.Refuse(document.FaultDocumentChanged, "the document is not known to be the one that was signed")
		}
	}
	return r.extract(w)
}
