// SPDX-License-Identifier: BSD-3-Clause

package asic_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ponte-cns/ponte/portal/asic"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestOptionsThatDoNotFitAreRefused(t *testing.T) {
	for what, change := range map[string]func(*asic.Options){
		"no format":                func(o *asic.Options) { o.Format = "" },
		"the format of a PDF":      func(o *asic.Options) { o.Format = document.PAdES },
		"no certificate":           func(o *asic.Options) { o.Certificate = nil },
		"no name":                  func(o *asic.Options) { o.Name = "" },
		"a long name":              func(o *asic.Options) { o.Name = strings.Repeat("x", 300) },
		"a folder":                 func(o *asic.Options) { o.Name = "a/b.txt" },
		"a folder of Windows":      func(o *asic.Options) { o.Name = `a\b.txt` },
		"a disk":                   func(o *asic.Options) { o.Name = "C:b.txt" },
		"the folder around":        func(o *asic.Options) { o.Name = ".." },
		"a control character":      func(o *asic.Options) { o.Name = "a\x00b" },
		"text that changes sides":  func(o *asic.Options) { o.Name = "a\u202etxt.exe" },
		"bytes that are no text":   func(o *asic.Options) { o.Name = "a\xff" },
		"the name of the type":     func(o *asic.Options) { o.Name = "MimeType" },
		"the folder of signatures": func(o *asic.Options) { o.Name = "meta-inf" },
	} {
		o := options(document.CAdES)
		change(&o)
		if _, err := asic.Prepare(bytes.NewReader(text), o); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	broken := errors.New("the disk is broken")
	if _, err := asic.Prepare(iotest.ErrReader(broken), options(document.CAdES)); !errors.Is(err, broken) {
		t.Errorf("a broken disk: %v", err)
	}
	p, err := asic.Prepare(bytes.NewReader(text), options(document.XAdES))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Assemble(make([]byte, 256)); !isRefusal(err, document.FaultSignature) {
		t.Errorf("a value that the card did not make: %v", err)
	}
}

func TestADocumentThatChangedBeforeItIsWrittenIsRefused(t *testing.T) {
	s := signed(t, text, options(document.XAdES))
	for _, content := range [][]byte{nil, text[1:], append(bytes.Clone(text), 'x')} {
		if err := s.Write(io.Discard, bytes.NewReader(content)); !isRefusal(err, document.FaultDocumentChanged) {
			t.Errorf("%d bytes: %v", len(content), err)
		}
	}
}

