// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// change says what an update did to a document, from the harmless to the rest.
type change int

const (
	changeNone       change = iota
	changeValidation        // document time stamps, data to validate signatures (DSS), metadata
	changeSignature         // a further signature
	changeForm              // values of form fields
	changeOther
)

// update is what came between two ends of the file.
type update struct {
	from   int
	change change
	why    string          // of changeOther
	filled map[string]bool // names of the fields that were filled in
}

// judgeUpdates compares the revisions that the signatures cover, one with the next and the last with the file as it is,
// and adds what follows to the signatures before. found is in the order of the revisions.
func judgeUpdates(doc *pdf.Document, found []*verified) error {
	var updates []update
	var c *comparison
	for i, v := range found {
		if v.old == nil {
			continue
		}
		next := doc
		for _, later := range found[i+1:] {
			if later.old != nil {
				next = later.old
				break
			}
		}
		if next.SameRevision(v.old) {
			continue
		}
		if c == nil {
			c = &comparison{}
			if err := c.begin(v.old); err != nil {
				return err
			}
		}
		u, err := c.compare(v.old, next)
		if err != nil {
			return err
		}
		updates = append(updates, u)
	}
	for _, v := range found {
		if v.old == nil {
			continue
		}
		if err := v.judge(doc, updates); err != nil {
			return err
		}
	}
	return nil
}

// judge says what the updates after a signature mean for it.
func (v *verified) judge(doc *pdf.Document, updates []update) error {
	level, err := allowed(v.old, v.dict)
	if err != nil {
		return err
	}
	lock, err := lockedTo(v.old, v.field)
	if err != nil {
		return err
	}
	level = min(level, lock)
	for _, u := range updates {
		if u.from < v.cover.end {
			continue
		}
		v.result.Cover = document.CoverRevision
		switch {
		case u.change == changeOther:
			v.result.Add(document.Refuse(document.FaultChangedAfter, u.why))
			continue
		case level == allowNothing && u.change > changeValidation:
			v.result.Add(document.Refuse(document.FaultChangedAfter, "the certification allows no changes, and something was added"))
		}
		if u.change == changeForm {
			locked, err := v.locks(u.filled)
			if err != nil {
				return err
			}
			if locked {
				v.result.Add(document.Refuse(document.FaultChangedAfter, "a field was filled in that the signature locks"))
			}
			v.note("form fields were filled in after the signature")
		}
		if u.change == changeSignature {
			v.note("another signature was added")
		}
	}
	if rest := doc.Bytes()[doc.End():]; !blank(rest) {
		v.result.Add(document.Refuse(document.FaultChangedAfter, fmt.Sprintf("%d bytes after the end of the document", len(rest))))
	}
	return nil
}

func (v *verified) note(text string) {
	if !slices.Contains(v.result.Notes, text) {
		v.result.Notes = append(v.result.Notes, text)
	}
}

func blank(b []byte) bool {
	for _, c := range b {
		if c != '\n' && c != '\r' && c != ' ' && c != '\t' && c != 0 {
			return false
		}
	}
	return true
}

// locks says that one of the fields is locked by the signature (FieldMDP, ISO 32000-2, 12.8.2.4).
func (v *verified) locks(names map[string]bool) (bool, error) {
	references, err := v.old.Array(v.dict["Reference"])
	if err != nil {
		return false, err
	}
	for _, r := range references {
		d, err := v.old.Dict(r)
		if err != nil {
			return false, err
		}
		if d["TransformMethod"] != pdf.Name("FieldMDP") {
			continue
		}
		params, err := v.old.Dict(d["TransformParams"])
		if err != nil {
			return false, err
		}
		list, err := v.old.Array(params["Fields"])
		if err != nil {
			return false, err
		}
		listed := func(name string) bool {
			return slices.ContainsFunc(list, func(o pdf.Object) bool {
				s, ok := o.(pdf.String)
				text := s.Text()
				return ok && (name == text || len(name) > len(text) && name[:len(text)+1] == text+".")
			})
		}
		for name := range maps.Keys(names) {
			switch params["Action"] {
			case pdf.Name("Include"):
				if listed(name) {
					return true, nil
				}
			case pdf.Name("Exclude"):
				if !listed(name) {
					return true, nil
				}
			default: // All, and what is not known
				return true, nil
			}
		}
	}
	return false, nil
}
