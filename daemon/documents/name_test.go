// SPDX-License-Identifier: EUPL-1.2

package documents

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ponte-cns/ponte/protocol"
)

func TestNamesThatAreRefused(t *testing.T) {
	for _, name := range []string{
		"", " ", ".", "..", "/etc/passwd", "../a.pdf", `..\a.pdf`, `C:\a.pdf`, "a/b.pdf", "a\x00.pdf", "a\n.pdf", "a\x1b[2J.pdf", "a\u0085.pdf",
		"fdp\u202Eexe.pdf", "a\u2066b.pdf", "a\u2028b.pdf", "a\xff.pdf", strings.Repeat("à", protocol.MaxDocumentNameChars+1),
	} {
		if err := CheckName(name); !errors.Is(err, &Refusal{Code: RefusedName}) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"a", "Domanda di iscrizione.pdf", "è già.PDF", "日本.txt", strings.Repeat("à", protocol.MaxDocumentNameChars)} {
		if err := CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestNamesBecomeThoseOfFilesOnEverySystem(t *testing.T) {
	for name, want := range map[string]string{
		"a.pdf":                           "a.pdf",
		"../../etc/passwd":                "passwd",
		`C:\Documenti\a.pdf`:              "a.pdf",
		"a:b*c?.pdf":                      "a_b_c_.pdf",
		"con":                             "_con",
		"AUX.txt":                         "_AUX.txt",
		"com1 .tar.gz":                    "_com1 .tar.gz",
		"lpt².pdf":                        "_lpt².pdf",
		"console.pdf":                     "console.pdf",
		".bashrc":                         "_bashrc",
		"a.pdf. . ":                       "a.pdf",
		"fdp\u202Eexe.pdf":                "fdpexe.pdf",
		"a\tb\x00.pdf":                    "a b_.pdf",
		"a\xffb.pdf":                      "a_b.pdf",
		"":                                "documento",
		"..":                              "documento",
		"/":                               "documento",
		strings.Repeat("x", 250) + ".pdf": strings.Repeat("x", 196) + ".pdf",
	} {
		if got := CleanName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestTheNameOfASignedDocument(t *testing.T) {
	for _, c := range []struct{ name, format, shape, want string }{
		{"domanda.pdf", FormatPAdES, "", "domanda-firmato.pdf"},
		{"domanda-firmato.pdf", FormatPAdES, "", "domanda-firmato-2.pdf"},
		{"domanda-firmato-2.pdf", FormatPAdES, "", "domanda-firmato-3.pdf"},
		{"domanda", FormatPAdES, "", "domanda-firmato"},
		{"domanda.pdf", FormatCAdES, ShapeAttached, "domanda.pdf.p7m"},
		{"domanda.pdf", FormatCAdES, ShapeDetached, "domanda.pdf.p7s"},
		{"domanda.pdf.p7m", FormatCAdES, ShapeParallel, "domanda-firmato.pdf.p7m"},
		{"domanda-firmato.pdf.p7m", FormatCAdES, ShapeParallel, "domanda-firmato-2.pdf.p7m"},
		{"domanda.p7m", FormatCAdES, ShapeParallel, "domanda-firmato.p7m"},
		{"v1.bozza finale.p7m", FormatCAdES, ShapeParallel, "v1.bozza finale-firmato.p7m"},
		{"nota.xml", FormatXAdES, ShapeEnveloped, "nota-firmato.xml"},
		{"nota.txt", FormatXAdES, ShapeEnveloping, "nota-firmato.xml"},
		{"nota.txt", FormatXAdES, ShapeDetached, "nota-firma.xml"},
		{"nota.txt", FormatASiC, "", "nota.asics"},
		{"con.pdf", FormatPAdES, "", "_con-firmato.pdf"},
	} {
		if got := SignedName(c.name, c.format, c.shape); got != c.want {
			t.Errorf("%s (%s %s): %s, want %s", c.name, c.format, c.shape, got, c.want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"a.pdf", "../a", "con.", "\u202E", strings.Repeat("à.", 150), ".p7m", "-firmato-99.pdf", "a\xff", "a" + strings.Repeat(" ", 300) + "b"} {
		f.Add(s)
	}
	ways := []struct{ format, shape string }{
		{FormatPAdES, ""}, {FormatCAdES, ShapeAttached}, {FormatCAdES, ShapeDetached}, {FormatCAdES, ShapeParallel},
		{FormatXAdES, ShapeEnveloped}, {FormatXAdES, ShapeDetached}, {FormatASiC, ""},
	}
	f.Fuzz(func(t *testing.T, name string) {
		clean := CleanName(name)
		if err := CheckName(clean); err != nil || CleanName(clean) != clean || strings.HasPrefix(clean, ".") || !utf8.ValidString(clean) {
			t.Errorf("%q becomes %q (%v), and that %q", name, clean, err, CleanName(clean))
		}
		for _, w := range ways {
			if signed := SignedName(name, w.format, w.shape); CheckName(signed) != nil || CleanName(signed) != signed {
				t.Errorf("%q is called %q when it is signed, and then %q", name, signed, CleanName(signed))
			}
		}
	})
}
