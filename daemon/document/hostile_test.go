// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/documents"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// certified is a PDF whose first signer allows no changes (DocMDP, P 1).
func certified(t *testing.T) []byte {
	t.Helper()
	d := newDesk(t)
	more := "/Reference [<</Type /SigRef /TransformMethod /DocMDP /TransformParams <</P 1>>>>]"
	_, file := d.sign(d.put("a.pdf", pdftest.Simple(1).Table(), documents.Options{Reason: strings.Repeat("x", len(more)/2)}))
	reason := fmt.Appendf(nil, "/Reason <%s>", strings.Repeat("78", len(more)/2))
	if !bytes.Contains(file, reason) {
		t.Fatal("the reason is not where it was")
	}
	return bytes.Replace(file, reason, append([]byte(more), bytes.Repeat([]byte{' '}, len(reason)-len(more))...), 1)
}

// sealed is a PDF that needs a password.
func sealed() []byte {
	f := pdftest.Simple(1)
	f.Objects[90] = "<</Filter /Standard /V 2 /R 3 /O (x) /U (y) /P -4>>"
	f.Trailer = "/Root 1 0 R /Encrypt 90 0 R"
	return f.Table()
}

func withScript() []byte {
	f := pdftest.Simple(1)
	f.Objects[1] = strings.Replace(f.Objects[1], "/Type /Catalog", "/Type /Catalog /OpenAction <</S /JavaScript /JS (app.alert\\(1\\))>>", 1)
	return f.Table()
}

