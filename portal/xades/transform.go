// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"encoding/base64"
	"io"
	"strings"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/xades/canon"
)

// transform is one of the few that are accepted (xmldsig-core1, 6.6). Any other could make of a document something that
// nobody has seen; so could the general XPath, of which two expressions are known.
type transform struct {
	kind transformKind
	form canon.Form // of transformCanonical
}

type transformKind int

const (
	transformCanonical    transformKind = iota + 1
	transformEnveloped                  // leaves out this signature
	transformNoSignatures               // leaves out every signature
	transformBase64                     // decodes the text
)

func readTransform(n *canon.Node) (transform, error) {
	switch algorithm(n) {
	case algEnveloped, algBase64:
		if inside, err := elements(n); err != nil || len(inside) > 0 {
			return transform{}, refuse(document.FaultAlgorithm, "a transform with parameters that are not known here")
		}
		if algorithm(n) == algBase64 {
			return transform{kind: transformBase64}, nil
		}
		return transform{kind: transformEnveloped}, nil
	case algXPath:
		return readXPath(n, nsDSig, "not(ancestor-or-self::", ":Signature)", "")
	case algFilter:
		return readXPath(n, nsFilter, "/descendant::", ":Signature", "subtract")
	}
	f, err := formOf(n)
	if err != nil {
		return transform{}, refuse(document.FaultAlgorithm, "a transform that is not accepted: %.80q", algorithm(n))
	}
	return transform{kind: transformCanonical, form: f}, nil
}

// readXPath accepts one expression, in which a prefix stands for the namespace of signatures: EU DSS writes the one or
// the other where a document may have several signatures beside each other.
func readXPath(n *canon.Node, space, before, behind, filter string) (transform, error) {
	parts, err := inOrder(n, space, 1, "XPath")
	if err != nil {
		return transform{}, err
	}
	expression, err := text(parts[0][0])
	if err != nil {
		return transform{}, err
	}
	rest, first := strings.CutPrefix(strings.Trim(expression, " \t\r\n"), before)
	prefix, last := strings.CutSuffix(rest, behind)
	how, _ := parts[0][0].Attribute("Filter")
	if !first || !last || prefix == "" || how != filter || parts[0][0].Namespace(prefix) != nsDSig {
		return transform{}, refuse(document.FaultAlgorithm, "an XPath that is not accepted: %.80q", expression)
	}
	return transform{kind: transformNoSignatures}, nil
}

// leavesOut says that a kind is among the transforms.
func (r *reference) leavesOut(kind transformKind) bool {
	for _, t := range r.transforms {
		if t.kind == kind {
			return true
		}
	}
	return false
}

// selection is what a reference makes of a document: a node and what is left out of it, written as bytes in some way.
type selection struct {
	apex   *canon.Node
	own    *canon.Node // the signature that transformEnveloped leaves out; nil for none
	none   bool        // no signature at all
	form   canon.Form
	base64 bool // the text, decoded; not in form
}

// selectFrom applies the transforms to a node. After the node has become bytes nothing may follow; without anything it
// becomes bytes by Canonical XML 1.0 (xmldsig-core1, 4.4.3.2).
func (r *reference) selectFrom(apex, signature *canon.Node) (*selection, error) {
	s, done := &selection{apex: apex}, false
	for _, t := range r.transforms {
		if done {
			return nil, refuse(document.FaultAlgorithm, "transforms in an order that is not accepted")
		}
		switch t.kind {
		case transformEnveloped:
			if !signature.Within(apex) {
				return nil, refuse(document.FaultReference, "the signature is not in what leaves it out")
			}
			s.own = signature
		case transformNoSignatures:
			s.none = true
		case transformBase64:
			s.base64, done = true, true
		case transformCanonical:
			s.form, done = t.form, true
		}
	}
	s.form.Comments = false // a reference that begins with # or is empty leaves them out (xmldsig-core1, 4.4.3.3)
	if s.none {
		for n := apex; n != nil; n = n.Parent {
			if n.Is(nsDSig, "Signature") {
				return nil, refuse(document.FaultReference, "a part of a signature that leaves out signatures: nothing")
			}
		}
	}
	return s, nil
}

// write writes what is signed.
func (s *selection) write(w io.Writer) error {
	skip := func(n *canon.Node) bool {
		return s.own != nil && n == s.own || s.none && n.Is(nsDSig, "Signature")
	}
	if !s.base64 {
		return s.form.Write(w, s.apex, skip)
	}
	var b strings.Builder
	s.apex.Walk(func(n *canon.Node) bool {
		if skip(n) {
			return false
		}
		if n.Kind == canon.Text {
			b.WriteString(n.Data)
		}
		return true
	})
	_, err := io.Copy(w, base64.NewDecoder(base64.StdEncoding, &fieldReader{strings.NewReader(b.String())}))
	if err != nil {
		return refuse(document.FaultFormat, "what is signed is not base64")
	}
	return nil
}

// fieldReader leaves out spaces and tabs, which base64.NewDecoder does not.
type fieldReader struct{ r io.Reader }

func (f *fieldReader) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	kept := b[:0]
	for _, c := range b[:n] {
		if c != ' ' && c != '\t' {
			kept = append(kept, c)
		}
	}
	return len(kept), err
}
