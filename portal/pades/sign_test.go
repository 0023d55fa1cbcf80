// SPDX-License-Identifier: BSD-3-Clause

package pades_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// certified is a document with a certification, whose signature nobody has to verify.
func certified(level string) pdftest.File {
	f := pdftest.Simple(1)
	f.Objects[1] = "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [20 0 R]>> /Perms <</DocMDP 21 0 R>>>>"
	f.Objects[20] = "<</FT /Sig /T (x) /V 21 0 R>>"
	f.Objects[21] = "<</Type /Sig /Contents <00> /Reference [<</TransformMethod /DocMDP /TransformParams <<" + level + ">>>>]>>"
	return f
}

func TestDocumentsThatCannotBeSignedAreRefused(t *testing.T) {
	good := pdftest.Simple(1)
	encrypted := pdftest.Simple(1)
	encrypted.Trailer = "/Root 1 0 R /Encrypt 3 0 R"
	locked := pdftest.WithForm()
	locked.Objects[22] = "<</FT /Sig /T (x) /V 40 0 R /Lock <</Action /All /P 1>>>>"
	locked.Objects[40] = "<</Type /Sig /Contents <00>>>"
	unlisted := certified("/P 1")
	unlisted.Objects[1] = "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [20 0 R]>>>>"
	noForm := certified("/P 1")
	noForm.Objects[1] = "<</Type /Catalog /Pages 2 0 R /Perms <</DocMDP 21 0 R>>>>"
	circle := pdftest.WithForm()
	circle.Objects[24] = "<</Parent 23 0 R /Kids [23 0 R]>>"
	pages := pdftest.Simple(1)
	pages.Objects[2] = "<</Type /Pages /Kids [2 0 R]>>"
	bomb := pdftest.Simple(1).Packed()
	bomb = pdftest.Update(bomb, map[int]string{6: pdftest.Flate("/Type /ObjStm /N 1 /First 4", make([]byte, 65<<20))}, "")
	for name, c := range map[string]struct {
		file []byte
		want document.Fault
	}{
		"nothing":                         {nil, document.FaultFormat},
		"no PDF":                          {[]byte("<html>"), document.FaultFormat},
		"cut off":                         {good.Table()[:300], document.FaultFormat},
		"a cross-reference that is wrong": {replace(t, good.Table(), "4 0 obj", "8 0 obj"), document.FaultFormat},
		"encrypted":                       {encrypted.Table(), document.FaultEncrypted},
		"certified, no changes allowed":   {certified("/P 1").Table(), document.FaultNotAllowed},
		"certified with a level that nobody knows":  {certified("/P 9").Table(), document.FaultNotAllowed},
		"certified without naming it in /Perms":     {unlisted.Table(), document.FaultNotAllowed},
		"certified by a signature outside the form": {noForm.Table(), document.FaultNotAllowed},
		"locked by a signed field":                  {locked.Table(), document.FaultNotAllowed},
		"a field that is its own ancestor":          {circle.Table(), document.FaultFormat},
		"a page tree in a circle":                   {pages.Table(), document.FaultFormat},
		"an object stream that is a bomb":           {bomb, document.FaultTooLarge},
		"too large":                                 {append([]byte("%PDF-1.7\n"), make([]byte, 128<<20)...), document.FaultTooLarge},
	} {
		_, err := pades.Prepare(c.file, options())
		wantFault(t, name, err, c.want)
	}
	for _, level := range []string{"", "/P 2", "/P 3"} {
		if _, err := pades.Prepare(certified(level).Table(), options()); err != nil {
			t.Errorf("certified with %q: %v", level, err)
		}
	}
}