func TestAContainerThatProgramsMaySeeDifferentlyIsRefused(t *testing.T) {
	for _, format := range []document.Format{document.CAdES, document.XAdES} {
		good := container(t, format)
		for what, c := range map[string]struct {
			make func() []byte
			want document.Fault
		}{
			"nothing":                   {func() []byte { return nil }, document.FaultFormat},
			"no ZIP file":               {func() []byte { return bytes.Repeat([]byte("x"), 500) }, document.FaultFormat},
			"a byte before":             {func() []byte { return append([]byte("x"), good...) }, document.FaultFormat},
			"a byte behind":             {func() []byte { return append(bytes.Clone(good), 0) }, document.FaultFormat},
			"cut":                       {func() []byte { return good[:len(good)-1] }, document.FaultFormat},
			"a comment":                 {func() []byte { return commented(t, good) }, document.FaultFormat},
			"another type":              {changed(t, good, func(f []file) []file { f[0].content[2] = 'x'; return f }), document.FaultFormat},
			"a packed type":             {changed(t, good, func(f []file) []file { f[0].Method = zip.Deflate; return f }), document.FaultFormat},
			"a type with extra data":    {changed(t, good, func(f []file) []file { f[0].Extra = []byte{1, 2, 0, 0}; return f }), document.FaultFormat},
			"a type that is not first":  {changed(t, good, func(f []file) []file { f[0], f[1] = f[1], f[0]; return f }), document.FaultFormat},
			"no type":                   {changed(t, good, func(f []file) []file { return f[1:] }), document.FaultFormat},
			"two types":                 {changed(t, good, func(f []file) []file { return append(f, f[0]) }), document.FaultFormat},
			"no document":               {changed(t, good, func(f []file) []file { return []file{f[0], f[2]} }), document.FaultFormat},
			"two documents":             {changed(t, good, func(f []file) []file { return append(f, named(f[1], "altro.txt")) }), document.FaultFormat},
			"the document twice":        {changed(t, good, func(f []file) []file { return append(f, f[1]) }), document.FaultFormat},
			"no signatures":             {changed(t, good, func(f []file) []file { return f[:2] }), document.FaultNoSignature},
			"two signatures":            {changed(t, good, func(f []file) []file { return append(f, f[2]) }), document.FaultFormat},
			"something with them":       {changed(t, good, func(f []file) []file { return append(f, named(f[1], "META-INF/manifest.xml")) }), document.FaultFormat},
			"a folder":                  {changed(t, good, func(f []file) []file { f[1].Name = "a/b.txt"; return f }), document.FaultFormat},
			"the folder around":         {changed(t, good, func(f []file) []file { f[1].Name = "../b.txt"; return f }), document.FaultFormat},
			"only a folder":             {changed(t, good, func(f []file) []file { f[1].Name = "a/"; f[1].content = nil; return f }), document.FaultFormat},
			"a link":                    {changed(t, good, func(f []file) []file { f[1].SetMode(0o777 | 1<<27); return f }), document.FaultFormat},
			"a password":                {replaced(good, 6, 9), document.FaultEncrypted},
			"a name of its own inside":  {local(good, 30, 'X'), document.FaultFormat},
			"a method of its own":       {local(good, 8, 0), document.FaultFormat},
			"a document without end":    {listed(good, 22, 1), document.FaultFormat},
			"a document that overlaps":  {listed(good, 20, 1), document.FaultFormat},
			"a long list":               {changed(t, good, func(f []file) []file { f[1].Comment = strings.Repeat("x", 9000); return f }), document.FaultTooLarge},
			"a document of ten million": {changed(t, good, func(f []file) []file { f[1].content = make([]byte, 11<<20); return f }), document.FaultTooLarge},
		} {
			t.Run(string(format)+" "+what, func(t *testing.T) {
				if _, err := read(c.make()); !isRefusal(err, c.want) {
					t.Errorf("%v, want %s", err, c.want)
				}
			})
		}
	}
}

func TestAFileThatIsHiddenBetweenTheOthersIsRefused(t *testing.T) {
	all := files(t, container(t, document.CAdES))
	hidden := joined(t, []file{all[0], named(all[1], "nascosto.txt"), all[1], all[2]})
	at := bytes.LastIndex(hidden, []byte("PK\x05\x06"))
	entry := bytes.LastIndex(hidden, []byte("nascosto.txt")) - 46
	next := bytes.Index(hidden[entry+4:], []byte("PK\x01\x02")) + entry + 4
	b := append(bytes.Clone(hidden[:entry]), hidden[next:]...) // the list does not have it
	end := b[at-(next-entry):]
	end[8], end[10] = 3, 3
	length := uint32(end[12]) | uint32(end[13])<<8
	length -= uint32(next - entry)
	end[12], end[13] = byte(length), byte(length>>8)
	if z, err := zip.NewReader(bytes.NewReader(b), int64(len(b))); err != nil || len(z.File) != 3 {
		t.Fatalf("the file of the test is not good: %v", err)
	}
	if _, err := read(b); !isRefusal(err, document.FaultFormat) {
		t.Errorf("%v", err)
	}
}

func TestADiskThatFailsIsNoRefusal(t *testing.T) {
	good, broken := container(t, document.CAdES), errors.New("the disk is broken")
	for n := range 6 {
		_, err := asic.Read(&failing{bytes.NewReader(good), n, broken}, int64(len(good)))
		if n > 0 && err == nil {
			break
		}
		if !errors.Is(err, broken) {
			t.Errorf("after %d reads: %v", n, err)
		}
	}
}

type failing struct {
	r    io.ReaderAt
	left int
	err  error
}

func (f *failing) ReadAt(b []byte, at int64) (int, error) {
	if f.left--; f.left < 0 {
		return 0, f.err
	}
	return f.r.ReadAt(b, at)
}

