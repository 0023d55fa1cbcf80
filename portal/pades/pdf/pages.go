// SPDX-License-Identifier: BSD-3-Clause

package pdf

import "fmt"

// Page is one page with what it inherits.
type Page struct {
	Ref  Ref
	Dict Dict
	// MediaBox and CropBox are x and y of the lower left corner, then of the upper right one. The crop box is cut to the
	// media box.
	MediaBox, CropBox [4]float64
	// Rotate is 0, 90, 180 or 270: by how much a viewer turns the page, clockwise.
	Rotate int
}

// Page finds a page, the first being 1 (7.7.3). A tree with circles or without end is refused.
func (d *Document) Page(number int) (Page, error) {
	if number < 1 || number > maxPages {
		return Page{}, fmt.Errorf("page %d: %w", number, ErrNoPage)
	}
	root, err := d.Root()
	if err != nil {
		return Page{}, err
	}
	w := pageWalk{doc: d, seen: map[Ref]bool{}, left: number}
	found, err := w.walk(root["Pages"], Dict{}, 0)
	if err != nil {
		return Page{}, fmt.Errorf("page %d: %w", number, err)
	}
	if !found {
		return Page{}, fmt.Errorf("page %d of %d: %w", number, number-w.left, ErrNoPage)
	}
	return w.page()
}

// Pages counts the pages, by going through all of them.
func (d *Document) Pages() (int, error) {
	root, err := d.Root()
	if err != nil {
		return 0, err
	}
	w := pageWalk{doc: d, seen: map[Ref]bool{}, left: maxPages + 1}
	found, err := w.walk(root["Pages"], Dict{}, 0)
	switch {
	case err != nil:
		return 0, fmt.Errorf("counting pages: %w", err)
	case found:
		return 0, fmt.Errorf("more than %d pages: %w", maxPages, ErrTooLarge)
	}
	return maxPages + 1 - w.left, nil
}

// Root is the catalogue.
func (d *Document) Root() (Dict, error) {
	root, err := d.Dict(d.Trailer["Root"])
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	if root["Type"] != Name("Catalog") {
		return nil, fmt.Errorf("/Root is no catalogue: %w", ErrMalformed)
	}
	return root, nil
}

// RootRef is the reference of the catalogue.
func (d *Document) RootRef() Ref { return d.Trailer["Root"].(Ref) } // Open has looked

type pageWalk struct {
	doc       *Document
	seen      map[Ref]bool
	left      int // pages still to pass
	ref       Ref
	dict      Dict
	inherited Dict
}

var inheritable = []Name{"MediaBox", "CropBox", "Rotate"} // and /Resources (table 31), which nobody needs here

func (w *pageWalk) walk(node Object, inherited Dict, depth int) (bool, error) {
	ref, ok := node.(Ref)
	if !ok {
		return false, fmt.Errorf("a node of the page tree is not a reference: %w", ErrMalformed)
	}
	if depth > maxDepth || w.seen[ref] {
		return false, fmt.Errorf("the page tree leads back to object %d, or has no end: %w", ref.Number, ErrMalformed)
	}
	w.seen[ref] = true
	dict, err := w.doc.Dict(ref)
	if err != nil {
		return false, err
	}
	mine := Dict{}
	for _, k := range inheritable {
		if v, there := dict[k]; there {
			mine[k] = v
		} else if v, there := inherited[k]; there {
			mine[k] = v
		}
	}
	switch dict["Type"] {
	case Name("Page"):
		if w.left--; w.left == 0 {
			w.ref, w.dict, w.inherited = ref, dict, mine
			return true, nil
		}
		return false, nil
	case Name("Pages"):
		kids, err := w.doc.Array(dict["Kids"])
		if err != nil {
			return false, err
		}
		for _, kid := range kids {
			if found, err := w.walk(kid, mine, depth+1); found || err != nil {
				return found, err
			}
		}
		return false, nil
	}
	return false, fmt.Errorf("object %d of the page tree is no page: %w", ref.Number, ErrMalformed)
}

func (w *pageWalk) page() (Page, error) {
	p := Page{Ref: w.ref, Dict: w.dict}
	var err error
	if p.MediaBox, err = w.doc.rectangle(w.inherited["MediaBox"]); err != nil {
		return Page{}, fmt.Errorf("/MediaBox: %w", err)
	}
	p.CropBox = p.MediaBox
	if c, there := w.inherited["CropBox"]; there {
		crop, err := w.doc.rectangle(c)
		if err != nil {
			return Page{}, fmt.Errorf("/CropBox: %w", err)
		}
		m := p.MediaBox
		p.CropBox = [4]float64{max(m[0], crop[0]), max(m[1], crop[1]), min(m[2], crop[2]), min(m[3], crop[3])}
		if p.CropBox[0] >= p.CropBox[2] || p.CropBox[1] >= p.CropBox[3] {
			p.CropBox = m
		}
	}
	turn, err := w.doc.Resolve(w.inherited["Rotate"])
	if err != nil {
		return Page{}, err
	}
	if n, ok := turn.(int64); ok {
		if n%90 != 0 {
			return Page{}, fmt.Errorf("/Rotate %d: %w", n, ErrMalformed)
		}
		p.Rotate = int((n%360 + 360) % 360)
	}
	return p, nil
}

// rectangle reads four numbers, and puts the corners in order (7.9.5).
func (d *Document) rectangle(o Object) ([4]float64, error) {
	a, err := d.Array(o)
	if err != nil {
		return [4]float64{}, err
	}
	if len(a) != 4 {
		return [4]float64{}, fmt.Errorf("not four numbers: %w", ErrMalformed)
	}
	var r [4]float64
	for i := range a {
		v, err := d.Resolve(a[i])
		if err != nil {
			return r, err
		}
		n, ok := Number(v)
		if !ok || n < -1e6 || n > 1e6 { // largest: 14,400 units (annex C), with a wide margin
			return r, fmt.Errorf("not four numbers: %w", ErrMalformed)
		}
		r[i] = n
	}
	r[0], r[2] = min(r[0], r[2]), max(r[0], r[2])
	r[1], r[3] = min(r[1], r[3]), max(r[1], r[3])
	return r, nil
}
