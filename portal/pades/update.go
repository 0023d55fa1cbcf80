// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// Flags of the dictionaries that are written.
const (
	flagPrint         = 1 << 2 // of an annotation (ISO 32000-2, table 167)
	flagLocked        = 1 << 7
	signaturesExist   = 1 << 0 // of a form (table 225)
	signaturesForever = 1 << 1 // AppendOnly
)

// writeUpdate makes the incremental update, with a gap of room bytes for the CMS.
func (p *Prepared) writeUpdate(o Options, room int) error {
	doc, err := pdf.Open(p.file)
	if err != nil {
		return err
	}
	earlier, err := signatures(doc)
	if err != nil {
		return err
	}
	if len(earlier) == maxSignatures {
		return document.Refuse(document.FaultTooLarge, fmt.Sprintf("%d signatures", len(earlier)))
	}
	if err := mayBeSigned(doc, earlier); err != nil {
		return err
	}
	number := 1
	if o.Box != nil {
		number = o.Box.Page
	}
	page, err := doc.Page(number)
	if err != nil {
		return err
	}
	u, err := doc.NewUpdate()
	if err != nil {
		return err
	}
	signature, widget := u.Reserve(), u.Reserve()
	field := pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Widget"), "FT": pdf.Name("Sig"), "V": signature, "P": page.Ref,
		"F": int64(flagPrint | flagLocked), "Rect": pdf.Array{int64(0), int64(0), int64(0), int64(0)},
	}
	if field["T"], err = freeName(doc); err != nil {
		return err
	}
	if o.Box != nil {
		if err := o.Box.draw(u, page, o, field); err != nil {
			return err
		}
	}
	byteRange, contents := writeSignature(u, signature, o, room)
	u.Write(widget, field)
	if err := addToPage(doc, u, page, widget); err != nil {
		return err
	}
	if err := addToForm(doc, u, widget); err != nil {
		return err
	}
	p.update = u.Close()
	from := len(p.file)
	p.gap = [2]int{contents - from, contents - from + 2*room + 2}
	if p.gap[1] > len(p.update) || p.update[p.gap[0]] != '<' || p.update[p.gap[1]-1] != '>' {
		return fmt.Errorf("the gap for the signature is not where it should be") // a mistake in this program
	}
	end := contents + 2*room + 2
	copy(p.update[byteRange-from:], fmt.Appendf(nil, "[0 %d %d %d]", contents, end, from+len(p.update)-end))
	return nil
}

// byteRangeRoom is "[0 " and three numbers of ten digits, apart from each other.
const byteRangeRoom = 3 + 3*10 + 2 + 1

// writeSignature writes the signature dictionary (ISO 32000-2, table 255; EN 319 142-1, 6.3) and says where its byte
// range and its gap are.
func writeSignature(u *pdf.Update, r pdf.Ref, o Options, room int) (byteRange, contents int) {
	u.Begin(r)
	u.Raw([]byte("<</Type /Sig\n/Filter /Adobe.PPKLite\n/SubFilter /ETSI.CAdES.detached\n"))
	u.Raw(fmt.Appendf(nil, "/M (%s)\n", date(o)))
	for _, e := range []struct {
		key  pdf.Name
		text string
	}{{"Name", o.Name}, {"Reason", o.Reason}, {"Location", o.Location}} {
		if e.text != "" {
			u.Raw(append(pdf.Append(append(pdf.Append(nil, e.key), ' '), pdf.Text(e.text)), '\n'))
		}
	}
	u.Raw([]byte("/ByteRange "))
	byteRange = u.Raw(bytes.Repeat([]byte{' '}, byteRangeRoom))
	u.Raw([]byte("\n/Contents "))
	contents = u.Raw([]byte("<"))
	u.Raw(bytes.Repeat([]byte{'0'}, 2*room))
	u.Raw([]byte(">>>"))
	u.End()
	return byteRange, contents
}

// date is the signing time as 7.9.4 wants it, "D:20261122120000+01'00'".
func date(o Options) string {
	t := o.SigningTime
	zone := t.Format("-07'00'")
	if _, offset := t.Zone(); offset != 0 {
		zone = t.Format("-07") + "'" + t.Format("-0700")[3:] + "'"
	}
	return "D:" + t.Format("20060102150405") + zone
}

// freeName is a name that no field of the form has.
func freeName(doc *pdf.Document) (pdf.String, error) {
	f, err := form(doc)
	if err != nil {
		return pdf.String{}, err
	}
	roots, err := doc.Array(f["Fields"])
	if err != nil {
		return pdf.String{}, err
	}
	taken := map[string]bool{}
	for _, r := range roots { // names without a point are those of the roots
		d, err := doc.Dict(r)
		if err != nil {
			return pdf.String{}, err
		}
		if t, ok := d["T"].(pdf.String); ok {
			taken[t.Text()] = true
		}
	}
	for n := 1; ; n++ {
		if name := fmt.Sprintf("Signature%d", n); !taken[name] {
			return pdf.Text(name), nil
		}
	}
}

// addToPage adds the widget to the annotations of its page, in the object that holds their array.
func addToPage(doc *pdf.Document, u *pdf.Update, page pdf.Page, widget pdf.Ref) error {
	annots, err := doc.Array(page.Dict["Annots"])
	if err != nil {
		return fmt.Errorf("annotations of the page: %w", err)
	}
	annots = append(slices.Clone(annots), widget)
	if r, ok := page.Dict["Annots"].(pdf.Ref); ok && len(annots) > 1 {
		u.Write(r, annots)
		return nil
	}
	d := maps.Clone(page.Dict)
	d["Annots"] = annots
	u.Write(page.Ref, d)
	return nil
}

// addToForm adds the field to the form, and keeps everything else of it.
func addToForm(doc *pdf.Document, u *pdf.Update, widget pdf.Ref) error {
	root, err := doc.Root()
	if err != nil {
		return err
	}
	old, err := doc.Dict(root["AcroForm"])
	if err != nil {
		return fmt.Errorf("form: %w", err)
	}
	roots, err := doc.Array(old["Fields"])
	if err != nil {
		return fmt.Errorf("fields of the form: %w", err)
	}
	roots = append(slices.Clone(roots), widget)
	flags, _ := old["SigFlags"].(int64)
	f := pdf.Dict{}
	maps.Copy(f, old)
	f["SigFlags"] = flags | signaturesExist | signaturesForever
	if r, ok := old["Fields"].(pdf.Ref); ok && len(roots) > 1 {
		u.Write(r, roots)
		if f["SigFlags"] == old["SigFlags"] {
			return nil
		}
	} else {
		f["Fields"] = roots
	}
	if r, ok := root["AcroForm"].(pdf.Ref); ok && old != nil {
		u.Write(r, f)
		return nil
	}
	r := u.Reserve()
	u.Write(r, f)
	d := maps.Clone(root)
	d["AcroForm"] = r
	u.Write(doc.RootRef(), d)
	return nil
}
