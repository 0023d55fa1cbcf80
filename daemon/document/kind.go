// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ponte-cns/ponte/daemon/documents"
)

// headerRoom is where viewers look for the header of a PDF (ISO 32000-1, annex H, note 13): what they would show as one is
// taken for one, and refused as damaged.
const headerRoom = 1024

// oidSignedData is the type of a CMS with signatures, in DER (RFC 5652, 5.1).
var oidSignedData = []byte{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02}

// kindOf says what a document is, by its bytes alone.
func kindOf(b []byte) string {
	start := bytes.TrimLeft(bytes.TrimPrefix(b[:min(len(b), headerRoom)], []byte("\xEF\xBB\xBF")), " \t\r\n")
	switch {
	case bytes.Contains(b[:min(len(b), headerRoom)], []byte("%PDF-")):
		return documents.KindPDF
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return documents.KindPNG
	case bytes.HasPrefix(b, []byte("\xFF\xD8\xFF")):
		return documents.KindJPEG
	case signedMessage(b, start):
		return documents.KindP7M
	case isXML(start):
		return documents.KindXML
	case isText(b):
		return documents.KindText
	}
	return documents.KindOther
}

// signedMessage knows CMS in DER and BER, and as mail programs hand it out: in PEM and in base64 (of a SEQUENCE with a
// length of two bytes or more).
func signedMessage(b, start []byte) bool {
	const outside = 32 // bytes of the outermost lengths
	for _, head := range []string{"-----BEGIN PKCS7-----", "-----BEGIN CMS-----", "-----BEGIN PKCS #7 SIGNED DATA-----"} {
		if bytes.HasPrefix(start, []byte(head)) {
			return true
		}
	}
	if len(b) > 0 && b[0] == 0x30 {
		return bytes.Contains(b[:min(len(b), outside)], oidSignedData)
	}
	// In base64 the identifier looks otherwise for each of three places; these are all that follow a length.
	head := string(start[:min(len(start), 2*outside)])
	if !strings.HasPrefix(head, "MI") {
		return false
	}
	for _, part := range []string{"BgkqhkiG9w0BBwK", "YJKoZIhvcNAQcC", "GCSqGSIb3DQEHA"} {
		if strings.Contains(head, part) {
			return true
		}
	}
	return false
}

// isXML: a tag, a declaration or a comment. HTML is something else, which no program of ours shows.
func isXML(start []byte) bool {
	lower := bytes.ToLower(start[:min(len(start), len("<!doctype html"))])
	if bytes.HasPrefix(lower, []byte("<html")) || bytes.HasPrefix(lower, []byte("<!doctype html")) {
		return false
	}
	if len(start) < 2 || start[0] != '<' {
		return false
	}
	r, _ := utf8.DecodeRune(start[1:])
	return r == '?' || r == '!' || r == '_' || unicode.IsLetter(r)
}

// isText: UTF-8 that can be shown as it is.
func isText(b []byte) bool {
	if len(b) == 0 || bytes.HasPrefix(bytes.TrimLeft(b[:min(len(b), headerRoom)], "\xEF\xBB\xBF \t\r\n"), []byte("<")) {
		return false // markup of whatever kind
	}
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' || r == 0x7F {
			return false
		}
		b = b[size:]
	}
	return true
}

// mimeTypes are what each kind may have been called; the first is what a signature says of it.
var mimeTypes = map[string][]string{
	documents.KindPDF:   {"application/pdf", "application/x-pdf"},
	documents.KindXML:   {"text/xml", "application/xml", "image/svg+xml"},
	documents.KindText:  {"text/plain"},
	documents.KindPNG:   {"image/png"},
	documents.KindJPEG:  {"image/jpeg", "image/jpg"},
	documents.KindP7M:   {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pkcs7-signature", "application/x-pkcs7-signature"},
	documents.KindOther: {"application/octet-stream"},
}

// otherThanDeclared says that a document is something else than it was called. Text and whatever is not known here have
// many names, and are believed.
func otherThanDeclared(kind, declared string) bool {
	declared, _, _ = strings.Cut(strings.ToLower(declared), ";")
	declared = strings.TrimSpace(declared)
	if declared == "" || declared == "application/octet-stream" || strings.HasSuffix(declared, "+xml") && kind == documents.KindXML {
		return false
	}
	for _, name := range mimeTypes[kind] {
		if name == declared {
			return false
		}
	}
	if kind != documents.KindText && kind != documents.KindOther {
		return true
	}
	for k, names := range mimeTypes {
		for _, name := range names {
			if k != kind && name == declared {
				return true
			}
		}
	}
	return false
}
