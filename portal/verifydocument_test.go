// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var (
	letter = []byte("Domanda di iscrizione\r\nperché sì\n")
	form   = []byte(`<domanda xmlns="urn:prova"><nome>GIADA</nome></domanda>`)
)

// citizen signs in the place of a card.
func citizen(o testpki.LeafOptions) documenttest.Signer {
	cert, key := pki.Issue(o)
	return documenttest.Signer{Certificate: cert, Key: key}
}

// stamping is a citizen who has signatures stamped.
func stamping(o testpki.TSAOptions) documenttest.Signer {
	s := citizen(testpki.LeafOptions{})
	tsa := pki.NewTSA(o)
	s.Stamper = documenttest.Tokens(func(digest []byte) []byte { return tsa.Token(digest, nil) })
	return s
}

func documentTrust(t testing.TB, change func(*document.Options)) *document.Trust {
	t.Helper()
	return documenttest.Trust(t, pki.CA(), change)
}

func verifyDocument(t testing.TB, file []byte, content string) (*portal.DocumentReport, error) {
	t.Helper()
	o := portal.DocumentOptions{Trust: documentTrust(t, nil)}
	if content != "" {
		o.Content = strings.NewReader(content)
	}
	return portal.VerifyDocument(t.Context(), file, o)
}

