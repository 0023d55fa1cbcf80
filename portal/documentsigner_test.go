// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"crypto/x509"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestTheSignerIsReadFromTheSubject(t *testing.T) {
	const code, another = "RSSMRA80A01H501U", "RSSGDI84S63H501Q"
	serial := func(values ...string) []any {
		all := []any{oidGivenName, "MARIO", oidSurname, "ROSSI", oidCommonName, "ROSSI MARIO"}
		for _, v := range values {
			all = append(all, oidSerialNumber, v)
		}
		return all
	}
	if _, err := ParseFiscalCode(code); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		subject []any
		want    Signer
	}{
		"no code":                       {serial("4711"), Signer{Name: "MARIO ROSSI"}},
		"a code of another country":     {serial("TINFR-" + code), Signer{Name: "MARIO ROSSI"}},
		"a code with a wrong letter":    {serial("TINIT-RSSMRA80A01H501X"), Signer{Name: "MARIO ROSSI"}},
		"two codes":                     {serial("TINIT-"+code, "TINIT-"+fiscal(t, another)), Signer{Name: "MARIO ROSSI"}},
		"a company":                     {[]any{oidCommonName, "Prova S.p.A."}, Signer{Name: "Prova S.p.A."}},
		"three names":                   {[]any{oidGivenName, "A", oidGivenName, "B", oidSurname, "C", oidCommonName, "D"}, Signer{Name: "D"}},
		"nothing":                       {nil, Signer{}},
		"a certificate for signatures":  {serial("TINIT-" + code), Signer{Name: "MARIO ROSSI", FiscalCode: code}},
		"an older one":                  {serial("IT:" + code), Signer{Name: "MARIO ROSSI", FiscalCode: code}},
		"the same code twice":           {serial("IT:"+code, "TINIT-"+code), Signer{Name: "MARIO ROSSI", FiscalCode: code}},
		"a CNS":                         {[]any{oidGivenName, "MARIO", oidSurname, "ROSSI", oidCommonName, code + "/1234567890123456.x="}, Signer{Name: "MARIO ROSSI", FiscalCode: code, CardNumber: "1234567890123456"}},
		"a CNS without names":           {[]any{oidCommonName, code + "/1234567890123456.x="}, Signer{FiscalCode: code, CardNumber: "1234567890123456"}},
		"a CNS whose serial is another": {[]any{oidSerialNumber, "TINIT-" + fiscal(t, another), oidCommonName, code + "/1.x"}, Signer{FiscalCode: code, CardNumber: "1"}},
	} {
		if got := signerOf(subject(c.subject...)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if got := signerOf(nil); got != (Signer{}) {
		t.Errorf("no certificate: %+v", got)
	}
}

// fiscal gives a code its check letter.
func fiscal(t *testing.T, code string) string {
	t.Helper()
	return code[:15] + string(checkLetter(code[:15]))
}

func TestEachFaultKindAndIntegrityHasItsSentences(t *testing.T) {
	all := map[string]sentence{}
	for _, f := range document.Faults() {
		all[string(f)] = faultTexts[f]
	}
	for _, k := range []document.Kind{document.KindNone, document.KindFEA, document.KindFEQ, document.KindOther} {
		all["kind "+string(k)] = kindTexts[k]
	}
	for _, i := range []Integrity{IntegrityUnknown, IntegrityWhole, IntegrityAdded, IntegrityChanged} {
		all["integrity "+string(i)] = integrityTexts[i]
	}
	if len(faultTexts) != len(document.Faults()) || len(kindTexts) != 4 || len(integrityTexts) != 4 {
		t.Error("a sentence of nothing")
	}
	said := map[string]string{}
	for name, s := range all {
		for _, text := range []string{s.it, s.en, s.de} {
			if len(text) < 20 || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q is no sentence", name, text)
			}
			if other := said[text]; other != "" {
				t.Errorf("%s and %s say the same", name, other)
			}
			said[text] = name
			if lower := strings.ToLower(text); strings.Contains(lower, "firma digitale") || strings.Contains(lower, "digital signature") || strings.Contains(lower, "digitale signatur") {
				t.Errorf("%s: %q calls it what it is not", name, text)
			}
		}
	}
	if s := kindTexts[document.KindFEA]; s.in("de") != s.de || s.in("en") != s.en || s.in("it") != s.it || s.in("") != s.it {
		t.Error("a sentence in another language than the one asked for")
	}
}

func TestTheDocumentationExplainsEachFault(t *testing.T) {
	for _, page := range []string{"../docs/portal.md", "../docs/portal.en.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		_, section, _ := strings.Cut(string(text), "## 10.")
		for _, f := range document.Faults() {
			if !strings.Contains(section, "`"+string(f)+"`") {
				t.Errorf("%s does not explain %s", page, f)
			}
		}
	}
}

// XML may be signed with several documents: the name of the file says which one is at hand.
func TestOfSeveralDocumentsTheNameDecides(t *testing.T) {
	for name, c := range map[string]struct {
		uris []string
		file string
		want string
	}{
		"none of that name":     {[]string{"a.txt", "b.txt"}, "c.txt", ""},
		"no name":               {[]string{"a.txt", "."}, "", ""},
		"a URI that is none":    {[]string{"%zz", "b.txt"}, "%zz", ""},
		"the only one":          {[]string{"a.txt"}, "c.txt", "a.txt"},
		"that of the name":      {[]string{"a.txt", "allegati/la%20domanda.txt"}, "la domanda.txt", "allegati/la%20domanda.txt"},
		"the first of the name": {[]string{"1/a.txt", "2/a.txt"}, "a.txt", "1/a.txt"},
	} {
		v := documentVerification{options: DocumentOptions{ContentName: c.file}}
		if got, ok := v.chosen(c.uris); got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func FuzzVerifyDocument(f *testing.F) {
	pki := testpki.New()
	cert, key := pki.Issue(testpki.LeafOptions{})
	signer := documenttest.Signer{Certificate: cert, Key: key}
	xml := []byte(`<a xmlns="urn:prova">b</a>`)
	for _, seed := range [][]byte{
		signer.P7M(xml), signer.P7S(xml), signer.Enveloped(xml), signer.Enveloping(xml), signer.DetachedXML(xml, "a"),
		signer.Container(xml, "a", document.CAdES), signer.Container(xml, "a", document.XAdES), []byte("%PDF-1.7\n"),
	} {
		f.Add(seed)
	}
	trust, err := document.NewTrust(document.Options{TrustAnchors: []*x509.Certificate{pki.CA()}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		o := DocumentOptions{Trust: trust, Content: strings.NewReader(string(xml))}
		r, err := VerifyDocument(t.Context(), file, o)
		if errors.Is(err, ErrContentInside) {
			o.Content = nil
			r, err = VerifyDocument(t.Context(), file, o)
		}
		if err != nil {
			if _, ok := SummarizeRefusal(err, "it"); !ok {
				t.Fatalf("an error that is no refusal: %v", err)
			}
			return
		}
		r.Summary("it")
		if len(r.Signatures) == 0 {
			t.Error("a report of no signature")
		}
	})
}