func TestASignatureOfSomethingElseIsFound(t *testing.T) {
	for _, format := range []document.Format{document.CAdES, document.XAdES} {
		good := container(t, format)
		if s := verify(t, changed(t, good, func(f []file) []file { f[1].content[3] ^= 1; return f })()); !s.Has(document.FaultDocumentChanged) {
			t.Errorf("%s: another document: %v", format, s.Faults)
		}
	}
	renamed := verify(t, changed(t, container(t, document.XAdES), func(f []file) []file { f[1].Name = "altro.txt"; return f })())
	if !renamed.Has(document.FaultNoContent) {
		t.Errorf("another name: %v", renamed.Faults)
	}
}

func TestADocumentThatIsDamagedIsAFault(t *testing.T) {
	for _, format := range []document.Format{document.CAdES, document.XAdES} {
		damaged := changed(t, container(t, format), func(f []file) []file { f[1].Method = zip.Store; return f })()
		at := bytes.Index(damaged, []byte("Domanda"))
		damaged[at] ^= 1
		c, err := read(damaged)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Verify(t.Context(), trust(t)); !isRefusal(err, document.FaultFormat) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestWhatIsMadeHereIsGoodAndOtherProgramsReadIt(t *testing.T) {
	for _, format := range []document.Format{document.CAdES, document.XAdES} {
		t.Run(string(format), func(t *testing.T) {
			const name = "domanda.txt" // xmlsec1 does not undo what is escaped in a URI
			o := options(format)
			o.Name = name
			s := signed(t, text, o)
			if err := s.Stamp(t.Context(), authority{pki.NewTSA(testpki.TSAOptions{})}); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := s.Write(&out, bytes.NewReader(text)); err != nil {
				t.Fatal(err)
			}
			found := verify(t, out.Bytes())
			if !found.Good() || found.Level != document.LevelT || found.Cover != document.CoverWhole || found.Format != format || found.Kind != document.KindFEA {
				t.Errorf("%+v", found)
			}
			if !bytes.HasPrefix(out.Bytes()[30:], []byte("mimetypeapplication/vnd.etsi.asic-s+zip")) {
				t.Error("the type is not where other programs look for it")
			}
			c, err := read(out.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			r, err := c.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if b, err := io.ReadAll(r); err != nil || !bytes.Equal(b, text) || c.Name() != name || c.Size() != int64(len(text)) {
				t.Errorf("%q %q %v", c.Name(), b, err)
			}
			judgedByOthers(t, format, name, out.Bytes())
		})
	}
}

// judgedByOthers takes the container apart with unzip and gives its signature to openssl or xmlsec1.
func judgedByOthers(t *testing.T, format document.Format, name string, b []byte) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "c.asics"), b)
	write(t, filepath.Join(dir, "ca.pem"), caPEM())
	run := func(args ...string) ([]byte, error) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		return cmd.CombinedOutput()
	}
	if words, err := run("unzip", "-q", "c.asics"); err != nil {
		t.Fatalf("%s", words)
	}
	args := []string{"openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "META-INF/signature.p7s", "-content", name, "-CAfile", "ca.pem", "-purpose", "any", "-out", "out"}
	if format == document.XAdES {
		args = []string{"xmlsec1", "--verify", "--trusted-pem", "ca.pem", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties", "META-INF/signatures.xml"}
	}
	if words, err := run(args...); err != nil {
		t.Errorf("%s", words)
	}
	write(t, filepath.Join(dir, name), []byte("altro"))
	if words, err := run(args...); err == nil {
		t.Errorf("another document is accepted: %s", words)
	}
}

func TestANameWithAccentsIsKept(t *testing.T) {
	for _, format := range []document.Format{document.CAdES, document.XAdES} {
		good := container(t, format)
		if s := verify(t, good); !s.Good() || s.Level != document.LevelB {
			t.Errorf("%s: %+v", format, s)
		}
		if c, err := read(good); err != nil || c.Name() != name {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(container(f, document.CAdES))
	f.Add(container(f, document.XAdES))
	tr := trust(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := read(b)
		if err != nil {
			if _, ok := errors.AsType[*document.Refusal](err); !ok {
				t.Errorf("not a refusal: %v", err)
			}
			return
		}
		found, err := c.Verify(t.Context(), tr)
		if err != nil {
			return
		}
		for _, s := range found {
			if !s.Good() {
				continue
			}
			r, err := c.Open()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, text) {
				t.Errorf("good, with another document: %q %v", got, err)
			}
			r.Close()
		}
	})
}
