// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func (v *visitor) apply(change func(url.Values)) (*http.Response, string) {
	v.t.Helper()
	form := url.Values{"csrf": {v.csrf()}, "kind": {"income"}, "note": {"Perché no? «È» così"}, "declared": {"yes"}}
	if change != nil {
		change(form)
	}
	return v.do("POST", "/domande", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", v.server.URL)
}

// somebodyElse has a card too.
var somebodyElse = holder.Matteo()

// application makes one, and gives its page and its document.
func (v *visitor) application() (path string, document []byte) {
	v.t.Helper()
	answer, text := v.apply(nil)
	path = answer.Header.Get("Location")
	if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(path, "/domande/") {
		v.t.Fatalf("%d %s %s", answer.StatusCode, path, text)
	}
	return path, v.get(path + "/domanda.pdf")
}

func (v *visitor) get(path string) []byte {
	v.t.Helper()
	answer, body := v.do("GET", path, "")
	if answer.StatusCode != 200 {
		v.t.Fatalf("%s: %d", path, answer.StatusCode)
	}
	return []byte(body)
}

// upload sends a signed document as the page does.
func (v *visitor) upload(path, csrf string, file []byte) (*http.Response, string) {
	v.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	token, err := form.CreateFormField("csrf")
	if err == nil {
		_, err = io.WriteString(token, csrf)
	}
	part, failed := form.CreateFormFile("file", "a.pdf")
	if failed == nil {
		_, failed = part.Write(file)
	}
	if err := errors.Join(err, failed); err != nil {
		v.t.Fatal(err)
	}
	form.Close()
	return v.do("POST", path+"/firma", body.String(), "Content-Type", form.FormDataContentType(), "Origin", v.server.URL)
}

func signerOf(o testpki.LeafOptions) documenttest.Signer {
	cert, key := pki.Issue(o)
	return documenttest.Signer{Certificate: cert, Key: key}
}

