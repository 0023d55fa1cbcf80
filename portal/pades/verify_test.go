// SPDX-License-Identifier: BSD-3-Clause

package pades_test

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestFilesWithoutSignaturesAreRefused(t *testing.T) {
	stamp := certified("/P 2")
	stamp.Objects[21] = "<</Type /DocTimeStamp /SubFilter /ETSI.RFC3161 /Contents <00>>>"
	for name, c := range map[string]struct {
		file []byte
		want document.Fault
	}{
		"nothing":                    {nil, document.FaultFormat},
		"nobody has signed":          {pdftest.Simple(1).Table(), document.FaultNoSignature},
		"nobody has signed the form": {pdftest.WithForm().Table(), document.FaultNoSignature},
		"a time stamp alone":         {stamp.Table(), document.FaultNoSignature},
		"cut off":                    {sign(t, pdftest.Simple(1).Table(), options())[:3000], document.FaultFormat},
	} {
		_, err := pades.Verify(t.Context(), c.file, trust(t, nil))
		wantFault(t, name, err, c.want)
	}
}

// setByteRange writes other numbers over those of the last signature, in the room that they have.
func setByteRange(t *testing.T, file []byte, numbers string) []byte {
	t.Helper()
	at := bytes.LastIndex(file, []byte("/ByteRange ")) + len("/ByteRange ")
	room := bytes.IndexByte(file[at:], '\n')
	if len(numbers) > room {
		t.Fatalf("%q does not fit in %d bytes", numbers, room)
	}
	out := bytes.Clone(file)
	copy(out[at:], numbers+strings.Repeat(" ", room-len(numbers)))
	return out[:len(out):len(out)] // so that to read further is a panic
}

func TestSignaturesThatDoNotCoverTheirRevisionAreReported(t *testing.T) {
	file := sign(t, pdftest.Simple(1).Table(), options())
	_, gap := contents(t, file)
	a, b, rest := gap[0], gap[1], len(file)-gap[1]
	for name, numbers := range map[string]string{
		"from the second byte":          fmt.Sprintf("[1 %d %d %d]", a-1, b, rest),
		"from the second byte, the gap": fmt.Sprintf("[1 %d %d %d]", a, b, rest),
		"a gap that is too wide before": fmt.Sprintf("[0 %d %d %d]", a-10, b, rest),
		"a gap that is too wide after":  fmt.Sprintf("[0 %d %d %d]", a, b+1, rest-1),
		"a gap inside the string":       fmt.Sprintf("[0 %d %d %d]", a+1, b-1, rest+1),
		"ranges that overlap":           fmt.Sprintf("[0 %d %d %d]", a, a-5, len(file)-a+5),
		"a gap of nothing":              fmt.Sprintf("[0 %d %d %d]", a, a, len(file)-a),
		"an end before the end":         fmt.Sprintf("[0 %d %d %d]", a, b, rest-20),
		"an end after the end":          fmt.Sprintf("[0 %d %d %d]", a, b, rest+20),
		"nothing after the gap":         fmt.Sprintf("[0 %d %d 0]", a, b),
		"two numbers":                   fmt.Sprintf("[0 %d]", a),
		"a number that is none":         fmt.Sprintf("[0 %d %d /A]", a, b),
		"a negative number":             fmt.Sprintf("[0 %d %d -1]", a, b),
		"a huge number":                 "[0 9223372036854775807 1 1]",
		"no array":                      "42",
	} {
		s := first(t, setByteRange(t, file, numbers))
		if !s.Has(document.FaultPartialCover) || s.Cover == document.CoverWhole {
			t.Errorf("%s: %v, cover %q", name, s.Faults, s.Cover)
		}
	}
}

