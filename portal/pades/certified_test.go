// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var pki = testpki.New()

// signWith signs a file with more in the signature dictionary than Prepare writes: what others certify or lock with. It
// stands where the reason would be.
func signWith(t *testing.T, file []byte, more string) []byte {
	t.Helper()
	cert, key := pki.Issue(testpki.LeafOptions{})
	inside := cades.Options{Profile: cades.PAdES, Certificate: cert}
	room, err := cades.Size(inside, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &Prepared{file: file}
	if err := p.writeUpdate(Options{Certificate: cert, SigningTime: time.Now(), Reason: strings.Repeat("x", len(more)/2)}, room); err != nil {
		t.Fatal(err)
	}
	reason := fmt.Appendf(nil, "/Reason <%s>", strings.Repeat("78", len(more)/2))
	at := bytes.Index(p.update, reason)
	copy(p.update[at:], append([]byte(more), bytes.Repeat([]byte{' '}, len(reason)-len(more))...))
	if err := p.seal(inside); err != nil {
		t.Fatal(err)
	}
	value, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, p.Digest())
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Assemble(value)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := s.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func verifyFirst(t *testing.T, file []byte) document.Signature {
	t.Helper()
	trust, err := document.NewTrust(document.Options{TrustAnchors: []*x509.Certificate{pki.CA()}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := Verify(t.Context(), file, trust)
	if err != nil {
		t.Fatal(err)
	}
	return found[0]
}

func TestWhatACertificationOrALockForbidsIsAFault(t *testing.T) {
	f := pdftest.WithForm()
	fillName := map[int]string{20: strings.Replace(f.Objects[20], "/FT /Tx", "/FT /Tx /V (Giada)", 1)}
	fillTown := map[int]string{25: strings.Replace(f.Objects[25], "/T (", "/V (Asti) /T (", 1)}
	fillStreet := map[int]string{24: strings.Replace(f.Objects[24], "/T (", "/V (Po) /T (", 1)}
	store := map[int]string{1: "<</Type /Catalog /Pages 2 0 R /AcroForm 30 0 R /DSS 80 0 R>>", 80: "<</Type /DSS>>"}
	mdp := func(level string) string {
		return "/Reference [<</Type /SigRef /TransformMethod /DocMDP /TransformParams <<" + level + ">>>>]"
	}
	lock := func(action string) string {
		return "/Reference [<</TransformMethod /FieldMDP /TransformParams <</Action " + action + ">>>>]"
	}
	for name, c := range map[string]struct {
		more   string
		update map[int]string
		fault  bool
	}{
		"no changes: a value":             {mdp("/P 1"), fillName, true},
		"an unknown level: a value":       {mdp("/P 7"), fillName, true},
		"no changes: validation data":     {mdp("/P 1"), store, false},
		"forms: a value":                  {mdp("/P 2"), fillName, false},
		"the default: a value":            {mdp(""), fillName, false},
		"annotations: a value":            {mdp("/P 3"), fillName, false},
		"all fields: a value":             {lock("/All"), fillName, true},
		"an unknown action: a value":      {lock("/Some"), fillName, true},
		"that field: its value":           {lock("/Include /Fields [(nome)]"), fillName, true},
		"that field: another's value":     {lock("/Include /Fields [(nome)]"), fillTown, false},
		"that group: a value in it":       {lock("/Include /Fields [(indirizzo)]"), fillTown, true},
		"another by its name: a value":    {lock("/Include /Fields [(indir)]"), fillTown, false},
		"all but that field: its value":   {lock("/Exclude /Fields [(indirizzo.via)]"), fillStreet, false},
		"all but that field: another one": {lock("/Exclude /Fields [(indirizzo.via)]"), fillName, true},
	} {
		signed := signWith(t, f.Table(), c.more)
		if s := verifyFirst(t, signed); !s.Good() {
			t.Fatalf("%s: the test itself: %v", name, s.Faults)
		}
		if s := verifyFirst(t, pdftest.Update(signed, c.update, "")); s.Has(document.FaultChangedAfter) != c.fault || s.Good() == c.fault {
			t.Errorf("%s: %v", name, s.Faults)
		}
	}
}

func TestADocumentThatWasCertifiedHereCannotBeSignedAgain(t *testing.T) {
	signed := signWith(t, pdftest.WithForm().Table(), "/Reference [<</TransformMethod /DocMDP /TransformParams <</P 1>>>>]")
	cert, _ := pki.Issue(testpki.LeafOptions{})
	_, err := Prepare(signed, Options{Certificate: cert, SigningTime: time.Now()})
	if r, ok := err.(*document.Refusal); !ok || r.Fault != document.FaultNotAllowed {
		t.Errorf("%v", err)
	}
}

func TestDatesAreReadAsTheyStand(t *testing.T) {
	for text, want := range map[string]string{
		"D:20261122102030+01'00'": "2026-11-22T10:20:30+01:00",
		"D:20261122102030+01'00":  "2026-11-22T10:20:30+01:00",
		"D:20261122102030-02'30'": "2026-11-22T10:20:30-02:30",
		"D:20261122102030Z":       "2026-11-22T10:20:30Z",
		"D:20261122102030Z00'00'": "2026-11-22T10:20:30Z",
		"D:20261122":              "2026-11-22T00:00:00Z",
		"202611221020":            "2026-11-22T10:20:00Z",
		"":                        "", "D:": "", "D:2026": "", "D:20261322": "", "D:2026112210203": "",
		"D:20261122102030+99'00'": "", "D:20261122102030x01": "", "D:20261122102030+": "", "D:99999999999999999999": "",
	} {
		got, err := parseDate(text)
		if err != nil && want == "" {
			continue
		}
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q: %s, %v; want %q", text, got.Format(time.RFC3339), err, want)
		}
	}
}

func TestIndefiniteLengthsEndWhereTheyEnd(t *testing.T) {
	for name, c := range map[string]struct {
		der  []byte
		want int // 0: refused
	}{
		"nothing":                    {nil, 0},
		"a definite length":          {[]byte{0x30, 2, 5, 0, 0, 0}, 4},
		"a long one":                 {append([]byte{0x30, 0x82, 1, 0}, make([]byte, 300)...), 260},
		"one beyond the end":         {[]byte{0x30, 5, 0}, 0},
		"one of five bytes":          {[]byte{0x30, 0x85, 0, 0, 0, 0, 0, 0}, 0},
		"an indefinite one":          {[]byte{0x30, 0x80, 5, 0, 0, 0, 0, 0}, 6},
		"one in the other":           {[]byte{0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0, 0}, 8},
		"without its end":            {[]byte{0x30, 0x80, 5, 0}, 0},
		"of what is not constructed": {[]byte{0x04, 0x80, 0, 0}, 0},
		"levels without end":         {append(bytes.Repeat([]byte{0x30, 0x80}, 500), make([]byte, 1000)...), 0},
		"a tag of several bytes":     {[]byte{0x3F, 0x81, 0, 0}, 0},
	} {
		if n, err := elementLength(c.der); n != c.want || (err != nil) != (c.want == 0) {
			t.Errorf("%s: %d, %v; want %d", name, n, err, c.want)
		}
	}
}
