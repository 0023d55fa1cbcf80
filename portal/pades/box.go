// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"fmt"
	"math"

	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// Box is the visible part of a signature: a frame with who signed, when and why. Its place is in points (1/72 inch) from
// the lower left corner of the page as a viewer shows it, turned and cropped as the page says.
type Box struct {
	Page                int // the first is 1
	X, Y, Width, Height float64

	// Language of the words in the box: "it", "en" or "de". Empty: "it".
	Language string
	// Title stands above the name. Empty: "Firmato da", "Signed by", "Unterschrieben von".
	Title string
}

// Smallest and largest box. The smallest has room for a short name.
const (
	smallestWidth  = 40
	smallestHeight = 12
	largestSide    = 14400 // ISO 32000-2, annex C
)

// draw adds the appearance of the widget, and its place on the page.
func (b *Box) draw(u *pdf.Update, page pdf.Page, o Options, widget pdf.Dict) error {
	rect, matrix, err := b.place(page)
	if err != nil {
		return err
	}
	content, err := b.content(o)
	if err != nil {
		return err
	}
	regular, bold, form := u.Reserve(), u.Reserve(), u.Reserve()
	u.Write(regular, font("Helvetica"))
	u.Write(bold, font("Helvetica-Bold"))
	u.Write(form, &pdf.Stream{
		Dict: pdf.Dict{
			"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"),
			"BBox":      pdf.Array{int64(0), int64(0), rounded(b.Width), rounded(b.Height)},
			"Matrix":    matrix,
			"Resources": pdf.Dict{"Font": pdf.Dict{"R": regular, "B": bold}},
		},
		Raw: content,
	})
	widget["Rect"] = rect
	widget["AP"] = pdf.Dict{"N": form}
	return nil
}

func font(name pdf.Name) pdf.Dict {
	return pdf.Dict{
		"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type1"), "BaseFont": name, "Encoding": pdf.Name("WinAnsiEncoding"),
	}
}

// rounded writes a coordinate with two digits after the point.
func rounded(f float64) pdf.Real { return pdf.Real(fmt.Sprintf("%.2f", f)) }

// place turns the box as the page is turned: /Rect in the coordinates of the page, and the matrix that keeps the text
// upright for who looks at it (ISO 32000-2, 12.5.5).
func (b *Box) place(page pdf.Page) (rect, matrix pdf.Array, err error) {
	for _, n := range []float64{b.X, b.Y, b.Width, b.Height} {
		if math.IsNaN(n) || math.Abs(n) > largestSide {
			return nil, nil, fmt.Errorf("a box that is no box: %w", ErrBoxOutside)
		}
	}
	if b.Width < smallestWidth || b.Height < smallestHeight {
		return nil, nil, fmt.Errorf("%.1f by %.1f points, smaller than %d by %d: %w", b.Width, b.Height, smallestWidth, smallestHeight, ErrBoxSmall)
	}
	c := page.CropBox
	width, height := c[2]-c[0], c[3]-c[1]
	if page.Rotate%180 != 0 {
		width, height = height, width
	}
	const slack = 0.01 // of a point, for who computes places with fractions
	if b.X < -slack || b.Y < -slack || b.X+b.Width > width+slack || b.Y+b.Height > height+slack {
		return nil, nil, fmt.Errorf("a page of %.1f by %.1f points: %w", width, height, ErrBoxOutside)
	}
	x0, y0 := onPage(page, b.X, b.Y)
	x1, y1 := onPage(page, b.X+b.Width, b.Y+b.Height)
	rect = pdf.Array{rounded(min(x0, x1)), rounded(min(y0, y1)), rounded(max(x0, x1)), rounded(max(y0, y1))}
	turns := map[int][4]int64{0: {1, 0, 0, 1}, 90: {0, 1, -1, 0}, 180: {-1, 0, 0, -1}, 270: {0, -1, 1, 0}}[page.Rotate]
	return rect, pdf.Array{turns[0], turns[1], turns[2], turns[3], int64(0), int64(0)}, nil
}

// onPage says where a point of the page as one sees it is in its own coordinates.
func onPage(page pdf.Page, x, y float64) (float64, float64) {
	c := page.CropBox
	switch page.Rotate {
	case 90:
		return c[2] - y, c[1] + x
	case 180:
		return c[2] - x, c[3] - y
	case 270:
		return c[0] + y, c[3] - x
	}
	return c[0] + x, c[1] + y
}