func TestApplicationsAreForThoseWhoAreLoggedIn(t *testing.T) {
	v := visit(t, "")
	for _, path := range []string{"/domande", "/domande/1", "/domande/1/domanda.pdf"} {
		if answer, _ := v.do("GET", path, ""); answer.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
	for _, path := range []string{"/domande", "/domande/1/firma"} {
		if answer, _ := v.do("POST", path, "", "Origin", v.server.URL); answer.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}

func TestAnApplicationThatIsNotInOrderIsNotMade(t *testing.T) {
	v := visit(t, "")
	v.mustLogIn()
	for name, c := range map[string]struct {
		change func(url.Values)
		status int
	}{
		"without the form's token": {func(f url.Values) { f.Del("csrf") }, 403},
		"of no kind":               {func(f url.Values) { f.Del("kind") }, 400},
		"of another kind":          {func(f url.Values) { f.Set("kind", "all") }, 400},
		"without the declaration":  {func(f url.Values) { f.Del("declared") }, 400},
		"with a long note":         {func(f url.Values) { f.Set("note", strings.Repeat("à", 501)) }, 400},
		"with a high note":         {func(f url.Values) { f.Set("note", strings.Repeat("\n", 11)+"x"+strings.Repeat("\n", 11)+"x") }, 400},
		"with a control character": {func(f url.Values) { f.Set("note", "a\x1bb") }, 400},
	} {
		if answer, _ := v.apply(c.change); answer.StatusCode != c.status {
			t.Errorf("%s: %d", name, answer.StatusCode)
		}
	}
	if all, err := v.site.applications.list(t.Context(), "RSSGPR84S63H501C"); err != nil || len(all) != 0 {
		t.Errorf("%v %v", all, err)
	}
}

func TestAPersonHasSoManyApplicationsAndNoMore(t *testing.T) {
	v := visit(t, "")
	v.mustLogIn()
	for range applicationsEach {
		v.application()
	}
	if answer, _ := v.apply(nil); answer.StatusCode != http.StatusConflict {
		t.Errorf("%d", answer.StatusCode)
	}
}

func TestAnApplicationIsItsOwnersOnly(t *testing.T) {
	v := visit(t, "")
	v.mustLogIn()
	path, _ := v.application()
	v.client = v.newBrowser()
	body := v.loginBody(v.challenge(), testpki.LeafOptions{Holder: &somebodyElse})
	if answer, text := v.postLogin(body); answer.StatusCode != 200 {
		t.Fatalf("%d %s", answer.StatusCode, text)
	}
	for _, file := range []string{"", "/domanda.pdf", "/domanda-firmata.pdf", "/verifica.json"} {
		if answer, _ := v.do("GET", path+file, ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", file, answer.StatusCode)
		}
	}
	if answer, _ := v.upload(path, v.csrf(), []byte("%PDF-1.7")); answer.StatusCode != http.StatusNotFound {
		t.Errorf("upload: %d", answer.StatusCode)
	}
}

func TestASignedApplicationThatIsNotInOrderIsRefusedWithTheReason(t *testing.T) {
	v := visit(t, "")
	v.mustLogIn()
	path, made := v.application()
	_, other := v.application()
	giada := signerOf(testpki.LeafOptions{})
	good := giada.PDF(made)
	added := append(bytes.Clone(good), "\n% something\n"...)
	for name, c := range map[string]struct {
		file   []byte
		reason string
	}{
		"nothing":                      {nil, "error.unsigned"},
		"not signed":                   {made, "error.unsigned"},
		"another application":          {giada.PDF(other), "error.document"},
		"as .p7m":                      {giada.P7M(made), "error.document"},
		"another document":             {giada.PDF(bytes.Replace(made, []byte("/Title"), []byte("/Titel"), 1)), "error.document"},
		"signed twice":                 {giada.PDF(good), "error.signers"},
		"with something behind":        {added, "error.changed"},
		"with a byte changed":          {bytes.Replace(good, []byte("/ByteRange"), []byte("/ByteRangf"), 1), "error.changed"},
		"by somebody else":             {signerOf(testpki.LeafOptions{Holder: &somebodyElse}).PDF(made), "error.signer"},
		"with an expired certificate":  {signerOf(testpki.LeafOptions{Validity: testpki.Expired}).PDF(made), "error.signature"},
		"with an unknown authority":    {signerOf(testpki.LeafOptions{SignedBy: testpki.OtherCA}).PDF(made), "error.signature"},
		"with a card that is no CNS":   {signerOf(testpki.LeafOptions{Policy: testpki.PolicyOther}).PDF(made), "error.signature"},
		"longer than a signed one can": {append(bytes.Clone(good), make([]byte, maxSigned)...), "error.form"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, text := v.upload(path, v.csrf(), c.file)
			if want := italian.text(c.reason); answer.StatusCode < 400 || !strings.Contains(text, want) {
				t.Errorf("%d, not %q", answer.StatusCode, want)
			}
			if strings.Contains(v.log.String(), somebodyElse.FiscalCode) {
				t.Error("the log names somebody")
			}
		})
	}
	if answer, text := v.upload(path, "wrong", good); answer.StatusCode != 400 || !strings.Contains(text, italian.text("error.form")) {
		t.Errorf("without the form's token: %d", answer.StatusCode)
	}
	if answer, _ := v.do("GET", path+"/domanda-firmata.pdf", ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("it was kept: %d", answer.StatusCode)
	}
}

func TestAnApplicationIsSignedOnceAndKeptWithItsReport(t *testing.T) {
	v := visit(t, "")
	v.mustLogIn()
	path, made := v.application()
	signed := signerOf(testpki.LeafOptions{}).PDF(made)
	answer, text := v.upload(path, v.csrf(), signed)
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != path {
		t.Fatalf("%d %s", answer.StatusCode, text)
	}
	_, page := v.do("GET", path, "")
	for _, want := range []string{italian.text("notice.signed"), "GIADA PROVA ROSSINI", "RSSGPR84S63H501C", "PAdES B-B", `id="report"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(strings.ToLower(page), "firma digitale") {
		t.Error("a FEA is called a digital signature")
	}
	if !bytes.Equal(v.get(path+"/domanda-firmata.pdf"), signed) {
		t.Error("another document is kept")
	}
	var report portal.DocumentSummary
	if err := json.Unmarshal(v.get(path+"/verifica.json"), &report); err != nil || !report.Good || len(report.Signatures) != 1 || report.Signatures[0].Kind != document.KindFEA {
		t.Errorf("%+v %v", report, err)
	}
	if answer, _ := v.upload(path, v.csrf(), signed); answer.StatusCode != http.StatusConflict {
		t.Errorf("again: %d", answer.StatusCode)
	}
	if err := v.site.applications.sign(t.Context(), 1, signed, nil); err == nil {
		t.Error("a second one took its place")
	}
}

func TestTheDocumentIsReadByOthersAndSaysWhatWasTyped(t *testing.T) {
	v := visit(t, "")
	v.mustLogIn()
	_, made := v.application()
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, made, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("qpdf", "--check", file).CombinedOutput(); err != nil {
		t.Errorf("qpdf: %s", out)
	}
	text := exec.Command("pdftotext", "-layout", file, "-")
	out, err := text.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"GIADA PROVA", "ROSSINI", "RSSGPR84S63H501C", "Reddito", "Perché no? «È» così", "firma elettronica avanzata"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in it", want)
		}
	}
}

// readPart must not take the parts of another form.
func TestAFormWithOtherPartsIsRefused(t *testing.T) {
	v := visit(t, "")
	v.mustLogIn()
	path, _ := v.application()
	for name, body := range map[string]io.Reader{"empty": strings.NewReader(""), "no form": strings.NewReader("hello")} {
		b, _ := io.ReadAll(body)
		if answer, _ := v.do("POST", path+"/firma", string(b), "Content-Type", "text/plain", "Origin", v.server.URL); answer.StatusCode != 400 {
			t.Errorf("%s: %d", name, answer.StatusCode)
		}
	}
}
