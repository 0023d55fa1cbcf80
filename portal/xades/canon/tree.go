// SPDX-License-Identifier: BSD-3-Clause

package canon

import "slices"

// Namespaces that are bound to their prefixes for ever (W3C xml-names, 3).
const (
	namespaceXML   = "http://www.w3.org/XML/1998/namespace"
	namespaceXMLNS = "http://www.w3.org/2000/xmlns/"
)

// Kind of a Node.
type Kind uint8

// The kinds.
const (
	Root        Kind = iota // of the whole document, around its outermost element
	Element                 //
	Text                    // also of CDATA sections
	Comment                 //
	Instruction             // Local is its target
)

// Node is a part of a document.
type Node struct {
	Kind       Kind
	Parent     *Node // nil for the Root
	Prefix     string
	Local      string
	Space      string // the namespace of an element
	Attributes []Attribute
	Children   []*Node
	Data       string // of a Text, Comment or Instruction

	declared []declaration
}

// Attribute of an element. Declarations of namespaces are none.
type Attribute struct {
	Prefix, Local, Space, Value string
}

type declaration struct{ prefix, uri string }

// Document is XML that was read.
type Document struct {
	Node    *Node // of kind Root
	Root    *Node // the outermost element
	End     int   // where the end tag of Root begins in the text, or where the text after Root begins if it has none
	Empty   bool  // Root has no end tag: <a/>
	Altered bool  // there are comments or processing instructions

	ids map[string][]*Node
}

// ByID gives the elements with an attribute Id, ID, id or xml:id of that value. One that signatures refer to must be the
// only one.
func (d *Document) ByID(id string) []*Node { return d.ids[id] }

// Is says that a node is an element of that name.
func (n *Node) Is(space, local string) bool {
	return n.Kind == Element && n.Space == space && n.Local == local
}

// Attribute gives the value of an attribute without a namespace.
func (n *Node) Attribute(local string) (string, bool) {
	for _, a := range n.Attributes {
		if a.Space == "" && a.Local == local {
			return a.Value, true
		}
	}
	return "", false
}

// Within says that a node is another, or inside of it.
func (n *Node) Within(outer *Node) bool {
	for ; n != nil; n = n.Parent {
		if n == outer {
			return true
		}
	}
	return false
}

// Namespace gives what a prefix stands for at an element; empty if nothing.
func (n *Node) Namespace(prefix string) string {
	if prefix == "xml" {
		return namespaceXML
	}
	for ; n != nil; n = n.Parent {
		if i := slices.IndexFunc(n.declared, func(d declaration) bool { return d.prefix == prefix }); i >= 0 {
			return n.declared[i].uri
		}
	}
	return ""
}

// Walk calls f for a node and all inside of it, in their order; where f says false, it does not go deeper.
func (n *Node) Walk(f func(*Node) bool) {
	if !f(n) {
		return
	}
	for _, c := range n.Children {
		c.Walk(f)
	}
}
