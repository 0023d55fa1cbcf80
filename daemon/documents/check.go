// SPDX-License-Identifier: EUPL-1.2

package documents

import (
	"fmt"
	"math"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ponte-cns/ponte/protocol"
)

// check refuses what cannot be a document of a request.
func (d Document) check() error {
	if err := CheckName(d.Name); err != nil {
		return err
	}
	switch {
	case d.Size <= 0:
		return Refuse(RefusedEmpty, "a document without bytes")
	case d.Size > MaxSize:
		return Refuse(RefusedTooLarge, fmt.Sprintf("more than %d MiB", MaxSize>>20))
	case len(d.Type) > protocol.MaxDocumentTypeChars || strings.ContainsFunc(d.Type, func(r rune) bool { return r < ' ' || r > '~' }):
		return Refuse(RefusedFormat, "a type that is none")
	}
	return nil
}

// Check refuses documents that are too many, too large or have no proper names, before anything is started for them.
func Check(all []Document) error {
	total := int64(0)
	for i, d := range all {
		if err := d.check(); err != nil {
			return err
		}
		if total += d.Size; i >= MaxDocuments || total > MaxTotal {
			return Refuse(RefusedTooMany, fmt.Sprintf("at most %d documents and %d MiB in all", MaxDocuments, MaxTotal>>20))
		}
	}
	return nil
}

// shapes are those that each format has; the first is the usual one.
var shapes = map[string][]string{
	"":          {""},
	FormatPAdES: {""},
	FormatCAdES: {"", ShapeAttached, ShapeDetached, ShapeParallel},
	FormatXAdES: {"", ShapeEnveloped, ShapeEnveloping, ShapeDetached},
	FormatASiC:  {""},
}

// Check refuses options that fit no document. What does not fit one document is said by its Inspection, or by Prepare.
func (o Options) Check() error {
	if !known(shapes[o.Format], o.Shape) {
		return Refuse(RefusedFormat, "no such format, or not of this shape")
	}
	switch o.Level {
	case "", LevelB:
	case LevelT:
		if err := checkAuthority(o.TimeAuthority); err != nil {
			return err
		}
	default:
		return Refuse(RefusedFormat, "no such level")
	}
	if !known([]string{"", "it", "en", "de"}, o.Lang) {
		return Refuse(RefusedFormat, "no such language")
	}
	for _, t := range []struct {
		text string
		most int
	}{{o.Name, maxHolder}, {o.Reason, protocol.MaxReasonChars}, {o.Location, protocol.MaxLocationChars}} {
		if !utf8.ValidString(t.text) || utf8.RuneCountInString(t.text) > t.most || strings.ContainsFunc(t.text, func(r rune) bool {
			return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp)
		}) {
			return Refuse(RefusedText, fmt.Sprintf("a text of more than %d characters, or with some that mislead", t.most))
		}
	}
	if forPDF := o.Visible != nil || o.Reason != "" || o.Location != ""; forPDF && o.Format != "" && o.Format != FormatPAdES {
		return Refuse(RefusedFormat, "a box, a reason and a place are for a PDF")
	}
	return o.Visible.check()
}

func (b *Box) check() error {
	if b == nil {
		return nil
	}
	if b.Page < 1 || b.Page > 1<<20 {
		return Refuse(RefusedPage, "no such page")
	}
	for _, v := range []float64{b.X, b.Y, b.Width, b.Height} {
		if math.IsNaN(v) || v < 0 || v > 1<<20 {
			return Refuse(RefusedBox, "a box that is on no page")
		}
	}
	if b.Width == 0 || b.Height == 0 {
		return Refuse(RefusedBox, "a box without room")
	}
	return nil
}

func checkAuthority(address string) error {
	if address == "" {
		return Refuse(RefusedTimeStamp, "no time stamp authority is set")
	}
	u, err := url.Parse(address)
	if err != nil || len(address) > maxURL || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return Refuse(RefusedTimeStamp, "the address of the time stamp authority is none of http or https") // it may hold a password
	}
	return nil
}

// check refuses an inspection that no document can have.
func (i *Inspection) check() error {
	kinds := []string{KindPDF, KindXML, KindText, KindPNG, KindJPEG, KindP7M, KindOther}
	switch {
	case i == nil:
		return fmt.Errorf("no inspection: %w", errNonsense)
	case !known(kinds, i.Type), i.Format == "", !known(shapes[i.Format], i.Shape):
		return fmt.Errorf("an inspection of an unknown type: %w", errNonsense)
	case i.Pages < 0, i.Signatures < 0, len(i.Notes) > len(Notes()), i.Refusal != "" && !known(Codes(), i.Refusal):
		return fmt.Errorf("an inspection with numbers out of range: %w", errNonsense)
	}
	for _, n := range i.Notes {
		if !known(Notes(), n) {
			return fmt.Errorf("an unknown note: %w", errNonsense)
		}
	}
	return nil
}

// check refuses a signed document that cannot be.
func (s *Signed) check() error {
	switch {
	case s == nil:
		return fmt.Errorf("no signed document: %w", errNonsense)
	case s.Size <= 0 || s.Size > MaxSigned, s.Level != LevelB && s.Level != LevelT, CheckName(s.Name) != nil, s.Type == "" || len(s.Type) > protocol.MaxDocumentTypeChars:
		return fmt.Errorf("a signed document that cannot be: %w", errNonsense)
	}
	return nil
}
