// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/xades/canon"
)

// elements are the elements inside of one that holds nothing else. Comments and instructions are refused: the signature
// is read by many programs, and none may see another text than the next.
func elements(n *canon.Node) ([]*canon.Node, error) {
	for _, c := range n.Children {
		if c.Kind != canon.Element && (c.Kind != canon.Text || strings.Trim(c.Data, " \t\r\n") != "") {
			return nil, refuse(document.FaultFormat, "something beside the elements of %.40q", n.Local)
		}
	}
	return slices.DeleteFunc(slices.Clone(n.Children), func(c *canon.Node) bool { return c.Kind != canon.Element }), nil
}

// text is what an element without others says.
func text(n *canon.Node) (string, error) {
	var b strings.Builder
	for _, c := range n.Children {
		if c.Kind != canon.Text {
			return "", refuse(document.FaultFormat, "something beside the text of %.40q", n.Local)
		}
		b.WriteString(c.Data)
	}
	return b.String(), nil
}

// decoded is what an element says in base64, of at most that many bytes.
func decoded(n *canon.Node, most int) ([]byte, error) {
	s, err := text(n)
	if err != nil {
		return nil, err
	}
	s = strings.Join(strings.Fields(s), "")
	if base64.StdEncoding.DecodedLen(len(s)) > most+2 {
		return nil, refuse(document.FaultTooLarge, "%.40q of more than %d bytes", n.Local, most)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, refuse(document.FaultFormat, "%.40q is not base64", n.Local)
	}
	return b, nil
}

// one is the only element of that name among some; nil if there is none.
func one(among []*canon.Node, space, local string) (*canon.Node, error) {
	var found *canon.Node
	for _, n := range among {
		if n.Is(space, local) {
			if found != nil {
				return nil, refuse(document.FaultFormat, "%.40q twice", local)
			}
			found = n
		}
	}
	return found, nil
}

// inOrder wants some elements of a namespace in this order, as a schema would: "A" once, "A?" at most once, "A*" any
// number up to the ceiling. It gives them in lists of the same order.
func inOrder(parent *canon.Node, space string, most int, names ...string) ([][]*canon.Node, error) {
	all, err := elements(parent)
	if err != nil {
		return nil, err
	}
	if len(all) > most {
		return nil, refuse(document.FaultTooLarge, "%.40q with more than %d elements", parent.Local, most)
	}
	lists := make([][]*canon.Node, len(names))
	for i, name := range names {
		local := strings.TrimRight(name, "?*")
		for len(all) > 0 && all[0].Is(space, local) && (strings.HasSuffix(name, "*") || len(lists[i]) == 0) {
			lists[i], all = append(lists[i], all[0]), all[1:]
		}
		if local == name && len(lists[i]) == 0 {
			return nil, refuse(document.FaultFormat, "%.40q without %s", parent.Local, local)
		}
	}
	if len(all) > 0 {
		return nil, refuse(document.FaultFormat, "%.40q where it is not expected", all[0].Local)
	}
	return lists, nil
}

// algorithm is the attribute of that name.
func algorithm(n *canon.Node) string {
	a, _ := n.Attribute("Algorithm")
	return a
}

// formOf reads a canonicalization method (xmldsig-core1, 6.5).
func formOf(n *canon.Node) (canon.Form, error) {
	forms := map[string]canon.Form{
		algExclusive: {Exclusive: true}, algExclusive + "WithComments": {Exclusive: true, Comments: true},
		"http://www.w3.org/TR/2001/REC-xml-c14n-20010315":              {},
		"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": {Comments: true},
		"http://www.w3.org/2006/12/xml-c14n11":                         {Version11: true},
		"http://www.w3.org/2006/12/xml-c14n11#WithComments":            {Version11: true, Comments: true},
	}
	f, ok := forms[algorithm(n)]
	if !ok {
		return f, refuse(document.FaultAlgorithm, "a canonical form that is not known here: %.80q", algorithm(n))
	}
	inside, err := elements(n)
	if err != nil {
		return f, err
	}
	for _, e := range inside {
		list, ok := e.Attribute("PrefixList")
		if !f.Exclusive || f.Prefixes != nil || !ok || !e.Is(nsExc, "InclusiveNamespaces") {
			return f, refuse(document.FaultAlgorithm, "a canonical form with parameters that are not known here")
		}
		if f.Prefixes = strings.Fields(list); len(f.Prefixes) > maxPrefixes {
			return f, refuse(document.FaultTooLarge, "a canonical form with more than %d prefixes", maxPrefixes)
		}
		if i := slices.Index(f.Prefixes, "#default"); i >= 0 {
			f.Prefixes[i] = ""
		}
	}
	return f, nil
}
