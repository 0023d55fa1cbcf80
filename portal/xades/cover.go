// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"io"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/xades/canon"
)

// Covered is one thing that a signature covers.
type Covered struct {
	URI     string // as the signature refers to it; empty for the whole document around the signature
	Element string // its name, if it is an element: "ClinicalDocument"

	selected *selection // nil if it is outside
}

// Outside says that it is not in the XML that was read: it is the document that was given under this URI.
func (c Covered) Outside() bool { return c.selected == nil }

// WriteTo writes the very bytes that were signed: a document that was put into the signature as it was, other XML in its
// canonical form. It fails for what is outside.
func (c Covered) WriteTo(w io.Writer) (int64, error) {
	if c.selected == nil {
		return 0, refuse(document.FaultNoContent, "%.80q is not in this XML", c.URI)
	}
	n := &counted{w: w}
	err := c.selected.write(n)
	return n.n, err
}

type counted struct {
	w io.Writer
	n int64
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// cover collects what one signature covers.
type cover struct {
	doc       *canon.Document
	signature *signature

	all      []Covered
	by       []*reference // of each of all
	whole    bool         // the root element of the document
	part     bool         // something in the document that is neither its root nor in the signature
	manifest bool
	objects  map[*canon.Node]bool // which objects of the signature
}

func (c *cover) outside(r *reference) {
	c.all, c.by = append(c.all, Covered{URI: r.uri}), append(c.by, r)
	c.manifest = c.manifest || r.kind == typeManifest
}

// inside notes a node whose digest was compared.
func (c *cover) inside(r *reference, n *canon.Node) {
	selected, err := r.selectFrom(n, c.signature.node)
	if err != nil {
		return // it was compared: there is none
	}
	c.manifest = c.manifest || r.kind == typeManifest
	covered := Covered{URI: r.uri, Element: n.Local, selected: selected}
	switch object := c.objectOf(n); {
	case n == c.doc.Node || n == c.doc.Root:
		c.whole = true
		covered.Element = c.doc.Root.Local
	case object != nil:
		if c.objects == nil {
			c.objects = map[*canon.Node]bool{}
		}
		c.objects[object] = true
	case n.Within(c.signature.node):
		return // its own KeyInfo: no document
	default:
		c.part = true
	}
	c.all, c.by = append(c.all, covered), append(c.by, r)
}

// objectOf is the Object of this signature of which a node is all.
func (c *cover) objectOf(n *canon.Node) *canon.Node {
	for _, o := range c.signature.objects {
		if n == o {
			return o
		}
		if n.Parent == o {
			if inside, err := elements(o); err == nil && len(inside) == 1 {
				return o
			}
		}
	}
	return nil
}

// finish says how much is covered, once all references were looked at.
func (c *cover) finish(found *Signature) {
	found.Covered = c.all
	for _, o := range c.signature.objects {
		if !c.objects[o] && (c.signature.qualifying == nil || c.signature.qualifying.Parent != o) {
			found.Add(refuse(document.FaultReference, "an Object in the signature that nobody has signed"))
		}
	}
	if c.doc.Altered {
		found.Notes = append(found.Notes, "comments or processing instructions; a signature covers no comments")
	}
	switch {
	case !found.Good():
	case len(c.all) == 0:
		found.Add(refuse(document.FaultReference, "a signature of nothing but itself"))
	case c.whole:
		found.Cover = document.CoverWhole
	case c.part || c.manifest || !separate(c.doc):
		found.Cover = document.CoverPart
		found.Add(refuse(document.FaultPartialCover, "a part of the document only"))
	default:
		found.Cover = document.CoverWhole
	}
}
