// SPDX-License-Identifier: BSD-3-Clause

package trustlist

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Ceilings of a list. That of Italy has some 2 MB, 14 levels and 50,000 elements.
const (
	MaxSize = 20 << 20 // bytes

	maxDepth      = 64
	maxElements   = 400_000 // attributes likewise
	maxAttributes = 64      // of one element
)

// inspect refuses what would be dangerous to read, before a tree is made of it: the tree takes many times the memory of
// the text. A DOCTYPE is refused, and with it every entity that is not of XML itself.
func inspect(b []byte) error {
	if len(b) > MaxSize {
		return fmt.Errorf("%w: more than %d MB", ErrTooLarge, MaxSize>>20)
	}
	if !utf8.Valid(b) {
		return fmt.Errorf("%w: not UTF-8", ErrFormat)
	}
	// An element has one "<" at least, an attribute two quotes: what the parser can allocate is known beforehand.
	if bytes.Count(b, []byte("<")) > 2*maxElements || bytes.Count(b, []byte(`"`))+bytes.Count(b, []byte("'")) > 2*maxElements {
		return fmt.Errorf("%w: too many elements or attributes", ErrTooLarge)
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("encoding %.20q", charset)
	}
	var s shape
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrFormat, err)
		}
		if err := s.add(t); err != nil {
			return err
		}
	}
	if s.roots != 1 {
		return fmt.Errorf("%w: %d root elements", ErrFormat, s.roots)
	}
	return nil
}

// shape is what inspect has seen so far.
type shape struct {
	depth, roots int
	ids          map[string]bool
}

func (s *shape) add(t xml.Token) error {
	switch t := t.(type) {
	case xml.Directive:
		return fmt.Errorf("%w: a DOCTYPE or another declaration", ErrFormat)
	case xml.StartElement:
		if s.depth == 0 {
			s.roots++
		}
		if s.depth++; s.depth > maxDepth {
			return fmt.Errorf("%w: more than %d levels", ErrTooLarge, maxDepth)
		}
		return s.addAttributes(t.Attr)
	case xml.EndElement:
		s.depth--
	case xml.CharData:
		if s.depth == 0 && len(bytes.TrimSpace(t)) > 0 {
			return fmt.Errorf("%w: text outside the root", ErrFormat)
		}
	}
	return nil
}

// addAttributes refuses one attribute twice, and one Id for two elements: a signature would leave open which it covers.
func (s *shape) addAttributes(attributes []xml.Attr) error {
	if len(attributes) > maxAttributes {
		return fmt.Errorf("%w: an element with %d attributes", ErrTooLarge, len(attributes))
	}
	for i, a := range attributes {
		for _, other := range attributes[:i] {
			if a.Name == other.Name {
				return fmt.Errorf("%w: the attribute %.20q twice", ErrFormat, a.Name.Local)
			}
		}
		switch a.Name.Local {
		case "Id", "ID", "id":
			if s.ids[a.Value] {
				return fmt.Errorf("%w: two elements with the Id %.40q", ErrFormat, a.Value)
			}
			if s.ids == nil {
				s.ids = map[string]bool{}
			}
			s.ids[a.Value] = true
		}
	}
	return nil
}
