// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"iter"
	"slices"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/xades/canon"
)

// Message is a document with signatures, or signatures apart from their document, that was read.
type Message struct {
	doc        *canon.Document
	signatures []attempt
}

// attempt is a signature, or why it cannot be read.
type attempt struct {
	signature *signature
	err       error
}

// Read reads XML with signatures. It verifies nothing. What it refuses is a *document.Refusal.
func Read(b []byte) (*Message, error) {
	doc, err := canon.Parse(b)
	if err != nil {
		return nil, err
	}
	nodes := signaturesIn(doc)
	switch {
	case len(nodes) == 0:
		return nil, refuse(document.FaultNoSignature, "no signature in this XML")
	case len(nodes) > MaxSignatures:
		return nil, refuse(document.FaultTooLarge, "more than %d signatures", MaxSignatures)
	}
	m := &Message{doc: doc}
	for _, n := range nodes {
		s, err := readSignature(n)
		m.signatures = append(m.signatures, attempt{s, err})
	}
	return m, nil
}

// Signatures is how many there are.
func (m *Message) Signatures() int { return len(m.signatures) }

// Separate says that the whole XML is signatures, so that what they sign is inside of them or elsewhere.
func (m *Message) Separate() bool { return separate(m.doc) }

func separate(doc *canon.Document) bool {
	return doc.Root.Is(nsDSig, "Signature") || doc.Root.Is(nsASiC, "XAdESSignatures")
}

// URIs are those of what was signed outside of this XML, for Input.Contents, each once.
func (m *Message) URIs() []string {
	var all []string
	for r := range m.outside() {
		if !slices.Contains(all, r.uri) {
			all = append(all, r.uri)
		}
	}
	return all
}

// outside are the references to what is not in this XML.
func (m *Message) outside() iter.Seq[*reference] {
	return func(yield func(*reference) bool) {
		for _, a := range m.signatures {
			if a.err != nil {
				continue
			}
			for _, r := range a.signature.references {
				if r.outside() && !yield(r) {
					return
				}
			}
		}
	}
}

// signaturesIn are those that are not inside of others: these are part of what the others sign, or countersignatures.
func signaturesIn(doc *canon.Document) []*canon.Node {
	var found []*canon.Node
	doc.Node.Walk(func(n *canon.Node) bool {
		if n.Is(nsDSig, "Signature") {
			found = append(found, n)
			return false
		}
		return true
	})
	return found
}

// outside says that a reference is to something that is not in the same XML.
func (r *reference) outside() bool { return r.uri != "" && r.uri[0] != '#' }

// inside finds what a reference to the same XML means (xmldsig-core1, 4.4.3.2 and 4.4.3.3): the whole, or the only element
// with that identifier.
func (r *reference) inside(doc *canon.Document) (*canon.Node, error) {
	if r.uri == "" {
		return doc.Node, nil
	}
	id := r.uri[1:]
	if id == "" || len(id) > maxIDs || id[len(id)-1] == ')' {
		return nil, refuse(document.FaultReference, "an XPointer, which is not accepted: %.80q", r.uri)
	}
	switch found := doc.ByID(id); len(found) {
	case 0:
		return nil, refuse(document.FaultReference, "nothing has the identifier %.80q", id)
	case 1:
		return found[0], nil
	default:
		return nil, refuse(document.FaultReference, "several elements have the identifier %.80q", id)
	}
}
