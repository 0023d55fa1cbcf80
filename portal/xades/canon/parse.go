// SPDX-License-Identifier: BSD-3-Clause

package canon

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ponte-cns/ponte/portal/document"
)

// Ceilings of a document.
const (
	MaxSize = 20 << 20 // bytes

	maxDepth      = 100
	maxNodes      = 1_000_000 // elements, texts, comments and instructions; attributes likewise
	maxAttributes = 256       // of one element, with declarations of namespaces
)

func tooLarge(format string, a ...any) error {
	return document.Refuse(document.FaultTooLarge, fmt.Sprintf(format, a...))
}

func malformed(format string, a ...any) error {
	return document.Refuse(document.FaultFormat, fmt.Sprintf(format, a...))
}

// Parse reads a document. Its errors are *document.Refusal.
func Parse(b []byte) (*Document, error) {
	if len(b) > MaxSize {
		return nil, tooLarge("XML of more than %d MB", MaxSize>>20)
	}
	if !legal(b) {
		return nil, malformed("not UTF-8, or with characters that XML does not allow")
	}
	bom := 0
	if bytes.HasPrefix(b, []byte("\uFEFF")) {
		bom = len("\uFEFF")
	}
	text, err := level(b[bom:])
	if err != nil {
		return nil, err
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("encoding %.20q", charset)
	}
	doc := &Document{Node: &Node{Kind: Root}, ids: map[string][]*Node{}}
	p := &parser{doc: doc, at: doc.Node, scope: map[string]string{"xml": namespaceXML}}
	for {
		begin := d.InputOffset()
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, document.RefuseFor(document.FaultFormat, err)
		}
		if err := p.add(t, int(begin), int(d.InputOffset())); err != nil {
			return nil, err
		}
	}
	if doc.Root == nil || p.at != doc.Node {
		return nil, malformed("no root element, or one that does not end")
	}
	doc.End += bom
	return doc, nil
}

// parser is what Parse has seen so far.
type parser struct {
	doc               *Document
	at                *Node // where the next node comes
	depth             int
	nodes, attributes int
	scope             map[string]string // what prefixes stand for
	undo              [][]declaration   // what they stood for outside of each open element; "" for nothing
}

func (p *parser) add(t xml.Token, begin, end int) error {
	if _, end := t.(xml.EndElement); !end {
		p.nodes++
	}
	if p.nodes > maxNodes {
		return tooLarge("XML of more than %d parts", maxNodes)
	}
	switch t := t.(type) {
	case xml.StartElement:
		return p.open(t)
	case xml.EndElement:
		return p.close(t, begin, end)
	case xml.CharData:
		return p.text(string(t))
	case xml.Comment:
		p.doc.Altered = true
		p.append(&Node{Kind: Comment, Data: lineEnds(string(t))})
	case xml.ProcInst:
		return p.instruction(t, begin)
	default:
		return malformed("a document type declaration")
	}
	return nil
}

func (p *parser) append(n *Node) {
	n.Parent = p.at
	p.at.Children = append(p.at.Children, n)
}

func (p *parser) open(t xml.StartElement) error {
	n := &Node{Kind: Element, Prefix: t.Name.Space, Local: t.Name.Local}
	if p.at.Kind == Root {
		if p.doc.Root != nil {
			return malformed("two root elements")
		}
		p.doc.Root = n
	}
	if p.depth++; p.depth > maxDepth {
		return tooLarge("XML of more than %d levels", maxDepth)
	}
	if p.attributes += len(t.Attr); p.attributes > maxNodes || len(t.Attr) > maxAttributes {
		return tooLarge("XML with too many attributes")
	}
	p.append(n)
	p.at = n
	if err := p.declare(n, t.Attr); err != nil {
		return err
	}
	return p.name(n, t.Attr)
}

