// SPDX-License-Identifier: BSD-3-Clause

package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ponte-cns/ponte/portal/pades/pdf"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
)

// forms are the ways in which the same document may be written.
func forms(f pdftest.File) map[string][]byte {
	return map[string][]byte{"table": f.Table(), "xref stream": f.Packed(), "hybrid": f.Hybrid()}
}

func replace(t *testing.T, file []byte, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(file, []byte(old)) {
		t.Fatalf("%q is not in the file", old)
	}
	return bytes.Replace(file, []byte(old), []byte(new), 1)
}

func TestTheSameDocumentIsReadWhateverItsCrossReference(t *testing.T) {
	for name, file := range forms(pdftest.WithForm()) {
		d, err := pdf.Open(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		page, err := d.Page(1)
		if err != nil || page.MediaBox != [4]float64{0, 0, 595, 842} || page.Ref.Number != 4 {
			t.Errorf("%s: %v, %v", name, page, err)
		}
		if o, err := d.Number(25); err != nil || o.(pdf.Dict)["T"].(pdf.String).Text() != "città" {
			t.Errorf("%s: field 25: %v, %v", name, o, err)
		}
		if n, err := d.Pages(); n != 1 || err != nil {
			t.Errorf("%s: %d pages, %v", name, n, err)
		}
	}
}

func TestAHundredThousandPagesAreCounted(t *testing.T) {
	d, err := pdf.Open(pdftest.Simple(100_000).Table())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := d.Pages(); n != 100_000 || err != nil {
		t.Errorf("%d pages, %v", n, err)
	}
	if _, err := d.Page(100_001); !errors.Is(err, pdf.ErrNoPage) {
		t.Errorf("the page after the last: %v", err)
	}
}

// qpdf runs qpdf, and takes its warnings for failures.
func qpdf(t *testing.T, arguments ...string) {
	t.Helper()
	if out, err := exec.Command("qpdf", arguments...).CombinedOutput(); err != nil {
		t.Fatalf("qpdf %v: %v\n%s", arguments, err, out)
	}
}

func TestFilesThatQpdfWritesAreRead(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "source.pdf")
	if err := os.WriteFile(source, pdftest.Simple(30).Table(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, option := range []string{"--linearize", "--object-streams=generate", "--object-streams=disable"} {
		out := filepath.Join(dir, "out.pdf")
		qpdf(t, option, source, out)
		file, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		d, err := pdf.Open(file)
		if err != nil {
			t.Errorf("%s: %v", option, err)
			continue
		}
		if n, err := d.Pages(); n != 30 || err != nil {
			t.Errorf("%s: %d pages, %v", option, n, err)
		}
	}
}

func TestUpdatesAreReadByQpdfWhateverTheCrossReference(t *testing.T) {
	for name, file := range forms(pdftest.WithForm()) {
		d, err := pdf.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		u, err := d.NewUpdate()
		if err != nil {
			t.Fatal(err)
		}
		r := u.Reserve()
		u.Write(pdf.Ref{Number: 20}, pdf.Dict{"T": pdf.Text("città"), "FT": pdf.Name("Tx"), "Extra#": r, "Real": pdf.Real("-.5")})
		u.Write(r, &pdf.Stream{Dict: pdf.Dict{}, Raw: []byte("hello")})
		whole := append(bytes.Clone(file), u.Close()...)
		again, err := pdf.Open(whole)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		o, err := again.Number(20)
		if err != nil || o.(pdf.Dict)["T"].(pdf.String).Text() != "città" || o.(pdf.Dict)["Extra#"] != r {
			t.Errorf("%s: %v, %v", name, o, err)
		}
		if s, err := again.Load(r); err != nil || string(s.(*pdf.Stream).Raw) != "hello" {
			t.Errorf("%s: %v, %v", name, s, err)
		}
		path := filepath.Join(t.TempDir(), "x.pdf")
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		qpdf(t, "--check", path)
		old, err := again.Before(len(file))
		if err != nil || again.SameRevision(old) || len(again.Changed(old)) < 2 {
			t.Errorf("%s: the revision before: %v", name, err)
		}
		if o, err := old.Number(20); err != nil || o.(pdf.Dict)["T"].(pdf.String).Text() != "nome" {
			t.Errorf("%s: the object as it was: %v, %v", name, o, err)
		}
	}
}

func TestOnlyRevisionsThatTheFileBuildsOnAreGiven(t *testing.T) {
	file := pdftest.Simple(1).Table()
	d, err := pdf.Open(pdftest.Update(file, map[int]string{3: "null"}, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []int{0, -1, 1 << 40, len(file) - 2, len(file) + 1, 100} {
		if _, err := d.Before(end); !errors.Is(err, pdf.ErrMalformed) {
			t.Errorf("%d of %d bytes: %v", end, d.Size(), err)
		}
	}
	alone := pdftest.Update(file, map[int]string{3: "null"}, "")
	alone = replace(t, alone, fmt.Sprintf("/Prev %d", pdftest.LastXref(file)), "")
	if d, err = pdf.Open(alone); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Before(len(file)); !errors.Is(err, pdf.ErrHistory) {
		t.Errorf("a file that forgot its history: %v", err)
	}
}