func TestEveryChangeOfAByteIsFoundOut(t *testing.T) {
	file := sign(t, pdftest.Simple(1).Table(), options())
	_, gap := contents(t, file)
	tr := trust(t, nil)
	for at := 0; at < len(file); at += 7 {
		if at >= gap[0] && at < gap[1] {
			continue
		}
		changed := bytes.Clone(file)
		changed[at] ^= 1
		found, err := pades.Verify(t.Context(), changed, tr)
		if err == nil && slices.ContainsFunc(found, func(s document.Signature) bool { return s.Good() }) {
			t.Errorf("byte %d: %v", at, found)
		}
	}
	changed := replace(t, file, "Domanda", "Rinunci")
	if s := first(t, changed); !s.Has(document.FaultDocumentChanged) {
		t.Errorf("another text on the page: %v", s.Faults)
	}
	if words := pdfsig(t, changed); strings.Contains(words, "Signature is Valid") {
		t.Errorf("another text on the page: pdfsig says\n%s", words)
	}
}

// withContents puts another CMS in the gap of the last signature.
func withContents(t *testing.T, file, cms []byte) []byte {
	t.Helper()
	_, gap := contents(t, file)
	out := bytes.Clone(file)
	for i := gap[0] + 1; i < gap[1]-1; i++ {
		out[i] = '0'
	}
	hex.Encode(out[gap[0]+1:gap[1]-1], cms)
	return out
}

func TestTheCMSInsideIsLookedAt(t *testing.T) {
	o := options()
	o.StampRoom = 1000 // which stays empty
	file := sign(t, pdftest.Simple(1).Table(), o)
	der, gap := contents(t, file)
	length := 4 + int(der[2])<<8 + int(der[3])
	garbage := bytes.Clone(file)
	garbage[gap[1]-2] = '1'
	other, _ := contents(t, sign(t, pdftest.Simple(2).Table(), o))
	for name, c := range map[string]struct {
		file []byte
		want document.Fault
	}{
		"nothing":                                   {withContents(t, file, nil), document.FaultFormat},
		"something else":                            {withContents(t, file, []byte("hello")), document.FaultFormat},
		"a length beyond the end":                   {withContents(t, file, []byte{0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF}), document.FaultFormat},
		"elements without end":                      {withContents(t, file, bytes.Repeat([]byte{0x30, 0x80}, 1000)), document.FaultFormat},
		"cut off":                                   {withContents(t, file, der[:length/2]), document.FaultFormat},
		"something after it":                        {garbage, document.FaultFormat},
		"the signature of another document":         {withContents(t, file, other[:length]), document.FaultDocumentChanged},
		"a form that is known for its SHA-1":        {replace(t, file, "/SubFilter /ETSI.CAdES.detached", "/SubFilter /adbe.pkcs7.sha1    "), document.FaultWeakAlgorithm},
		"a form that nobody knows":                  {replace(t, file, "/SubFilter /ETSI.CAdES.detached", "/SubFilter /ETSI.CAdES.attached"), document.FaultAlgorithm},
		"a form of today, over what was not signed": {replace(t, file, "/SubFilter /ETSI.CAdES.detached", "/SubFilter /adbe.pkcs7.detached"), document.FaultDocumentChanged},
	} {
		if s := first(t, c.file); !s.Has(c.want) {
			t.Errorf("%s: %v, want %s", name, s.Faults, c.want)
		}
	}
	if s := first(t, withContents(t, file, der[:length])); !s.Good() {
		t.Errorf("the test itself: %v", s.Faults)
	}
}

func TestSignaturesWithoutProperContentsAreReported(t *testing.T) {
	for name, c := range map[string]struct {
		signature string
		packed    bool
	}{
		"no /Contents":           {"/ByteRange [0 1 2 3]", false},
		"/Contents of a number":  {"/ByteRange [0 1 2 3] /Contents 1", false},
		"not hexadecimal":        {"/ByteRange [0 1 2 3] /Contents (abc)", false},
		"in an object stream":    {"/ByteRange [0 1 2 3] /Contents <00>", true},
		"/Contents of their own": {"/ByteRange [0 1 2 3] /Contents 5 0 R", false},
	} {
		f := certified("/P 2")
		f.Objects[21] = "<</Type /Sig /SubFilter /ETSI.CAdES.detached " + c.signature + ">>"
		file := f.Table()
		if c.packed {
			file = f.Packed()
		}
		if s := first(t, file); !s.Has(document.FaultFormat) || len(s.Faults) != 1 {
			t.Errorf("%s: %v", name, s.Faults)
		}
	}
}

