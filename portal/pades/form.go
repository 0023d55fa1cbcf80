// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"fmt"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// Limits of forms. A tax return has some 2,000 fields.
const (
	maxFields     = 50_000
	maxFieldDepth = 32
	maxSignatures = 64
)

// field is a node of a form, with what it inherits (ISO 32000-2, 12.7.4).
type field struct {
	ref  pdf.Ref
	dict pdf.Dict
	name string // fully qualified
	kind pdf.Object
	// value is /V of a signature field as it stands: as a rule a reference. nil: it is not signed.
	value pdf.Object
}

// form is the interactive form, which may be missing.
func form(doc *pdf.Document) (pdf.Dict, error) {
	root, err := doc.Root()
	if err != nil {
		return nil, err
	}
	return doc.Dict(root["AcroForm"])
}

type fieldWalk struct {
	doc       *pdf.Document
	seen      map[pdf.Ref]bool
	nodes     []field
	signature []field // those of the nodes that are signed
}

// fields goes through the fields of the form, with those that only group others.
func fields(doc *pdf.Document) (fieldWalk, error) {
	w := fieldWalk{doc: doc, seen: map[pdf.Ref]bool{}}
	f, err := form(doc)
	if err != nil {
		return w, fmt.Errorf("form: %w", err)
	}
	roots, err := doc.Array(f["Fields"])
	if err != nil {
		return w, fmt.Errorf("fields of the form: %w", err)
	}
	for _, r := range roots {
		if err := w.walk(r, field{}, 0); err != nil {
			return w, fmt.Errorf("fields of the form: %w", err)
		}
	}
	return w, nil
}

func (w *fieldWalk) walk(node pdf.Object, parent field, depth int) error {
	ref, ok := node.(pdf.Ref)
	if !ok {
		return fmt.Errorf("a field that is not a reference: %w", pdf.ErrMalformed)
	}
	if w.seen[ref] || depth > maxFieldDepth {
		return fmt.Errorf("field %d is its own ancestor, or comes twice: %w", ref.Number, pdf.ErrMalformed)
	}
	w.seen[ref] = true
	if len(w.seen) > maxFields {
		return fmt.Errorf("more than %d fields: %w", maxFields, pdf.ErrTooLarge)
	}
	dict, err := w.doc.Dict(ref)
	if err != nil || dict == nil { // a field that was deleted is null
		return err
	}
	f := field{ref: ref, dict: dict, name: parent.name, kind: parent.kind}
	if t, ok := dict["T"].(pdf.String); ok {
		if f.name != "" {
			f.name += "."
		}
		if f.name += t.Text(); len(f.name) > 10_000 {
			return fmt.Errorf("the name of a field: %w", pdf.ErrTooLarge)
		}
	}
	if k, there := dict["FT"]; there {
		f.kind = k
	}
	if f.kind == pdf.Name("Sig") {
		f.value = dict["V"] // not inherited: that is for what one fills in
	}
	kids, err := w.doc.Array(dict["Kids"])
	if err != nil {
		return err
	}
	w.nodes = append(w.nodes, f)
	if f.kind == pdf.Name("Sig") && dict["V"] != nil { // its kids are only widgets
		w.signature = append(w.signature, f)
		return nil
	}
	for _, k := range kids {
		if err := w.walk(k, f, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// signed is a field with a signature.
type signed struct {
	field
	dict pdf.Dict
}

// signatures lists the fields that are signed, in the order of the form. Document time stamps are among them.
func signatures(doc *pdf.Document) ([]signed, error) {
	all, err := fields(doc)
	if err != nil {
		return nil, err
	}
	var out []signed
	for _, f := range all.signature {
		d, err := doc.Dict(f.value)
		if err != nil {
			return nil, fmt.Errorf("signature of field %d: %w", f.ref.Number, err)
		}
		if d == nil {
			continue
		}
		if len(out) == maxSignatures {
			return nil, document.Refuse(document.FaultTooLarge, fmt.Sprintf("more than %d signatures", maxSignatures))
		}
		out = append(out, signed{f, d})
	}
	return out, nil
}

// What a certification allows (ISO 32000-2, table 257).
const (
	allowNothing     = 1
	allowForms       = 2 // and signatures
	allowAnnotations = 3
	allowAll         = 4 // not certified
)

// allowed is what the certification of a signature allows; allowAll when it is none.
func allowed(doc *pdf.Document, sig pdf.Dict) (int, error) {
	references, err := doc.Array(sig["Reference"])
	if err != nil {
		return 0, fmt.Errorf("/Reference of a signature: %w", err)
	}
	least := allowAll
	for _, r := range references {
		d, err := doc.Dict(r)
		if err != nil {
			return 0, fmt.Errorf("/Reference of a signature: %w", err)
		}
		if d["TransformMethod"] != pdf.Name("DocMDP") {
			continue
		}
		params, err := doc.Dict(d["TransformParams"])
		if err != nil {
			return 0, fmt.Errorf("/TransformParams: %w", err)
		}
		level := allowForms // the default
		if p, there := params["P"]; there {
			n, ok := p.(int64)
			if !ok || n < allowNothing || n > allowAnnotations {
				n = allowNothing
			}
			level = int(n)
		}
		least = min(least, level)
	}
	return least, nil
}

// lockedTo is what the lock of a signed field allows (table 236, /P, of PDF 2.0).
func lockedTo(doc *pdf.Document, f field) (int, error) {
	lock, err := doc.Dict(f.dict["Lock"])
	if err != nil {
		return 0, fmt.Errorf("/Lock of a field: %w", err)
	}
	if n, ok := lock["P"].(int64); ok && n >= allowNothing && n <= allowAnnotations {
		return int(n), nil
	}
	return allowAll, nil
}

// mayBeSigned refuses a document that an earlier signature closed.
func mayBeSigned(doc *pdf.Document, earlier []signed) error {
	root, err := doc.Root()
	if err != nil {
		return err
	}
	perms, err := doc.Dict(root["Perms"])
	if err != nil {
		return fmt.Errorf("/Perms: %w", err)
	}
	certification, err := doc.Dict(perms["DocMDP"])
	if err != nil {
		return fmt.Errorf("/Perms /DocMDP: %w", err)
	}
	levels := []func() (int, error){func() (int, error) { return allowed(doc, certification) }}
	for _, s := range earlier {
		levels = append(levels,
			func() (int, error) { return allowed(doc, s.dict) },
			func() (int, error) { return lockedTo(doc, s.field) })
	}
	for _, level := range levels {
		n, err := level()
		if err != nil {
			return err
		}
		if n == allowNothing {
			return document.Refuse(document.FaultNotAllowed, "an earlier signature certifies the document and allows no changes")
		}
	}
	return nil
}