func reported(t testing.TB, file []byte, content string) *portal.DocumentReport {
	t.Helper()
	r, err := verifyDocument(t, file, content)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantFault(t *testing.T, s portal.DocumentSignature, want document.Fault, integrity portal.Integrity) {
	t.Helper()
	if !s.Has(want) || s.Integrity() != integrity {
		t.Errorf("faults %v, integrity %s; want %s, %s", s.Faults, s.Integrity(), want, integrity)
	}
}

func swapped(t testing.TB, file []byte, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(file, []byte(old)) || len(old) != len(new) {
		t.Fatalf("%q is not in the file, or of another length", old)
	}
	return bytes.Replace(file, []byte(old), []byte(new), 1)
}

func TestFilesThatAreNoSignedDocumentsAreRefusedByName(t *testing.T) {
	encrypted := pdftest.Simple(1)
	encrypted.Trailer = "/Root 1 0 R /Encrypt 3 0 R"
	for name, c := range map[string]struct {
		file []byte
		want document.Fault
	}{
		"nothing":                       {nil, document.FaultFormat},
		"a text":                        {letter, document.FaultFormat},
		"a text that begins with M":     {[]byte("Mario"), document.FaultFormat},
		"a sequence of nothing":         {[]byte{0x30, 0}, document.FaultFormat},
		"a certificate":                 {pki.CA().Raw, document.FaultFormat},
		"a certificate in PEM":          {pki.CAPEM(), document.FaultFormat},
		"a ZIP file of another kind":    {[]byte("PK\x03\x04 and so on"), document.FaultFormat},
		"a PDF that is cut off":         {pdftest.Simple(1).Table()[:200], document.FaultFormat},
		"a PDF behind something else":   {append([]byte("x"), pdftest.Simple(1).Table()...), document.FaultFormat},
		"a web page":                    {[]byte("<!DOCTYPE html><p>ciao"), document.FaultFormat},
		"XML in UTF-16":                 {[]byte("\xFF\xFE<\x00"), document.FaultFormat},
		"an encrypted PDF":              {encrypted.Table(), document.FaultEncrypted},
		"a PDF that nobody signed":      {pdftest.Simple(1).Table(), document.FaultNoSignature},
		"XML that nobody signed":        {form, document.FaultNoSignature},
		"more than a document may have": {make([]byte, portal.MaxDocument+1), document.FaultTooLarge},
	} {
		r, err := verifyDocument(t, c.file, "")
		if !errors.Is(err, &document.Refusal{Fault: c.want}) || r != nil {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if s, ok := portal.SummarizeRefusal(err, "en"); !ok || s.Good || len(s.Faults) != 1 || s.Faults[0].Code != c.want || s.Faults[0].Text == "" {
			t.Errorf("%s: summary %+v", name, s)
		}
	}
}

func TestOptionsThatDoNotFitAreErrorsAndNoVerdict(t *testing.T) {
	giada := citizen(testpki.LeafOptions{})
	if _, err := portal.VerifyDocument(t.Context(), giada.P7M(letter), portal.DocumentOptions{}); err == nil {
		t.Error("verified without trust")
	}
	for name, file := range map[string][]byte{
		"a .p7m": giada.P7M(letter), "a PDF": giada.PDF(pdftest.Simple(1).Table()), "enveloped XML": giada.Enveloped(form),
		"a container": giada.Container(letter, "domanda.txt", document.CAdES),
	} {
		if _, err := verifyDocument(t, file, string(letter)); !errors.Is(err, portal.ErrContentInside) {
			t.Errorf("%s with a document beside it: %v", name, err)
		}
	}
	broken := portal.DocumentOptions{Trust: documentTrust(t, nil), Content: io.MultiReader(bytes.NewReader(letter), brokenReader{})}
	if _, err := portal.VerifyDocument(t.Context(), giada.P7S(letter), broken); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a document that cannot be read: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := portal.VerifyDocument(ctx, giada.P7M(letter), portal.DocumentOptions{Trust: documentTrust(t, nil)}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, ok := portal.SummarizeRefusal(io.ErrClosedPipe, "it"); ok {
		t.Error("a failure of reading is taken for a verdict")
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWhatWasTamperedWithIsReportedAsChanged(t *testing.T) {
	giada := citizen(testpki.LeafOptions{})
	page := giada.PDF(pdftest.Simple(1).Table())
	for name, c := range map[string]struct {
		file    []byte
		content string
		want    document.Fault
	}{
		"a .p7m":                  {swapped(t, giada.P7M(letter), "Domanda", "Rinunce"), "", document.FaultDocumentChanged},
		"the document of a .p7s":  {giada.P7S(letter), "un altro", document.FaultDocumentChanged},
		"a PDF":                   {swapped(t, page, "Domanda", "Rinunce"), "", document.FaultDocumentChanged},
		"a PDF that was added to": {pdftest.Update(page, map[int]string{5: pdftest.Stream("", "BT /F1 24 Tf (Altro) Tj ET")}, ""), "", document.FaultChangedAfter},
		"enveloped XML":           {swapped(t, giada.Enveloped(form), "GIADA", "PAOLO"), "", document.FaultDocumentChanged},
		"enveloping XML":          {swapped(t, giada.Enveloping(letter), base64.StdEncoding.EncodeToString(letter[:6]), base64.StdEncoding.EncodeToString([]byte("Rinunc"))), "", document.FaultDocumentChanged},
		"the document of XML":     {giada.DetachedXML(letter, "a.txt"), "un altro", document.FaultDocumentChanged},
		"a .p7m with two signers": {swapped(t, citizen(testpki.LeafOptions{FreshKey: true}).Beside(giada.P7M(letter)), "Domanda", "Rinunce"), "", document.FaultDocumentChanged},
	} {
		r := reported(t, c.file, c.content)
		if r.Good() {
			t.Errorf("%s is good", name)
		}
		for i, s := range r.Signatures {
			wantFault(t, s, c.want, portal.IntegrityChanged)
			if text := r.Summary("it").Signatures[i].KindText; text != "" {
				t.Errorf("%s: is said to be worth something: %s", name, text)
			}
		}
		var out bytes.Buffer
		if err := r.Extract(&out); err == nil || out.Len() > 0 {
			t.Errorf("%s: a changed document was taken out: %v", name, err)
		}
	}
}

func TestASignatureWithoutItsDocumentSaysNothingOfIt(t *testing.T) {
	giada := citizen(testpki.LeafOptions{})
	for _, file := range [][]byte{giada.P7S(letter), giada.DetachedXML(letter, "a.txt")} {
		r := reported(t, file, "")
		wantFault(t, r.Signatures[0], document.FaultNoContent, portal.IntegrityUnknown)
		if r.Attached || !errors.Is(r.Extract(io.Discard), portal.ErrNothingInside) {
			t.Error("the document is said to be inside")
		}
	}
}

// DPCM 22 February 2013, art. 61, paragraph 4: whoever verifies looks at the policy of the card.
func TestACertificateThatIsNeitherOfACNSNorQualifiedIsRefused(t *testing.T) {
	other := citizen(testpki.LeafOptions{Policy: testpki.PolicyOther}).P7M(letter)
	s := reported(t, other, "").Signatures[0]
	wantFault(t, s, document.FaultPolicy, portal.IntegrityWhole)
	if s.Kind != document.KindOther || len(s.Faults) != 1 {
		t.Errorf("kind %q, faults %v", s.Kind, s.Faults)
	}
	r, err := portal.VerifyDocument(t.Context(), other, portal.DocumentOptions{Trust: documentTrust(t, nil), AcceptOther: true})
	if err != nil || !r.Good() || r.Signatures[0].Kind != document.KindOther {
		t.Errorf("where others are accepted: %v, %v", r, err)
	}
}

func TestWhatIsWrongWithTheCertificateLeavesTheDocumentWhole(t *testing.T) {
	for want, signer := range map[document.Fault]documenttest.Signer{
		document.FaultUntrusted:     citizen(testpki.LeafOptions{SignedBy: testpki.OtherCA}),
		document.FaultExpired:       citizen(testpki.LeafOptions{Validity: testpki.Expired}),
		document.FaultTimeStamp:     stamping(testpki.TSAOptions{OtherDigest: true}),
		document.FaultTimeAuthority: stamping(testpki.TSAOptions{SignedBy: testpki.OtherCA}),
	} {
		for _, file := range [][]byte{signer.P7M(letter), signer.Enveloped(form), signer.PDF(pdftest.Simple(1).Table())} {
			s := reported(t, file, "").Signatures[0]
			if want == document.FaultTimeAuthority { // such a time stamp proves nothing, and takes nothing away
				if len(s.TimeStamps) != 1 || !s.TimeStamps[0].Has(want) || !s.Good() || s.Level != document.LevelB {
					t.Errorf("%s: %v, level %s", want, s.Faults, s.Level)
				}
				continue
			}
			wantFault(t, s, want, portal.IntegrityWhole)
		}
	}
}

func TestEachFormIsFoundByWhatIsInTheFile(t *testing.T) {
	giada := citizen(testpki.LeafOptions{})
	p7m := giada.P7M(letter)
	for name, c := range map[string]struct {
		file     []byte
		content  string
		form     portal.DocumentForm
		attached bool
		inside   []byte // what can be taken out
	}{
		"a .p7m":           {p7m, "", portal.FormCMS, true, letter},
		"a .p7m in base64": {[]byte("\n" + base64.StdEncoding.EncodeToString(p7m) + "\n"), "", portal.FormCMS, true, letter},
		"a .p7m in PEM":    {pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: p7m}), "", portal.FormCMS, true, letter},
		"a .p7s":           {giada.P7S(letter), string(letter), portal.FormCMS, false, nil},
		"a PDF":            {giada.PDF(pdftest.Simple(1).Table()), "", portal.FormPDF, true, nil},
		"enveloped XML":    {giada.Enveloped(form), "", portal.FormXML, true, nil},
		"XML with a mark":  {append([]byte("\xEF\xBB\xBF"), giada.Enveloping(letter)...), "", portal.FormXML, true, letter},
		"detached XML":     {giada.DetachedXML(letter, "la domanda.txt"), string(letter), portal.FormXML, false, nil},
		"ASiC-S, by CAdES": {giada.Container(letter, "domanda.txt", document.CAdES), "", portal.FormASiC, true, letter},
		"ASiC-S, by XAdES": {giada.Container(letter, "domanda.txt", document.XAdES), "", portal.FormASiC, true, letter},
	} {
		r := reported(t, c.file, c.content)
		if !r.Good() || r.Form != c.form || r.Attached != c.attached || len(r.Signatures) != 1 {
			t.Fatalf("%s: form %s, attached %v, signatures %+v", name, r.Form, r.Attached, r.Signatures)
		}
		s := r.Signatures[0]
		if s.Kind != document.KindFEA || s.Level != document.LevelB || s.Integrity() != portal.IntegrityWhole {
			t.Errorf("%s: kind %s, level %s, integrity %s", name, s.Kind, s.Level, s.Integrity())
		}
		if who := holder.Giada(); s.Signer.Name != "GIADA PROVA ROSSINI" || string(s.Signer.FiscalCode) != who.FiscalCode || s.Signer.CardNumber != who.CardID {
			t.Errorf("%s: signer %+v", name, s.Signer)
		}
		var out bytes.Buffer
		if err := r.Extract(&out); (err == nil) != (c.inside != nil) || !bytes.Equal(out.Bytes(), c.inside) {
			t.Errorf("%s: took out %q, %v", name, out.Bytes(), err)
		}
	}
}

// A .p7m within a .p7m: the outer signature says nothing of the inner one.
func TestASignedDocumentInsideIsNamedAndNotVerified(t *testing.T) {
	inner := citizen(testpki.LeafOptions{SignedBy: testpki.OtherCA}).P7M(letter)
	giada := citizen(testpki.LeafOptions{})
	if r := reported(t, giada.P7M(inner), ""); !r.Nested || !r.Good() || len(r.Signatures) != 1 || !r.Summary("it").Nested {
		t.Errorf("nested %v, good %v, %d signatures", r.Nested, r.Good(), len(r.Signatures))
	}
	if reported(t, giada.P7M([]byte("Mario chiede")), "").Nested || reported(t, giada.P7M(letter), "").Nested {
		t.Error("a text is taken for a signed document")
	}
}

// An expired certificate is how most old documents look: they can be taken out nevertheless.
func TestADocumentCanBeTakenOutWhenOnlyTheCertificateIsWrong(t *testing.T) {
	for _, signer := range []documenttest.Signer{citizen(testpki.LeafOptions{Validity: testpki.Expired}), citizen(testpki.LeafOptions{SignedBy: testpki.OtherCA})} {
		r := reported(t, signer.P7M(letter), "")
		var out bytes.Buffer
		if err := r.Extract(&out); err != nil || !bytes.Equal(out.Bytes(), letter) || r.Good() {
			t.Errorf("%q, %v", out.Bytes(), err)
		}
	}
}

func TestOfSeveralSignaturesEachHasItsReport(t *testing.T) {
	giada, unknown := citizen(testpki.LeafOptions{}), citizen(testpki.LeafOptions{SignedBy: testpki.OtherCA, FreshKey: true})
	r := reported(t, unknown.Beside(giada.P7M(letter)), "")
	if len(r.Signatures) != 2 || r.Good() || r.Signatures[0].Good() == r.Signatures[1].Good() {
		t.Errorf("%+v", r.Signatures)
	}
	matteo := holder.Matteo()
	r = reported(t, citizen(testpki.LeafOptions{Holder: &matteo, FreshKey: true}).PDF(giada.PDF(pdftest.Simple(1).Table())), "")
	if len(r.Signatures) != 2 || !r.Good() {
		t.Fatalf("%+v", r.Signatures)
	}
	if first, second := r.Signatures[0], r.Signatures[1]; first.Integrity() != portal.IntegrityAdded || second.Integrity() != portal.IntegrityWhole ||
		string(second.Signer.FiscalCode) != matteo.FiscalCode {
		t.Errorf("%s, then %s by %+v", first.Integrity(), second.Integrity(), second.Signer)
	}
}

func TestATimeStampProvesTheTime(t *testing.T) {
	at := time.Now().Add(-time.Hour).Truncate(time.Second).UTC()
	signer := stamping(testpki.TSAOptions{At: at})
	for _, file := range [][]byte{
		signer.P7M(letter), signer.PDF(pdftest.Simple(1).Table()), signer.Enveloped(form),
		signer.Container(letter, "a.txt", document.CAdES), signer.Container(letter, "a.txt", document.XAdES),
	} {
		r := reported(t, file, "")
		s := r.Summary("it").Signatures[0]
		if !s.Good || s.Level != document.LevelT || s.ProvenTime == nil || !s.ProvenTime.Equal(at) || s.ClaimedTime == nil {
			t.Errorf("%s: %+v", r.Form, s)
		}
	}
}

// The names that JSON has are those that programs rely on.
func TestASummaryIsJSONWithNamesThatStay(t *testing.T) {
	r := reported(t, citizen(testpki.LeafOptions{SignedBy: testpki.OtherCA}).P7M(letter), "")
	b, err := json.Marshal(r.Summary("en"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"good":false,"form":"CMS","attached":true,"nested":false,"faults":[],"signatures":[{"good":false,"signer":{"trusted":false,"name":"GIADA PROVA ROSSINI"`,
		`"integrity":"whole","integrityText":"The document is whole`, `"format":"CAdES"`, `"kindText":"What the signature is worth is not known`,
		`"cover":"whole"`, `"timeStamps":[]`, `"faults":[{"code":"untrusted","text":"The certificate does not come`, `"notes":[`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in %s", want, b)
		}
	}
}
