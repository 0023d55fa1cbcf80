// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// differing lists the keys whose values are not the same.
func differing(a, b pdf.Dict) []pdf.Name {
	var out []pdf.Name
	for k, v := range a {
		if w, there := b[k]; !there || !pdf.Equal(v, w) {
			out = append(out, k)
		}
	}
	for k := range b {
		if _, there := a[k]; !there {
			out = append(out, k)
		}
	}
	slices.Sort(out) // for the same words each time
	return out
}

// newObject says that a reference leads to an object that the old revision did not have.
func (c *comparison) newObject(r pdf.Ref) bool { return !c.old.Has(r.Number) && !c.dangling[r.Number] }

// findAdded finds the fields and widgets that were added for further signatures: new objects in /Fields, which are
// signature fields with nothing more than these need.
func (c *comparison) findAdded() error {
	f, err := form(c.new)
	if err != nil {
		return err
	}
	list, err := c.new.Array(f["Fields"])
	if err != nil {
		return err
	}
	for _, o := range list {
		r, ok := o.(pdf.Ref)
		if !ok || !c.newObject(r) || len(c.roles.added) > maxSignatures {
			continue
		}
		d, err := c.new.Dict(r)
		if err != nil {
			return err
		}
		if d["FT"] != pdf.Name("Sig") || !only(d, fieldKeys) || !annotation(d) {
			continue
		}
		kids, err := c.new.Array(d["Kids"])
		if err != nil {
			return err
		}
		good := len(kids) <= 1
		for _, k := range kids {
			kid, ok := k.(pdf.Ref)
			if !ok || !c.newObject(kid) {
				good = false
				continue
			}
			w, err := c.new.Dict(kid)
			if err != nil {
				return err
			}
			good = good && only(w, fieldKeys) && annotation(w) && w["Kids"] == nil && pdf.Equal(w["Parent"], r)
			if good {
				c.roles.added[kid] = true
			}
		}
		c.roles.added[r] = good
	}
	return nil
}

// fieldKeys are those that a signature field with its widget has (ISO 32000-2, tables 166, 191, 226 and 235). No actions
// are among them, and nothing that would make it a page.
var fieldKeys = map[pdf.Name]bool{
	"Type": true, "Subtype": true, "FT": true, "T": true, "TU": true, "TM": true, "V": true, "Ff": true, "Kids": true,
	"Parent": true, "Lock": true, "SV": true, "Rect": true, "P": true, "AP": true, "F": true, "MK": true, "Border": true,
	"BS": true, "DA": true, "H": true, "M": true, "NM": true, "Contents": true, "StructParent": true,
}

func only(d pdf.Dict, keys map[pdf.Name]bool) bool {
	for k := range d {
		if !keys[k] {
			return false
		}
	}
	return true
}

// annotation says that a dictionary is a widget, or that it has no type, as a field without one.
func annotation(d pdf.Dict) bool {
	return (d["Type"] == nil || d["Type"] == pdf.Name("Annot")) && (d["Subtype"] == nil || d["Subtype"] == pdf.Name("Widget"))
}

// signatureChange is what a signed field amounts to.
func (c *comparison) signatureChange(value pdf.Object) (change, error) {
	v, err := c.new.Dict(value)
	if err != nil {
		return 0, err
	}
	if isTimeStamp(v) {
		return changeValidation, nil
	}
	return changeSignature, nil
}

// list looks at an array of fields or annotations: what was there stays in its order, and only further signatures follow.
func (c *comparison) list(then, now pdf.Object, what string) error {
	a, ok1 := then.(pdf.Array)
	b, ok2 := now.(pdf.Array)
	if (!ok1 && then != nil) || !ok2 || len(b) < len(a) || !pdf.Equal(a, b[:len(a)]) && len(a) > 0 {
		c.other("%s: something that was there is gone or another", what)
		return nil
	}
	for _, o := range b[len(a):] {
		r, ok := o.(pdf.Ref)
		if !ok || !c.roles.added[r] {
			c.other("%s: something was added that is no signature", what)
			return nil
		}
		d, err := c.new.Dict(r)
		if err != nil {
			return err
		}
		value := d["V"]
		if parent, ok := d["Parent"].(pdf.Ref); ok && c.roles.added[parent] {
			p, err := c.new.Dict(parent)
			if err != nil {
				return err
			}
			value = p["V"]
		}
		n, err := c.signatureChange(value)
		if err != nil {
			return err
		}
		c.atLeast(n)
	}
	return nil
}

