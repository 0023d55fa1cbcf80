// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"bytes"
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"github.com/ponte-cns/ponte/portal"
)

// signatureBox is where the page shows the signature, in points from the lower left corner of the first page. The page's
// script reads it from there too, so that both agree.
var signatureBox = struct{ X, Y, Width, Height int }{56, 96, 240, 64}

// applicationPDF writes an application: one page, A4. Its fonts are those that every reader has, with the letters of
// western Europe; others become a dot.
func applicationPDF(a application, who portal.Identity, note string) ([]byte, error) {
	l := italian // it is a document for the administration, whatever the language of the pages
	pdf := fpdf.New("P", "pt", "A4", "")
	pdf.SetCreationDate(a.MadeAt)
	pdf.SetModificationDate(a.MadeAt)
	pdf.SetTitle(l.text("application.document"), true)
	pdf.SetLang("it-IT")
	pdf.SetMargins(56, 56, 56)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddPage()
	latin := pdf.UnicodeTranslatorFromDescriptor("")

	write := func(style string, size, height float64, text string) {
		pdf.SetFont("Helvetica", style, size)
		pdf.MultiCell(0, height, latin(text), "", "L", false)
	}
	write("", 10, 16, l.text("site.owner"))
	write("B", 18, 30, l.text("application.document"))
	write("", 11, 18, fmt.Sprintf("Numero %d del %s", a.ID, a.MadeAt.In(rome()).Format("02/01/2006, 15:04")))
	pdf.Ln(14)
	for _, line := range [][2]string{
		{l.text("profile.name"), who.Name}, {l.text("profile.surname"), who.Surname}, {l.text("profile.code"), string(who.FiscalCode)},
		{l.text("application.kind"), l.text("application.kind." + string(a.Kind))},
	} {
		if line[1] != "" {
			write("", 10, 14, line[0])
			write("B", 12, 20, line[1])
		}
	}
	if note != "" {
		write("", 10, 14, l.text("application.note"))
		write("", 11, 16, note)
	}
	pdf.Ln(14)
	write("", 11, 16, l.text("application.declaration"))
	pdf.SetXY(56, 841.89-float64(signatureBox.Y+signatureBox.Height)-20)
	write("", 9, 12, l.text("application.place"))
	pdf.SetXY(56, 790)
	write("", 8, 11, l.text("site.footer"))

	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// noteOf takes what was typed, if it can be written in a document: at most 500 characters on at most 10 lines.
func noteOf(typed string) (string, bool) {
	note := strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	for _, r := range note {
		if r < ' ' && r != '\n' || r == 0xFFFD || r == 0x7F {
			return "", false
		}
	}
	return note, len([]rune(note)) <= 500 && strings.Count(note, "\n") < 10
}
