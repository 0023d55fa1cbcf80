// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// signing is a question about n documents.
func signing(t *testing.T, n int) bridge.SigningQuestion {
	q := bridge.SigningQuestion{Origin: question(t).Origin, Holder: "MARIA ROSSI", CanView: true}
	for i := range n {
		q.Documents = append(q.Documents, bridge.AskedDocument{Name: fmt.Sprintf("referto %d.pdf", i+1), Kind: "pdf", Pages: 2, Size: 1_250_000})
	}
	return q
}

// longest is a question whose every part is as long as it can be.
func longest(t *testing.T) bridge.SigningQuestion {
	q := signing(t, 1)
	q.Origin = origin(t, "https://"+strings.Repeat("portale.", 28)+"regione.example:8443")
	q.Holder, q.Reader = strings.Repeat("ÈÀ ", 40), strings.Repeat("Ü", 120)
	q.Documents[0].Name = strings.Repeat("è", 196) + ".pdf"
	return q
}

func TestASignatureIsNotAskedForWithoutSayingOfWhatAndForWhom(t *testing.T) {
	for name, change := range map[string]func(*bridge.SigningQuestion){
		"no document":               func(q *bridge.SigningQuestion) { q.Documents = nil },
		"no site":                   func(q *bridge.SigningQuestion) { q.Origin = protocol.Origin{} },
		"a site in the citizen's":   func(q *bridge.SigningQuestion) { q.Purpose = bridge.ForSigning },
		"for a program":             func(q *bridge.SigningQuestion) { q.Purpose = bridge.ForProgram },
		"one hash of two documents": func(q *bridge.SigningQuestion) { q.Hash, q.Documents = "00", signing(t, 2).Documents },
	} {
		q := signing(t, 1)
		change(&q)
		if d, err := signingDialog(words.For("it"), q); err == nil {
			t.Errorf("%s: %q", name, d.text())
		}
	}
	if _, err := pinDialog(words.For("it"), bridge.PINQuestion{Purpose: bridge.ForSigning, TriesLeft: 3}); err == nil {
		t.Error("a PIN for no document")
	}
}

func TestASignatureIsAlwaysAskedForWholeInEveryLanguage(t *testing.T) {
	for _, lang := range words.Languages {
		blind := longest(t)
		blind.Hash, blind.HashFunction, blind.CanView = strings.Repeat("0123456789abcdef", 8), "SHA-512", false
		stamped := longest(t)
		stamped.TimeStamp, stamped.Refused = true, 49
		for name, q := range map[string]bridge.SigningQuestion{"one": signing(t, 1), "fifty": signing(t, 50), "stamped": stamped, "a hash": blind} {
			d, err := signingDialog(words.For(lang), q)
			if err != nil {
				t.Fatal(err)
			}
			if !d.fits(d.instructions(words.For(lang))) {
				t.Errorf("%s, %s: %d characters", lang, name, len(d.text()))
			}
			if !d.risky || d.ok == "" || d.cancel == "" || !strings.Contains(d.text(), "(FEA)") {
				t.Errorf("%s, %s: %+v", lang, name, d)
			}
		}
	}
}