func TestOptionsThatDoNotFitAreRefused(t *testing.T) {
	file := pdftest.Simple(2).Table()
	box := func(b pades.Box) func(*pades.Options) { return func(o *pades.Options) { o.Box = &b } }
	good := pades.Box{Page: 1, X: 10, Y: 10, Width: 200, Height: 60}
	with := func(change func(*pades.Box)) func(*pades.Options) { b := good; change(&b); return box(b) }
	for name, c := range map[string]struct {
		change func(*pades.Options)
		want   error // nil: any
	}{
		"no certificate":                 {func(o *pades.Options) { o.Certificate = nil }, nil},
		"no time":                        {func(o *pades.Options) { o.SigningTime = time.Time{} }, nil},
		"a time that cannot be written":  {func(o *pades.Options) { o.SigningTime = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC) }, nil},
		"too much room for a time stamp": {func(o *pades.Options) { o.StampRoom = 1 << 20 }, nil},
		"a name with a line break":       {func(o *pades.Options) { o.Name = "GIADA\nROSSINI" }, pades.ErrText},
		"a name that turns the text":     {func(o *pades.Options) { o.Name = "GIADA \u202EINISSOR" }, pades.ErrText},
		"a name of many characters":      {func(o *pades.Options) { o.Name = strings.Repeat("A", 151) }, pades.ErrText},
		"a reason of many characters":    {func(o *pades.Options) { o.Reason = strings.Repeat("A", 301) }, pades.ErrText},
		"a reason that is no UTF-8":      {func(o *pades.Options) { o.Reason = "\xFF" }, pades.ErrText},
		"a location with a zero":         {func(o *pades.Options) { o.Location = "\x00" }, pades.ErrText},
		"a page that is not there":       {with(func(b *pades.Box) { b.Page = 3 }), pades.ErrNoPage},
		"page zero":                      {with(func(b *pades.Box) { b.Page = 0 }), pades.ErrNoPage},
		"a box left of the page":         {with(func(b *pades.Box) { b.X = -1 }), pades.ErrBoxOutside},
		"a box above the page":           {with(func(b *pades.Box) { b.Y = 800 }), pades.ErrBoxOutside},
		"a box of no place":              {with(func(b *pades.Box) { b.X = nan() }), pades.ErrBoxOutside},
		"a box of negative size":         {with(func(b *pades.Box) { b.Width = -200 }), pades.ErrBoxSmall},
		"a box too small for anything":   {with(func(b *pades.Box) { b.Width = 10 }), pades.ErrBoxSmall},
		"a box too small for the name":   {with(func(b *pades.Box) { b.Width, b.Height = 40, 12 }), pades.ErrBoxSmall},
		"a language that nobody knows":   {with(func(b *pades.Box) { b.Language = "fr" }), nil},
		"a title with a line break":      {with(func(b *pades.Box) { b.Title = "a\nb" }), pades.ErrText},
		"letters that the font lacks":    {func(o *pades.Options) { o.Name = "Джада"; o.Box = &good }, pades.ErrText},
	} {
		o := options()
		c.change(&o)
		if _, err := pades.Prepare(file, o); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func nan() float64 { zero := 0.0; return zero / zero }

func TestASignatureOfAnotherKeyIsRefused(t *testing.T) {
	p, err := pades.Prepare(pdftest.Simple(1).Table(), options())
	if err != nil {
		t.Fatal(err)
	}
	value := cardSign(t, p.Digest())
	value[7] ^= 1
	_, err = p.Assemble(value)
	wantFault(t, "a value that is not the key's", err, document.FaultSignature)
}

func TestADocumentThatChangesWhileThePINIsTypedIsNotSigned(t *testing.T) {
	file := pdftest.Simple(1).Table()
	s := assemble(t, file, options())
	copy(file[bytes.Index(file, []byte("Domanda")):], "Rinunci")
	_, err := s.WriteTo(&bytes.Buffer{})
	wantFault(t, "the file was changed", err, document.FaultDocumentChanged)
}

func TestATimeStampWithoutRoomIsRefused(t *testing.T) {
	s := assemble(t, pdftest.Simple(1).Table(), options())
	wantFault(t, "no room", s.Stamp(t.Context(), stamper{pki.NewTSA(testpki.TSAOptions{})}), document.FaultTooLarge)
}

// failing is a disk that is full after some bytes.
type failing struct{ left int }

var errFull = errors.New("no space left")

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestAFullDiskIsReported(t *testing.T) {
	file := pdftest.Simple(1).Table()
	s := assemble(t, file, options())
	whole := len(write(t, s))
	for _, room := range []int{0, len(file), len(file) + 300, whole - 1} {
		if _, err := s.WriteTo(&failing{room}); !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
}

func TestEveryFormOfFileIsSignedAndJudgedGoodByOthers(t *testing.T) {
	for name, file := range forms(pdftest.WithForm()) {
		for _, visible := range []bool{false, true} {
			o := options()
			o.Reason, o.Location = "Perché è così", "Forlì"
			if visible {
				o.Box = &pades.Box{Page: 1, X: 300, Y: 100, Width: 200, Height: 60}
			}
			out := sign(t, file, o)
			if !bytes.HasPrefix(out, file) {
				t.Fatalf("%s: the file is not what the signed one begins with", name)
			}
			s := first(t, out)
			if !s.Good() || s.Level != document.LevelB || s.Cover != document.CoverWhole || s.Format != document.PAdES || s.Kind != document.KindFEA {
				t.Errorf("%s: %+v", name, s)
			}
			if s.Name != o.Name || s.Reason != o.Reason || s.Location != o.Location || s.ClaimedTime.Unix() != o.SigningTime.Unix() {
				t.Errorf("%s: %q %q %q %s", name, s.Name, s.Reason, s.Location, s.ClaimedTime)
			}
			qpdf(t, out)
			words := pdfsig(t, out)
			if !strings.Contains(words, "Signature is Valid") || !strings.Contains(words, "Total document signed") ||
				!strings.Contains(words, "ETSI.CAdES.detached") {
				t.Errorf("%s: pdfsig says\n%s", name, words)
			}
		}
	}
}

func TestFilesOfQpdfAreSigned(t *testing.T) {
	source := save(t, pdftest.WithForm().Table())
	for _, option := range []string{"--linearize", "--object-streams=generate", "--min-version=2.0"} {
		target := filepath.Join(t.TempDir(), "out.pdf")
		if out, err := run(t, "qpdf", option, source, target); err != nil {
			t.Fatal(err, out)
		}
		file, err := os.ReadFile(target)
		if err != nil {
			t.Fatal(err)
		}
		out := sign(t, file, options())
		if s := first(t, out); !s.Good() || s.Cover != document.CoverWhole {
			t.Errorf("%s: %+v", option, s)
		}
		qpdf(t, out)
		if words := pdfsig(t, out); !strings.Contains(words, "Signature is Valid") {
			t.Errorf("%s: pdfsig says\n%s", option, words)
		}
	}
}

func TestOpenSSLVerifiesTheCMS(t *testing.T) {
	out := sign(t, pdftest.Simple(1).Table(), options())
	der, gap := contents(t, out)
	dir := t.TempDir()
	covered := append(bytes.Clone(out[:gap[0]]), out[gap[1]:]...)
	for name, b := range map[string][]byte{"cms": der, "covered": covered, "ca.pem": pki.CAPEM()} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := []string{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", filepath.Join(dir, "cms"), "-purpose", "any",
		"-content", filepath.Join(dir, "covered"), "-CAfile", filepath.Join(dir, "ca.pem"), "-out", filepath.Join(dir, "out")}
	if words, err := run(t, "openssl", command...); err != nil {
		t.Errorf("openssl: %v\n%s", err, words)
	}
	covered[20] ^= 1
	if err := os.WriteFile(filepath.Join(dir, "covered"), covered, 0o600); err != nil {
		t.Fatal(err)
	}
	if words, err := run(t, "openssl", command...); err == nil {
		t.Errorf("openssl accepts a changed document\n%s", words)
	}
}

func TestASecondSignatureKeepsTheFirst(t *testing.T) {
	for name, file := range forms(pdftest.WithForm()) {
		once := sign(t, file, options())
		o := options()
		o.Box = &pades.Box{Page: 1, X: 300, Y: 100, Width: 200, Height: 60}
		twice := sign(t, once, o)
		both := verify(t, twice)
		if len(both) != 2 || !both[0].Good() || !both[1].Good() || both[0].Cover != document.CoverRevision || both[1].Cover != document.CoverWhole {
			t.Errorf("%s: %+v", name, both)
		}
		words := pdfsig(t, twice)
		if strings.Count(words, "Signature is Valid") != 2 {
			t.Errorf("%s: pdfsig says\n%s", name, words)
		}
		qpdf(t, twice)
		third := sign(t, twice, options())
		if all := verify(t, third); len(all) != 3 || !all[0].Good() || !all[1].Good() || !all[2].Good() {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

func TestATimeStampMakesItBT(t *testing.T) {
	o := options()
	o.StampRoom = cades.StampRoom
	s := assemble(t, pdftest.Simple(1).Table(), o)
	if err := s.Stamp(t.Context(), stamper{pki.NewTSA(testpki.TSAOptions{})}); err != nil {
		t.Fatal(err)
	}
	out := write(t, s)
	got := first(t, out)
	if !got.Good() || got.Level != document.LevelT || len(got.TimeStamps) != 1 {
		t.Errorf("%+v", got)
	}
	if words := pdfsig(t, out); !strings.Contains(words, "Signature is Valid") {
		t.Errorf("pdfsig says\n%s", words)
	}
}
