// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"fmt"
	"maps"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// maxDangling is how many references to nothing are remembered; files with more are refused.
const maxDangling = 1_000_000

// comparison compares revisions that follow each other. It starts from the rule that nothing may change, and knows the
// few exceptions: an object that changed has to be one of those, in one of the ways, that a signature, a form field or
// validation data need.
type comparison struct {
	// dangling are numbers that the document refers to without having them. An update that defines one changes the
	// document, though it changes no object.
	dangling map[int]bool
	annots   map[int]bool // arrays that are the annotations of a page

	old, new *pdf.Document
	roles    roles
	result   update
}

// roles are the objects of the old revision that may change in their own way. -1: there is none.
type roles struct {
	root, form, fieldList, info, metadata int
	validation                            map[int]bool     // what belongs to the DSS
	fields                                map[int]field    // of the old revision
	added                                 map[pdf.Ref]bool // widgets and fields of further signatures
}

// begin reads every object of the first revision.
func (c *comparison) begin(doc *pdf.Document) error {
	c.dangling, c.annots = map[int]bool{}, map[int]bool{}
	doc.Each(func(_, stream int) bool {
		if stream >= 0 && !doc.Has(stream) {
			c.dangling[stream] = true
		}
		return true
	})
	if err := eachObject(doc, func(_ int, o pdf.Object) { c.learn(doc, o) }); err != nil {
		return err
	}
	if len(c.dangling) > maxDangling {
		return document.Refuse(document.FaultTooLarge, "too many references to nothing")
	}
	return nil
}

// learn remembers the references of one object.
func (c *comparison) learn(doc *pdf.Document, o pdf.Object) {
	pdf.References(o, func(r pdf.Ref) {
		if !doc.Has(r.Number) {
			c.dangling[r.Number] = true
		}
	})
	if d, ok := o.(pdf.Dict); ok && d["Type"] == pdf.Name("Page") {
		if r, ok := d["Annots"].(pdf.Ref); ok {
			c.annots[r.Number] = true
		}
	}
}

// compare says what happened between two revisions.
func (c *comparison) compare(old, now *pdf.Document) (update, error) {
	c.old, c.new, c.result = old, now, update{from: old.Size(), filled: map[string]bool{}}
	for _, t := range now.Trailers(old) {
		if !pdf.Equal(t["Root"], old.Trailer["Root"]) {
			c.other("the document has another catalogue")
		}
	}
	if err := c.assignRoles(); err != nil {
		return update{}, err
	}
	changed := now.Changed(old)
	for _, number := range changed {
		if err := c.object(number); err != nil {
			return update{}, err
		}
		if c.result.change == changeOther {
			return c.result, nil // the first one is enough
		}
	}
	for _, number := range changed {
		if o, err := now.Number(number); err == nil {
			delete(c.dangling, number)
			c.learn(now, o)
		}
	}
	return c.result, nil
}

func (c *comparison) other(format string, a ...any) {
	if c.result.change < changeOther {
		c.result.change, c.result.why = changeOther, fmt.Sprintf(format, a...)
	}
}

func (c *comparison) atLeast(n change) { c.result.change = max(c.result.change, n) }

// assignRoles finds the objects that may change.
func (c *comparison) assignRoles() error {
	root, err := c.old.Root()
	if err != nil {
		return err
	}
	r := roles{
		root: c.old.RootRef().Number, form: number(root["AcroForm"]), info: number(c.old.Trailer["Info"]),
		metadata: number(root["Metadata"]), fieldList: -1, validation: map[int]bool{}, fields: map[int]field{}, added: map[pdf.Ref]bool{},
	}
	form, err := form(c.old)
	if err != nil {
		return err
	}
	r.fieldList = number(form["Fields"])
	all, err := fields(c.old)
	if err != nil {
		return err
	}
	for _, f := range all.nodes {
		r.fields[f.ref.Number] = f
	}
	c.roles = r
	c.collect(root["DSS"], 0)
	return c.findAdded()
}