func TestTheSiteTheDocumentsAndWhatTheyAreAreSaid(t *testing.T) {
	q := signing(t, 2)
	q.Documents[0].Notes, q.Documents[1].Signatures = []bridge.DocumentNote{"javascript", "signed-already", "of tomorrow"}, 1
	d, err := signingDialog(words.For("it"), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{
		d.site, "questi 2 documenti", "– «referto 1.pdf» (PDF, 2 pagine, 1,2 MB)", "JavaScript", "c'è già 1 firma", "Titolare: MARIA ROSSI", "(FEA)",
	} {
		if !strings.Contains(strings.ReplaceAll(d.text(), "\n", " "), said) {
			t.Errorf("%q is not in %q", said, d.text())
		}
	}
	if d.ok != "Firma" || d.notOK != "Guarda i documenti" || d.site == "" || strings.Contains(d.text(), "digitale") {
		t.Errorf("%+v", d)
	}
	q.Documents, q.CanView, q.ViewFailed = q.Documents[:1], false, true
	if d, _ = signingDialog(words.For("it"), q); d.notOK != "" || !strings.Contains(d.text(), "non si è potuto aprire") {
		t.Errorf("%+v", d)
	}
	own := signing(t, 1)
	own.Purpose, own.Origin = bridge.ForSigning, protocol.Origin{}
	if d, err = signingDialog(words.For("it"), own); err != nil || d.site != "La tua firma, in Ponte" || !strings.Contains(d.text(), "Stai per firmare questo documento") {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestABadDocumentCannotHideBehindFortySixOthers(t *testing.T) {
	for _, lang := range words.Languages {
		w := words.For(lang)
		q := signing(t, 50)
		q.Documents[46].Notes = []bridge.DocumentNote{"type-differs"}
		q.Documents[48].Notes = []bridge.DocumentNote{"signed-already"}
		d, err := signingDialog(w, q)
		if err != nil || !d.fits(d.instructions(w)) {
			t.Fatal(err)
		}
		for _, said := range []string{"referto 47.pdf", w.DocumentNote("type-differs")} {
			if !strings.Contains(strings.ReplaceAll(d.text(), "\n", " "), said) {
				t.Errorf("%q is not in %q", said, d.text())
			}
		}
		for i := range q.Documents {
			q.Documents[i].Notes = []bridge.DocumentNote{"launch", "javascript"}
		}
		if d, err = signingDialog(w, q); err != nil || !d.fits(d.instructions(w)) {
			t.Fatal(err)
		}
		named := strings.Count(d.text(), "– «referto")
		if said := w.N(words.SignWarned, 50-named); !strings.Contains(strings.ReplaceAll(d.text(), "\n", " "), said) {
			t.Errorf("%q is not in %q", said, d.text())
		}
	}
}

func TestWhereNotAllDocumentsAreNamedTheDialogSaysWhereTheyAre(t *testing.T) {
	for _, lang := range words.Languages {
		w := words.For(lang)
		q := signing(t, 50)
		d, err := signingDialog(w, q)
		if err != nil || !d.fits(d.instructions(w)) {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(d.text(), "\n", " ")
		named := strings.Count(text, "– «referto")
		if said := w.N(words.SignMoreView, 50-named); named == 0 || !strings.Contains(text, said) {
			t.Errorf("%d named, %q is not in %q", named, said, text)
		}
		q.CanView = false
		if d, err = signingDialog(w, q); err != nil {
			t.Fatal(err)
		}
		named = strings.Count(d.text(), "– «referto")
		if text := strings.ReplaceAll(d.text(), "\n", " "); strings.Contains(text, w.N(words.SignMoreView, 50-named)) || !strings.Contains(text, w.N(words.SignMore, 50-named)) {
			t.Errorf("it names what cannot be done: %q", text)
		}
		if d, err = signingDialog(w, signing(t, 3)); err != nil || strings.Contains(d.text(), w.N(words.SignMoreView, 1)) {
			t.Errorf("%v, %q", err, d.text())
		}
	}
}

func TestWhatASiteHasWrittenIntoTheSignedDocumentIsSaid(t *testing.T) {
	for _, lang := range words.Languages {
		w := words.For(lang)
		q := signing(t, 1)
		q.Reason, q.Location, q.BoxPage = "Accetto la vendita della casa", "Bolzano\u202e", 3
		d, err := signingDialog(w, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range []string{
			w.T(words.SignReason, words.Data{"Text": q.Reason}), w.T(words.SignLocation, words.Data{"Text": "Bolzano"}), w.T(words.SignBox, words.Data{"Page": 3}),
		} {
			if !strings.Contains(strings.ReplaceAll(d.text(), "\n", " "), said) {
				t.Errorf("%q is not in %q", said, d.text())
			}
		}
		q.Reason, q.Location = strings.Repeat("Rinuncio a ogni diritto. ", 12)[:300], ""
		if d, err = signingDialog(w, q); err != nil || !d.fits(d.instructions(w)) {
			t.Fatal(err)
		}
		if !strings.Contains(strings.ReplaceAll(d.text(), "\n", " "), strings.TrimSpace(q.Reason)) {
			t.Errorf("a usual site can have the whole of its reason shown: %q", d.text())
		}
		q = longest(t)
		q.Reason, q.Location, q.BoxPage, q.TimeStamp = strings.Repeat("è", 300), strings.Repeat("è", 150), 3, true
		if d, err = signingDialog(w, q); err != nil || !d.fits(d.instructions(w)) {
			t.Errorf("%s: %d characters of %d, %v", lang, len(assuanEncode(d.text()+d.instructions(w), 1<<20)), maxAssuanLine, err)
		}
	}
}

func TestAHashIsSaidToBeUnseenAndCanBeCompared(t *testing.T) {
	q := signing(t, 1)
	q.Hash, q.HashFunction, q.CanView = strings.Repeat("0123456789abcdef", 4), "SHA-256", false
	d, err := signingDialog(words.For("it"), q)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(d.text(), "\n", " ")
	for _, said := range []string{"che Ponte non ha visto", "firmi solo la sua impronta", "Impronta SHA-256:", "entrare al posto tuo in un altro sito", "0123 4567 89ab cdef 0123 4567 89ab cdef"} {
		if !strings.Contains(text, said) {
			t.Errorf("%q is not in %q", said, text)
		}
	}
	if d.notOK != "" {
		t.Error("nobody can look at it")
	}
}

func TestTheNameOfADocumentKeepsItsEndAndHidesNothing(t *testing.T) {
	for name, want := range map[string]string{
		strings.Repeat("a", 190) + ".pdf.exe": "….pdf.exe",
		"fattura\u202efdp.exe":                "fatturafdp.exe",
		"<b>a</b>%0A.pdf":                     "b a /b 0A.pdf",
		"a\nb.pdf":                            "a b.pdf",
	} {
		got := fileName(name, maxDocumentName)
		if prefix, end, cut := strings.Cut(want, "…"); cut {
			if !strings.HasSuffix(got, end) || !strings.HasPrefix(got, prefix) || len([]rune(got)) > maxDocumentName {
				t.Errorf("%q", got)
			}
		} else if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestANameCannotSayWhatADocumentIs(t *testing.T) {
	q := signing(t, 1)
	q.Documents[0] = bridge.AskedDocument{Name: "a.pdf» (PDF, 2 pagine, 48 kB)  «\u200b   .exe", Kind: "other", Size: 3_000_000}
	d, err := signingDialog(words.For("it"), q)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.ReplaceAll(d.text(), "\n", " "); !strings.Contains(text, "– «a.pdf (PDF, 2 pagine, 48 kB) .exe» (altro tipo, 3,0 MB)") {
		t.Error(text)
	}
}

func TestThePINForASignatureSaysOfHowManyDocuments(t *testing.T) {
	q := question(t)
	q.Documents = 50
	d, err := pinDialog(words.For("it"), q)
	if err != nil || d.ok != "Firma" || !strings.Contains(d.text(), "Firma di 50 documenti") || strings.Contains(d.text(), "Accesso") {
		t.Errorf("%+v, %v", d, err)
	}
	q.Documents, q.Document = 1, "delega.pdf"
	if d, err = pinDialog(words.For("it"), q); err != nil || !strings.Contains(d.text(), "Documento: delega.pdf") {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestTheCertificateIsSaidToHoldTheNameAndTheData(t *testing.T) {
	q := bridge.Disclosure{Origin: question(t).Origin, Holder: "MARIA ROSSI", Certificate: true, Values: []bridge.Value{{Field: protocol.FieldFiscalCode, Text: "RSSMRA80A41H501Z"}}}
	d, err := disclosureDialog(words.For("it"), q)
	if err != nil || !d.risky || !strings.Contains(d.text(), "certificato") || !strings.Contains(d.text(), "RSSMRA80A41H501Z") {
		t.Errorf("%+v, %v", d, err)
	}
}
