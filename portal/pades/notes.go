// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"errors"
	"fmt"

	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// Report is what Inspect found out about a PDF.
type Report struct {
	Pages      int
	Signatures int // also document time stamps
	// Signable is nil, or why Prepare would refuse the document: a *document.Refusal.
	Signable error
	// Notes are in English, for the log and developers: what whoever signs should know, as JavaScript.
	Notes []string
}

// Inspect looks at a PDF before somebody signs it. It reads all pages, but not what is on them.
func Inspect(file []byte) (Report, error) {
	doc, err := pdf.Open(file)
	if err != nil {
		return Report{}, refusal(err)
	}
	var r Report
	if r.Pages, err = doc.Pages(); err != nil {
		return Report{}, refusal(err)
	}
	earlier, err := signatures(doc)
	if err != nil {
		return Report{}, refusal(err)
	}
	r.Signatures, r.Signable = len(earlier), refusal(mayBeSigned(doc, earlier))
	if r.Notes, err = notes(doc); err != nil {
		return Report{}, refusal(err)
	}
	return r, nil
}

// Notes of documents that do more than show pages, in a Report and in the Notes of a signature.
const (
	NoteJavaScript = "the document has JavaScript, which can change what one sees"
	NoteXFA        = "the document has an XFA form, which is shown instead of its pages"
	NoteLaunch     = "the document starts programs or opens other documents"
	NoteFiles      = "the document has files attached"
	NoteUsage      = "the document has usage rights, which end with any change (UR3)"
)

// notes looks at every object in use: actions may be anywhere.
func notes(doc *pdf.Document) ([]string, error) {
	root, err := doc.Root()
	if err != nil {
		return nil, err
	}
	has := map[string]bool{}
	form, err := doc.Dict(root["AcroForm"])
	if err != nil {
		return nil, fmt.Errorf("form: %w", err)
	}
	has[NoteXFA] = form["XFA"] != nil
	perms, err := doc.Dict(root["Perms"])
	if err != nil {
		return nil, fmt.Errorf("/Perms: %w", err)
	}
	has[NoteUsage] = perms["UR3"] != nil
	err = eachObject(doc, func(_ int, o pdf.Object) { lookForActions(o, has) })
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range []string{NoteJavaScript, NoteXFA, NoteLaunch, NoteFiles, NoteUsage} {
		if has[n] {
			out = append(out, n)
		}
	}
	return out, nil
}

// lookForActions looks for action dictionaries (ISO 32000-2, 12.6) and file specifications in an object.
func lookForActions(o pdf.Object, has map[string]bool) {
	switch o := o.(type) {
	case pdf.Array:
		for _, e := range o {
			lookForActions(e, has)
		}
	case *pdf.Stream:
		lookForActions(o.Dict, has)
	case pdf.Dict:
		switch o["S"] {
		case pdf.Name("JavaScript"):
			has[NoteJavaScript] = true
		case pdf.Name("Launch"), pdf.Name("GoToR"), pdf.Name("ImportData"):
			has[NoteLaunch] = true
		}
		if _, there := o["JS"]; there {
			has[NoteJavaScript] = true
		}
		if _, there := o["EF"]; there {
			has[NoteFiles] = true
		}
		for _, e := range o {
			lookForActions(e, has)
		}
	}
}

// eachObject calls f for every object that can be read: what cannot is null to a reader, and does nothing.
func eachObject(doc *pdf.Document, f func(number int, o pdf.Object)) error {
	var failed error
	doc.Each(func(number, _ int) bool {
		o, err := doc.Number(number)
		switch {
		case err == nil:
			f(number, o)
		case errors.Is(err, pdf.ErrTooLarge):
			failed = fmt.Errorf("reading all objects: %w", err)
		}
		return failed == nil
	})
	return failed
}