// declare reads the declarations of namespaces (W3C xml-names, 2.2 and 3).
func (p *parser) declare(n *Node, attributes []xml.Attr) error {
	var before []declaration
	for _, a := range attributes {
		prefix := ""
		switch {
		case a.Name.Space == "xmlns":
			prefix = a.Name.Local
		case a.Name.Space != "" || a.Name.Local != "xmlns":
			continue
		}
		switch {
		case prefix == "xml" && a.Value == namespaceXML:
			continue // as it always is
		case prefix == "xml" || prefix == "xmlns" || a.Value == namespaceXML || a.Value == namespaceXMLNS:
			return malformed("a prefix of XML itself is declared")
		case prefix != "" && a.Value == "":
			return malformed("the prefix %.40q is declared as nothing", prefix)
		}
		for _, d := range n.declared {
			if d.prefix == prefix {
				return malformed("the prefix %.40q is declared twice", prefix)
			}
		}
		before = append(before, declaration{prefix, p.scope[prefix]})
		n.declared = append(n.declared, declaration{prefix, a.Value})
		p.scope[prefix] = a.Value
	}
	p.undo = append(p.undo, before)
	return nil
}

// name gives the element and its attributes their namespaces.
func (p *parser) name(n *Node, attributes []xml.Attr) error {
	if n.Space = p.scope[n.Prefix]; n.Prefix != "" && n.Space == "" || strings.Contains(n.Local, ":") {
		return malformed("the prefix of %.40q is declared nowhere", n.Prefix+":"+n.Local)
	}
	var seen map[xml.Name]bool
	if len(attributes) > 1 {
		seen = make(map[xml.Name]bool, len(attributes))
	}
	for _, a := range attributes {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		it := Attribute{Prefix: a.Name.Space, Local: a.Name.Local, Value: a.Value}
		if it.Prefix != "" {
			it.Space = p.scope[it.Prefix]
		}
		if it.Prefix != "" && it.Space == "" || strings.Contains(it.Local, ":") {
			return malformed("the prefix of %.40q is declared nowhere", it.Prefix+":"+it.Local)
		}
		key := xml.Name{Space: it.Space, Local: it.Local}
		if seen[key] {
			return malformed("the attribute %.40q twice", it.Local)
		}
		if seen != nil {
			seen[key] = true
		}
		n.Attributes = append(n.Attributes, it)
		if isID(it) {
			p.doc.ids[it.Value] = append(p.doc.ids[it.Value], n)
		}
	}
	return nil
}

// isID says that an attribute names its element. Without a schema these are known by their name alone.
func isID(a Attribute) bool {
	switch a.Local {
	case "Id", "ID":
		return a.Space == ""
	case "id":
		return a.Space == "" || a.Space == namespaceXML
	}
	return false
}

func (p *parser) close(t xml.EndElement, begin, end int) error {
	n := p.at
	if n.Kind == Root || t.Name.Space != n.Prefix || t.Name.Local != n.Local {
		return malformed("the end tag %.40q has no beginning", t.Name.Local)
	}
	last := len(p.undo) - 1
	for _, d := range p.undo[last] {
		p.scope[d.prefix] = d.uri
	}
	p.undo = p.undo[:last]
	p.depth--
	if p.at = n.Parent; p.at.Kind == Root {
		p.doc.End, p.doc.Empty = begin, begin == end
	}
	return nil
}

func (p *parser) text(s string) error {
	if p.at.Kind == Root {
		if strings.Trim(s, " \t\r\n") != "" {
			return malformed("text outside of the root element")
		}
		return nil
	}
	p.append(&Node{Kind: Text, Data: s})
	return nil
}

func (p *parser) instruction(t xml.ProcInst, begin int) error {
	if t.Target == "xml" && begin == 0 {
		return nil // the XML declaration, which encoding/xml has read
	}
	if strings.EqualFold(t.Target, "xml") || strings.Contains(t.Target, ":") {
		return malformed("an instruction of a name that is not allowed")
	}
	p.doc.Altered = true
	p.append(&Node{Kind: Instruction, Local: t.Target, Data: lineEnds(string(t.Inst))})
	return nil
}

// lineEnds makes one line feed of each line end (XML, 2.11), which encoding/xml does for text only.
func lineEnds(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}
