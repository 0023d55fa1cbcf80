// SPDX-License-Identifier: EUPL-1.2

package documents

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ponte-cns/ponte/protocol"
)

// CheckName refuses what protocol refuses as the name of a document: path parts, control characters, and those that turn
// the direction of a text. The error is a *Refusal.
func CheckName(name string) error {
	if !utf8.ValidString(name) {
		return Refuse(RefusedName, "not UTF-8")
	}
	if err := protocol.CheckDocumentName(name); err != nil {
		return Refuse(RefusedName, err.Error())
	}
	return nil
}

// misleads: what cannot be seen, or has no meaning (Unicode, categories C, Zl and Zp).
func misleads(r rune) bool {
	return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) || !unicode.IsGraphic(r)
}

// CleanName makes of any text the name of a file that every system takes, and that CheckName accepts.
func CleanName(name string) string {
	name = strings.ToValidUTF8(name, "_")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case r != ' ' && unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		case misleads(r) || strings.ContainsRune(`<>:"|?*`, r): // Windows refuses these
			return '_'
		}
		return r
	}, name)
	name = strings.TrimLeft(name, " ")
	name = strings.TrimRight(name, ". ") // Windows drops them
	if strings.HasPrefix(name, ".") {
		name = "_" + name[1:] // it would be hidden
	}
	if stem, _, _ := strings.Cut(name, "."); reserved.MatchString(strings.TrimRight(stem, " ")) {
		name = "_" + name
	}
	if name = strings.TrimRight(shorten(name, protocol.MaxDocumentNameChars), ". "); name == "" {
		return "documento"
	}
	return name
}

// reserved names are devices to Windows, whatever follows after a dot.
var reserved = regexp.MustCompile(`^(?i:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])$`)

// shorten cuts a name to at most n characters, and keeps what is behind its last dot where that is short.
func shorten(name string, n int) string {
	r := []rune(name)
	if len(r) <= n {
		return name
	}
	end := []rune(path.Ext(name))
	if len(end) > 20 {
		end = nil
	}
	return string(r[:n-len(end)]) + string(end)
}

// The ends of names of signed documents.
const (
	signedEnd   = "-firmato"
	longestEnd  = len("-firmato-99.asics")
	endP7M      = ".p7m"
	endP7S      = ".p7s"
	endXML      = ".xml"
	endASiC     = ".asics"
	detachedEnd = "-firma" // XML that is a signature, and not the document
)

// SignedName is the name of a signed document, made of that of the document: domanda-firmato.pdf, domanda.txt.p7m.
func SignedName(name, format, shape string) string {
	name = strings.TrimRight(shorten(CleanName(name), protocol.MaxDocumentNameChars-longestEnd), ". ")
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	switch {
	case format == FormatPAdES:
		return again(stem) + ext
	case format == FormatCAdES && shape == ShapeDetached:
		return name + endP7S
	case format == FormatCAdES && shape == ShapeParallel:
		inside := path.Ext(stem)
		if len(inside) > len(".abcde") { // domanda v1.bozza finale.p7m
			inside = ""
		}
		return again(strings.TrimSuffix(stem, inside)) + inside + endP7M
	case format == FormatXAdES && shape == ShapeDetached:
		return stem + detachedEnd + endXML
	case format == FormatXAdES:
		return again(stem) + endXML
	case format == FormatASiC:
		return stem + endASiC
	}
	return name + endP7M
}

var signedBefore = regexp.MustCompile(`^(.*` + signedEnd + `)(?:-([0-9]{1,2}))?$`)

// again adds that a document is signed, and the second time a number.
func again(stem string) string {
	m := signedBefore.FindStringSubmatch(stem)
	if m == nil {
		return stem + signedEnd
	}
	n := 1
	if m[2] != "" {
		n, _ = strconv.Atoi(m[2]) // one or two digits
	}
	return m[1] + "-" + strconv.Itoa(n+1)
}

// SignedType is the MIME type of a signed document.
func SignedType(format, shape string) string {
	switch {
	case format == FormatPAdES:
		return "application/pdf"
	case format == FormatXAdES:
		return "application/xml"
	case format == FormatASiC:
		return "application/vnd.etsi.asic-s+zip"
	case shape == ShapeDetached:
		return "application/pkcs7-signature"
	}
	return "application/pkcs7-mime"
}