func TestDocumentsThatAreNotSigned(t *testing.T) {
	bomb := `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">` + func() (s string) {
		for i := range 9 {
			s += fmt.Sprintf(`<!ENTITY %c "%s">`, 'b'+i, strings.Repeat(fmt.Sprintf("&%c;", 'a'+i), 10))
		}
		return s
	}() + `]><l>&j;</l>`
	cert, key := pki().Issue(testpki.LeafOptions{})
	others := documenttest.Signer{Certificate: cert, Key: key}
	page := pdftest.Simple(1).Table()
	broken := bytes.Replace(page, []byte("startxref\n"), []byte("startxref\n9"), 1)
	xades := documents.Options{Format: documents.FormatXAdES}
	for _, c := range []struct {
		name string
		data []byte
		o    documents.Options
		want documents.Code
	}{
		{"encrypted", sealed(), documents.Options{}, documents.RefusedEncrypted},
		{"certified, no changes", certified(t), documents.Options{}, documents.RefusedCertified},
		{"a broken table", broken, documents.Options{}, documents.RefusedDamaged},
		{"half a PDF", page[:len(page)/2], documents.Options{}, documents.RefusedDamaged},
		{"a PDF behind something else", append([]byte("MZ\n"), page...), documents.Options{}, documents.RefusedDamaged},
		{"an entity bomb", []byte(bomb), xades, documents.RefusedDamaged},
		{"an external entity", []byte(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`), xades, documents.RefusedDamaged},
		{"half an XML", xmlFile[:len(xmlFile)-9], xades, documents.RefusedDamaged},
		{"XML without end", append([]byte("<a>"), bytes.Repeat([]byte("<b>"), 1<<20)...), xades, documents.RefusedTooLarge},
		{"XML of 21 MB", append(append([]byte("<a>"), bytes.Repeat([]byte{'x'}, 21<<20)...), "</a>"...), xades, documents.RefusedTooLarge},
		{"text as a PDF", letter, documents.Options{Format: documents.FormatPAdES}, documents.RefusedUnsupported},
		{"text around a signature", letter, documents.Options{Format: documents.FormatXAdES, Shape: documents.ShapeEnveloped}, documents.RefusedUnsupported},
		{"beside nobody", letter, documents.Options{Format: documents.FormatCAdES, Shape: documents.ShapeParallel}, documents.RefusedUnsupported},
		{"beside a .p7s", others.P7S(letter), documents.Options{}, documents.RefusedUnsupported},
		{"half a .p7m", others.P7M(letter)[:500], documents.Options{}, documents.RefusedDamaged},
		{"a reason in a .p7m", letter, documents.Options{Reason: "Domanda"}, documents.RefusedFormat},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			i := d.put("documento", c.data, c.o)
			if found := d.inspect(i); found.Refusal != c.want {
				t.Errorf("%+v, want %s", found, c.want)
			}
			if digest, err := d.Prepare(t.Context(), i, d.cert, time.Now()); !errors.Is(err, &documents.Refusal{Code: c.want}) {
				t.Errorf("prepared: %x, %v; want %s", digest, err, c.want)
			}
			d.sign(d.put("altro.txt", letter, documents.Options{})) // the folder goes on
		})
	}
}

func TestXMLIsSignedUpToTheCeilingsOfPROTOCOL(t *testing.T) {
	text, err := os.ReadFile("../../PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	const around, inside = 19_922_944, 14_680_064
	if !bytes.Contains(text, []byte("19,922,944; 14,680,064")) {
		t.Error("PROTOCOL.md names other ceilings")
	}
	for shape, ceiling := range map[string]int{documents.ShapeEnveloped: around, documents.ShapeEnveloping: inside} {
		for _, over := range []int{1, 0} {
			d, want := newDesk(t), documents.Code("")
			if over > 0 {
				want = documents.RefusedTooLarge
			}
			data := append(append([]byte("<a>"), bytes.Repeat([]byte{'x'}, ceiling+over-len("<a></a>"))...), "</a>"...)
			i := d.put("a.xml", data, documents.Options{Format: documents.FormatXAdES, Shape: shape})
			if found := d.inspect(i); found.Refusal != want {
				t.Errorf("%s, %d over: %q, want %q", shape, over, found.Refusal, want)
			}
		}
	}
}

func TestBoxesThatDoNotFitAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		box  documents.Box
		want documents.Code
	}{
		"no such page":  {documents.Box{Page: 4, X: 50, Y: 50, Width: 200, Height: 60}, documents.RefusedPage},
		"off the page":  {documents.Box{Page: 1, X: 5000, Y: 50, Width: 200, Height: 60}, documents.RefusedBox},
		"far too small": {documents.Box{Page: 1, X: 50, Y: 50, Width: 3, Height: 3}, documents.RefusedBox},
	} {
		d := newDesk(t)
		i := d.put("a.pdf", pdftest.Simple(3).Table(), documents.Options{Visible: &c.box})
		if _, err := d.Prepare(t.Context(), i, d.cert, time.Now()); !errors.Is(err, &documents.Refusal{Code: c.want}) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestWhatTheCitizenShouldKnowIsNoted(t *testing.T) {
	cert, key := pki().Issue(testpki.LeafOptions{})
	others := documenttest.Signer{Certificate: cert, Key: key}
	signed := others.PDF(pdftest.Simple(1).Table())
	changed := pdftest.Update(signed, map[int]string{5: pdftest.Stream("", "BT (Altro) Tj ET")}, "")
	tampered := bytes.Replace(others.P7M([]byte("Domanda di iscrizione")), []byte("Domanda"), []byte("Rinunce"), 1)
	for name, c := range map[string]struct {
		data []byte
		mime string
		o    documents.Options
		want []documents.Note
	}{
		"nothing":                  {letter, "text/csv", documents.Options{}, nil},
		"JavaScript":               {withScript(), "application/pdf", documents.Options{}, []documents.Note{documents.NoteJavaScript}},
		"JavaScript in a .p7m":     {withScript(), "", documents.Options{Format: documents.FormatCAdES}, []documents.Note{documents.NoteJavaScript}},
		"a password":               {sealed(), "", documents.Options{Format: documents.FormatCAdES}, []documents.Note{documents.NoteUnreadable}},
		"signed":                   {signed, "", documents.Options{}, []documents.Note{documents.NoteSigned}},
		"changed since":            {changed, "", documents.Options{}, []documents.Note{documents.NoteBroken, documents.NoteSigned}},
		"tampered with":            {tampered, "", documents.Options{}, []documents.Note{documents.NoteBroken, documents.NoteSigned}},
		"called something else":    {letter, "application/pdf", documents.Options{}, []documents.Note{documents.NoteOtherType}},
		"a PDF called a picture":   {pdftest.Simple(1).Table(), "image/png", documents.Options{}, []documents.Note{documents.NoteOtherType}},
		"a program called a page":  {[]byte("MZ\x00\x01"), "application/pdf", documents.Options{}, []documents.Note{documents.NoteOtherType}},
		"whatever a browser knows": {pdftest.Simple(1).Table(), "application/octet-stream", documents.Options{}, nil},
	} {
		d := newDesk(t)
		i, err := d.Add(t.Context(), documents.Document{Name: "documento", Type: c.mime, Size: int64(len(c.data))}, c.o)
		if err == nil {
			err = d.Append(t.Context(), i, c.data)
		}
		if err != nil {
			t.Fatal(err)
		}
		if found := d.inspect(i); !slices.Equal(found.Notes, c.want) || found.Refusal != "" {
			t.Errorf("%s: %+v, want %v", name, found, c.want)
		}
	}
}

func TestKindsAreThoseOfTheBytes(t *testing.T) {
	cert, key := pki().Issue(testpki.LeafOptions{})
	p7m := documenttest.Signer{Certificate: cert, Key: key}.P7M(letter)
	for want, all := range map[string][]string{
		documents.KindPDF:   {"%PDF-1.7\n", "junk\n%PDF-1.4"},
		documents.KindXML:   {"<?xml version='1.0'?><a/>", "\xEF\xBB\xBF <a/>", "<!-- x --><a/>", "<_a/>"},
		documents.KindText:  {"ciao\n", "\xEF\xBB\xBFciao", "a\tb\f"},
		documents.KindPNG:   {"\x89PNG\r\n\x1a\n"},
		documents.KindJPEG:  {"\xFF\xD8\xFF\xE0"},
		documents.KindP7M:   {string(p7m), "-----BEGIN PKCS7-----\nMII", "MIIBBgkqhkiG9w0BBwKg"},
		documents.KindOther: {"", "\x00", "a\x1b[2J", "<html><script>", "<!DOCTYPE HTML>", "<", "PK\x03\x04", "0\x82\x01\x00\x30", "caff\xe8"},
	} {
		for _, s := range all {
			if got := kindOf([]byte(s)); got != want {
				t.Errorf("%.20q: %s, want %s", s, got, want)
			}
		}
	}
}

func FuzzKind(f *testing.F) {
	f.Add([]byte("%PDF-1.7"), "application/pdf")
	f.Add([]byte("<a/>"), "text/xml; charset=utf-8")
	f.Fuzz(func(t *testing.T, b []byte, declared string) {
		kind := kindOf(b)
		if mimeTypes[kind] == nil || otherThanDeclared(kind, mimeTypes[kind][0]) {
			t.Errorf("%q is %q", b, kind)
		}
		otherThanDeclared(kind, declared)
	})
}

func TestAnotherSignatureThanTheCardsIsRefused(t *testing.T) {
	d := newDesk(t)
	i := d.put("a.txt", letter, documents.Options{})
	if _, err := d.Assemble(t.Context(), i, []byte{1}); !errors.Is(err, &documents.Refusal{Code: documents.RefusedOrder}) {
		t.Errorf("before anything was prepared: %v", err)
	}
	digest, err := d.Prepare(t.Context(), i, d.cert, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	value := d.value(digest)
	value[0] ^= 1
	if _, err := d.Assemble(t.Context(), i, value); !errors.Is(err, &documents.Refusal{Code: documents.RefusedSignature}) {
		t.Errorf("another signature: %v", err)
	}
	if _, err := d.Read(t.Context(), i, true, 0, 1); !errors.Is(err, &documents.Refusal{Code: documents.RefusedOrder}) {
		t.Errorf("nothing was signed, and is read: %v", err)
	}
}

func TestATimeStampThatIsNotGivenIsNoSignature(t *testing.T) {
	silent := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(silent.Close)
	for name, url := range map[string]string{
		"nobody":         "http://127.0.0.1:1/",
		"a page":         silent.URL,
		"a refusal":      timeAuthority(t, testpki.TSAOptions{Status: 2}),
		"another digest": timeAuthority(t, testpki.TSAOptions{OtherDigest: true}),
	} {
		d := newDesk(t)
		i := d.put("a.pdf", pdftest.Simple(1).Table(), documents.Options{Level: documents.LevelT, TimeAuthority: url})
		digest, err := d.Prepare(t.Context(), i, d.cert, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Assemble(t.Context(), i, d.value(digest)); !errors.Is(err, &documents.Refusal{Code: documents.RefusedTimeStamp}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTheProgramEndsWithTheAgent closes the end of the agent while a document is looked at.
func TestTheProgramEndsWithTheAgent(t *testing.T) {
	stuck, over := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(stuck)
		<-over
	}))
	t.Cleanup(func() { close(over); slow.Close() })
	in, agent := io.Pipe()
	answers, out := io.Pipe()
	t.Cleanup(func() { _ = answers.Close() })
	ended := make(chan error, 1)
	go func() { ended <- serve(in, out) }()
	ask := func(q documents.Question, data []byte) documents.Answer {
		q.Data = len(data)
		if err := documents.WriteMessage(agent, q, data); err != nil {
			t.Fatal(err)
		}
		a, _, err := documents.ReadAnswer(answers, 0)
		if err != nil || a.Refusal != "" {
			t.Fatal(a, err)
		}
		return a
	}
	o := documents.Options{Level: documents.LevelT, TimeAuthority: slow.URL}
	d := desk{t: t}
	d.cert, d.key = pki().Issue(testpki.LeafOptions{})
	ask(documents.Question{Step: documents.StepAdd, Document: &documents.Document{Name: "a", Size: 1}, Options: &o}, nil)
	ask(documents.Question{Step: documents.StepAppend}, []byte("x"))
	a := ask(documents.Question{Step: documents.StepPrepare, Certificate: d.cert.Raw, Time: time.Now()}, nil)
	if err := documents.WriteMessage(agent, documents.Question{Step: documents.StepAssemble, Signature: d.value(a.Digest)}, nil); err != nil {
		t.Fatal(err)
	}
	<-stuck
	_ = agent.Close()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("it waits for a time stamp that nobody wants any more")
	}
}

// TestTheAgentsChecksAreMadeHereToo plays an agent that was taken over.
func TestTheAgentsChecksAreMadeHereToo(t *testing.T) {
	document := func(name string, size int64) *documents.Document { return &documents.Document{Name: name, Size: size} }
	for name, questions := range map[string][]question{
		"a document that is not there": {{Question: documents.Question{Step: documents.StepInspect}}},
		"one below":                    {{Question: documents.Question{Step: documents.StepInspect, Index: -1}}},
		"out of order":                 {{Question: documents.Question{Step: documents.StepAdd, Index: 1, Document: document("a", 1), Options: &documents.Options{}}}},
		"nothing to add":               {{Question: documents.Question{Step: documents.StepAdd}}},
		"a path":                       {{Question: documents.Question{Step: documents.StepAdd, Document: document("a/b", 1), Options: &documents.Options{}}}},
		"too large":                    {{Question: documents.Question{Step: documents.StepAdd, Document: document("a", documents.MaxSize+1), Options: &documents.Options{}}}},
		"a format":                     {{Question: documents.Question{Step: documents.StepAdd, Document: document("a", 1), Options: &documents.Options{Format: "x"}}}},
		"no such step":                 {{Question: documents.Question{Step: "erase"}}},
		"no such step of one":          {added, {Question: documents.Question{Step: "erase"}}},
		"more bytes":                   {added, {Question: documents.Question{Step: documents.StepAppend}, data: []byte("12")}},
		"no bytes":                     {added, {Question: documents.Question{Step: documents.StepAppend}}},
		"bytes that have not come":     {added, {Question: documents.Question{Step: documents.StepRead, Count: 1}}},
		"bytes behind the end":         {added, {Question: documents.Question{Step: documents.StepRead, Offset: 1 << 60, Count: 1}}},
		"a signed one too early":       {added, {Question: documents.Question{Step: documents.StepRead, Signed: true, Count: 1}}},
		"an inspection too early":      {added, {Question: documents.Question{Step: documents.StepInspect}}},
		"prepared too early":           {added, {Question: documents.Question{Step: documents.StepPrepare}}},
		"no certificate":               {added, full, {Question: documents.Question{Step: documents.StepPrepare, Time: time.Now()}}},
		"no time":                      {added, full, {Question: documents.Question{Step: documents.StepPrepare, Certificate: pki().CA().Raw}}},
	} {
		var f folder
		for i, q := range questions {
			_, _, err := f.step(context.Background(), q)
			if last := i == len(questions)-1; last && err == nil || !last && err != nil {
				t.Errorf("%s: question %d: %v", name, i, err)
			}
		}
	}
}

var (
	added = question{Question: documents.Question{Step: documents.StepAdd, Document: &documents.Document{Name: "a", Size: 1}, Options: &documents.Options{}}}
	full  = question{Question: documents.Question{Step: documents.StepAppend}, data: []byte("x")}
)