func TestTheCertificateIsJudged(t *testing.T) {
	file := pdftest.Simple(1).Table()
	for name, c := range map[string]struct {
		leaf testpki.LeafOptions
		want document.Fault
	}{
		"of another authority": {testpki.LeafOptions{SignedBy: testpki.OtherCA}, document.FaultUntrusted},
		"expired":              {testpki.LeafOptions{Validity: testpki.Expired}, document.FaultExpired},
		"not yet valid":        {testpki.LeafOptions{Validity: testpki.NotYetValid}, document.FaultNotYetValid},
	} {
		o := options()
		o.Certificate, _ = pki.Issue(c.leaf)
		if s := first(t, sign(t, file, o)); !s.Has(c.want) {
			t.Errorf("%s: %v, want %s", name, s.Faults, c.want)
		}
	}
	found, err := pades.Verify(t.Context(), sign(t, file, options()), trust(t, func(o *document.Options) { o.TrustAnchors = []*x509.Certificate{pki.OtherCA()} }))
	if err != nil || !found[0].Has(document.FaultUntrusted) {
		t.Errorf("a portal that trusts others: %v, %v", found, err)
	}
	o := options()
	o.Certificate, _ = pki.Issue(testpki.LeafOptions{Policy: testpki.PolicyOther})
	if s := first(t, sign(t, file, o)); !s.Good() || s.Kind != document.KindOther {
		t.Errorf("not the certificate of a CNS: %v, %q", s.Faults, s.Kind)
	}
}

func TestWhatADocumentDoesIsNoted(t *testing.T) {
	f := pdftest.Simple(3)
	f.Objects[1] = "<</Type /Catalog /Pages 2 0 R /OpenAction 50 0 R /AcroForm <</Fields [] /XFA (x)>> /Perms <</UR3 51 0 R>>>>"
	f.Objects[50] = "<</S /JavaScript /JS (app.alert\\(1\\))>>"
	f.Objects[51] = "<</Type /Sig>>"
	f.Objects[52] = "<</S /Launch /F (calc.exe)>>"
	f.Objects[53] = "<</Type /Filespec /EF <</F 5 0 R>>>>"
	for name, file := range forms(f) {
		r, err := pades.Inspect(file)
		if err != nil || r.Pages != 3 || r.Signatures != 0 || r.Signable != nil || len(r.Notes) != 5 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if s := first(t, sign(t, file, options())); !s.Good() || !slices.ContainsFunc(s.Notes, func(n string) bool { return strings.Contains(n, "JavaScript") }) {
			t.Errorf("%s: %v, %q", name, s.Faults, s.Notes)
		}
	}
	quiet, err := pades.Inspect(pdftest.WithForm().Table())
	if err != nil || len(quiet.Notes) != 0 {
		t.Errorf("a quiet document: %+v, %v", quiet, err)
	}
	r, err := pades.Inspect(certified("/P 1").Table())
	if err != nil || r.Signatures != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	wantFault(t, "a certified document", r.Signable, document.FaultNotAllowed)
}

func TestTheTimeThatASignerClaimsIsRead(t *testing.T) {
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("", 3600), time.FixedZone("", -9000)} {
		o := options()
		o.SigningTime = time.Date(2026, 11, 22, 10, 20, 30, 0, zone)
		if s := first(t, sign(t, pdftest.Simple(1).Table(), o)); !s.ClaimedTime.Equal(o.SigningTime) {
			t.Errorf("%s became %s", o.SigningTime, s.ClaimedTime)
		}
	}
}