func number(o pdf.Object) int {
	if r, ok := o.(pdf.Ref); ok {
		return r.Number
	}
	return -1
}

// collect finds the objects of the DSS (ISO 32000-2, 12.8.4.3): dictionaries, arrays and streams, four levels deep.
func (c *comparison) collect(o pdf.Object, depth int) {
	const most = 10_000
	if depth > 4 || len(c.roles.validation) > most {
		return
	}
	pdf.References(o, func(r pdf.Ref) {
		if c.roles.validation[r.Number] {
			return
		}
		inside, err := c.old.Load(r)
		if err != nil {
			return
		}
		if d, ok := inside.(pdf.Dict); ok && d["Type"] != nil && d["Type"] != pdf.Name("DSS") && d["Type"] != pdf.Name("VRI") {
			return
		}
		c.roles.validation[r.Number] = true
		c.collect(inside, depth+1)
	})
}

// object looks at one object that the update wrote.
func (c *comparison) object(number int) error {
	if c.new.SamePlace(c.old, number) {
		return nil
	}
	now, err := c.new.Number(number)
	if err != nil {
		return fmt.Errorf("an object of an update: %w", err)
	}
	if !c.old.Has(number) {
		if c.dangling[number] && now != nil {
			c.other("object %d was missing in the signed document, and was added", number)
		}
		return nil // by itself it does nothing: something else must refer to it, and that is looked at
	}
	then, err := c.old.Number(number)
	if err != nil { // it could not be read in the signed document, and now perhaps can
		c.other("object %d, which was damaged in the signed document, was replaced", number)
		return nil
	}
	if s, ok := then.(*pdf.Stream); ok && s.Dict["Type"] == pdf.Name("ObjStm") {
		c.other("object stream %d was replaced", number)
		return nil
	}
	was, ok1 := c.old.Reference(number)
	is, ok2 := c.new.Reference(number)
	if pdf.Equal(then, now) && was == is && ok1 == ok2 {
		return nil
	}
	return c.changedObject(number, then, now)
}

// changedObject finds the role of an object that is not what it was.
func (c *comparison) changedObject(number int, then, now pdf.Object) error {
	r := c.roles
	switch {
	case isXref(then) && isXref(now):
		return nil
	case number == r.root:
		return c.catalogue(then, now)
	case number == r.form:
		return c.form(then, now)
	case number == r.fieldList || c.annots[number]:
		return c.list(then, now, fmt.Sprintf("array %d", number))
	case number == r.info && plainInfo(then) && plainInfo(now), number == r.metadata && isMetadata(then) && isMetadata(now),
		r.validation[number]:
		c.atLeast(changeValidation)
		return nil
	}
	a, ok1 := then.(pdf.Dict)
	b, ok2 := now.(pdf.Dict)
	if f, there := r.fields[number]; there && ok1 && ok2 {
		return c.field(f, a, b)
	}
	if ok1 && ok2 && a["Type"] == pdf.Name("Page") && b["Type"] == pdf.Name("Page") {
		return c.page(a, b, number)
	}
	c.other("object %d was changed", number)
	return nil
}

func isXref(o pdf.Object) bool {
	s, ok := o.(*pdf.Stream)
	return ok && s.Dict["Type"] == pdf.Name("XRef")
}

func isMetadata(o pdf.Object) bool {
	s, ok := o.(*pdf.Stream)
	return ok && s.Dict["Type"] == pdf.Name("Metadata")
}

// plainInfo says that a dictionary holds nothing but texts and names: so that nothing else that refers to it is changed.
func plainInfo(o pdf.Object) bool {
	d, ok := o.(pdf.Dict)
	for _, v := range maps.All(d) {
		switch v.(type) {
		case pdf.String, pdf.Name:
		default:
			return false
		}
	}
	return ok && d["Type"] == nil
}
