// SPDX-License-Identifier: BSD-3-Clause

package canon

import (
	"bufio"
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/ponte-cns/ponte/portal/document"
)

// Form is a canonical form.
type Form struct {
	Exclusive bool     // Exclusive XML Canonicalization 1.0
	Version11 bool     // Canonical XML 1.1, if not Exclusive
	Comments  bool     // comments are written too
	Prefixes  []string // of an Exclusive one: written wherever they are declared (InclusiveNamespaces PrefixList); "" is #default
}

// Write writes a node and all inside of it, but for those that skip names, with all inside of them. Skip may be nil. An
// error is one of w, or a *document.Refusal.
func (f Form) Write(w io.Writer, apex *Node, skip func(*Node) bool) error {
	if f.Version11 && !f.Exclusive {
		for n := apex.Parent; n != nil; n = n.Parent {
			if slices.ContainsFunc(n.Attributes, func(a Attribute) bool { return a.Space == namespaceXML && a.Local == "base" }) {
				return document.Refuse(document.FaultAlgorithm, "Canonical XML 1.1 of a part below an xml:base")
			}
		}
	}
	c := &writer{form: f, w: bufio.NewWriterSize(w, 16<<10), skip: skip, apex: apex, written: map[string]string{}}
	c.node(apex)
	if c.err != nil {
		return c.err
	}
	return c.w.Flush()
}

type writer struct {
	form    Form
	w       *bufio.Writer
	err     error // the first of w; nothing is written after it
	skip    func(*Node) bool
	apex    *Node
	written map[string]string // what the prefixes stand for where one writes
}

func (c *writer) node(n *Node) {
	if c.err != nil || c.skip != nil && c.skip(n) {
		return
	}
	switch n.Kind {
	case Root:
		c.document(n)
	case Element:
		c.element(n)
	case Text:
		c.escape(textEscapes, n.Data)
	case Comment:
		c.put("<!--", n.Data, "-->")
	case Instruction:
		if c.put("<?", n.Local); n.Data != "" {
			c.put(" ", n.Data)
		}
		c.put("?>")
	}
}

// document writes what is around the root element on lines of its own (Canonical XML, 2.3).
func (c *writer) document(n *Node) {
	before := true
	for _, child := range n.Children {
		switch {
		case child.Kind == Element:
			c.node(child)
			before = false
		case child.Kind == Comment && !c.form.Comments:
		case before:
			c.node(child)
			c.put("\n")
		default:
			c.put("\n")
			c.node(child)
		}
	}
}

func (c *writer) element(n *Node) {
	name := qualified(n.Prefix, n.Local)
	c.put("<", name)
	undo := c.namespaces(n)
	attributes := n.Attributes
	if n == c.apex && !c.form.Exclusive {
		attributes = c.inherited(n, slices.Clone(attributes))
	} else if len(attributes) > 1 {
		attributes = slices.Clone(attributes)
	}
	slices.SortFunc(attributes, func(a, b Attribute) int {
		return cmp.Or(strings.Compare(a.Space, b.Space), strings.Compare(a.Local, b.Local))
	})
	for _, a := range attributes {
		c.attribute(qualified(a.Prefix, a.Local), a.Value)
	}
	c.put(">")
	for _, child := range n.Children {
		if child.Kind != Comment || c.form.Comments {
			c.node(child)
		}
	}
	c.put("</", name, ">")
	for _, d := range undo {
		c.written[d.prefix] = d.uri
	}
}

// namespaces writes those that are needed at an element and were not written around it, and gives what they stood for.
func (c *writer) namespaces(n *Node) []declaration {
	var undo []declaration
	needed := c.needed(n)
	slices.SortFunc(needed, func(a, b declaration) int { return strings.Compare(a.prefix, b.prefix) })
	for _, d := range slices.Compact(needed) {
		if d.prefix == "xml" || c.written[d.prefix] == d.uri {
			continue
		}
		undo = append(undo, declaration{d.prefix, c.written[d.prefix]})
		c.written[d.prefix] = d.uri
		if d.prefix == "" {
			c.attribute("xmlns", d.uri)
		} else {
			c.attribute("xmlns:"+d.prefix, d.uri)
		}
	}
	return undo
}

// needed are the namespaces of an element that its canonical form shows: all, or those that its names use (Exclusive XML
// Canonicalization, 3).
func (c *writer) needed(n *Node) []declaration {
	var all []declaration
	if !c.form.Exclusive {
		if n != c.apex {
			return slices.Clone(n.declared)
		}
		known := map[string]bool{}
		for e := n; e != nil; e = e.Parent {
			for _, d := range e.declared {
				if !known[d.prefix] {
					known[d.prefix] = true
					all = append(all, d)
				}
			}
		}
		return all
	}
	all = append(all, declaration{n.Prefix, n.Space})
	for _, a := range n.Attributes {
		if a.Prefix != "" {
			all = append(all, declaration{a.Prefix, a.Space})
		}
	}
	for _, prefix := range c.form.Prefixes {
		if n == c.apex || slices.ContainsFunc(n.declared, func(d declaration) bool { return d.prefix == prefix }) {
			if uri := n.Namespace(prefix); uri != "" || prefix == "" {
				all = append(all, declaration{prefix, uri})
			}
		}
	}
	return all
}

// inherited adds the attributes of the namespace of XML that the elements around an apex have (Canonical XML 1.0, 2.4;
// 1.1, 2.4: xml:id is not inherited there).
func (c *writer) inherited(n *Node, attributes []Attribute) []Attribute {
	for e := n.Parent; e != nil; e = e.Parent {
		for _, a := range e.Attributes {
			same := func(b Attribute) bool { return b.Space == a.Space && b.Local == a.Local }
			if a.Space != namespaceXML || c.form.Version11 && a.Local == "id" || slices.ContainsFunc(attributes, same) {
				continue
			}
			attributes = append(attributes, a)
		}
	}
	return attributes
}

func (c *writer) attribute(name, value string) {
	c.put(" ", name, `="`)
	c.escape(valueEscapes, value)
	c.put(`"`)
}

func (c *writer) put(parts ...string) {
	for _, p := range parts {
		if c.err == nil {
			_, c.err = c.w.WriteString(p)
		}
	}
}

func (c *writer) escape(r *strings.Replacer, s string) {
	if c.err == nil {
		_, c.err = r.WriteString(c.w, s)
	}
}

func qualified(prefix, local string) string {
	if prefix == "" {
		return local
	}
	return prefix + ":" + local
}

// Canonical XML, 2.3.
var (
	textEscapes  = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")
	valueEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;")
)