// resolved compares a value of two dictionaries as lists, where one of them may be a reference.
func (c *comparison) resolved(a, b pdf.Object, what string) error {
	then, err := c.old.Resolve(a)
	if err != nil {
		return err
	}
	now, err := c.new.Resolve(b)
	if err != nil {
		return err
	}
	return c.list(then, now, what)
}

// catalogue looks at the catalogue of the document.
func (c *comparison) catalogue(then, now pdf.Object) error {
	a, ok1 := then.(pdf.Dict)
	b, ok2 := now.(pdf.Dict)
	if !ok1 || !ok2 {
		c.other("the catalogue is none any more")
		return nil
	}
	for _, k := range differing(a, b) {
		switch k {
		case "AcroForm":
			x, err := c.old.Resolve(a[k])
			if err != nil {
				return err
			}
			y, err := c.new.Resolve(b[k])
			if err != nil {
				return err
			}
			if err := c.form(x, y); err != nil {
				return err
			}
		case "DSS", "Extensions", "Version":
			c.atLeast(changeValidation)
		case "Metadata":
			m, err := c.new.Resolve(b[k])
			if err != nil {
				return err
			}
			if !isMetadata(m) {
				c.other("the metadata are none")
			}
			c.atLeast(changeValidation)
		default:
			c.other("/%.40s of the catalogue was changed", k)
		}
	}
	return nil
}

// form looks at the form itself.
func (c *comparison) form(then, now pdf.Object) error {
	a, ok1 := then.(pdf.Dict)
	b, ok2 := now.(pdf.Dict)
	if (!ok1 && then != nil) || !ok2 {
		c.other("the form is none any more")
		return nil
	}
	for _, k := range differing(a, b) {
		switch k {
		case "Fields":
			if err := c.resolved(a[k], b[k], "the fields of the form"); err != nil {
				return err
			}
		case "SigFlags":
		case "NeedAppearances":
			if b[k] == true {
				c.other("the appearance of the form is to be made anew")
			}
		case "DR": // fonts for the fields
			if x, ok := b[k].(pdf.Dict); !ok || !extends(x, a[k]) {
				c.other("the fonts of the form were changed")
			}
		case "DA":
			if a[k] != nil {
				c.other("the text style of the form was changed")
			}
		default:
			c.other("/%.40s of the form was changed", k)
		}
	}
	return nil
}

// extends says that a dictionary has everything that another one had, also in the dictionaries inside.
func extends(now pdf.Dict, then pdf.Object) bool {
	if then == nil {
		return true
	}
	a, ok := then.(pdf.Dict)
	for k, v := range maps.All(a) {
		if inside, is := now[k].(pdf.Dict); is {
			ok = ok && extends(inside, v)
			continue
		}
		ok = ok && pdf.Equal(v, now[k])
	}
	return ok
}

// page looks at a page: only widgets of signatures may have been added.
func (c *comparison) page(a, b pdf.Dict, number int) error {
	for _, k := range differing(a, b) {
		if k != "Annots" {
			c.other("/%.40s of page object %d was changed", k, number)
			return nil
		}
		if err := c.resolved(a[k], b[k], fmt.Sprintf("the annotations of page object %d", number)); err != nil {
			return err
		}
	}
	return nil
}

// field looks at a field of the form: its value and appearance may change, but not a signature that it has.
func (c *comparison) field(f field, a, b pdf.Dict) error {
	signature := f.kind == pdf.Name("Sig")
	for _, k := range differing(a, b) {
		switch k {
		case "V", "AP", "AS", "M", "I", "RV", "F", "MK":
		default:
			c.other("/%.40s of field object %d was changed", k, f.ref.Number)
			return nil
		}
		if signature && f.value != nil && k != "M" {
			c.other("a signed field was changed")
			return nil
		}
		if !signature && (k == "F" || k == "MK") {
			c.other("/%s of field object %d was changed", k, f.ref.Number)
			return nil
		}
	}
	if !signature {
		c.result.filled[f.name] = true
		c.atLeast(changeForm)
		return nil
	}
	n, err := c.signatureChange(b["V"])
	if err != nil {
		return err
	}
	c.atLeast(n)
	return nil
}
