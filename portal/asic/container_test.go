// SPDX-License-Identifier: BSD-3-Clause

package asic_test

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ponte-cns/ponte/portal/asic"
	"github.com/ponte-cns/ponte/portal/document"
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
			"a type of another name":    {changed(t, good, func(f []file) []file { f[0].Name = "MIMETYPE"; return f }), document.FaultFormat},
			"signatures elsewhere":      {changed(t, good, func(f []file) []file { f[2].Name = "META-INF/firme.xml"; return f }), document.FaultFormat},
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

// unlisted takes a file out of the list of a container; it stays where it is.
func unlisted(t *testing.T, b []byte, name string) []byte {
	t.Helper()
	entry := bytes.LastIndex(b, []byte(name)) - 46
	length := 46 + len(name)
	b = append(bytes.Clone(b[:entry]), b[entry+length:]...)
	end := b[len(b)-22:]
	end[8]--
	end[10]--
	binary.LittleEndian.PutUint32(end[12:], binary.LittleEndian.Uint32(end[12:])-uint32(length))
	if z, err := zip.NewReader(bytes.NewReader(b), int64(len(b))); err != nil || len(z.File) != 3 {
		t.Fatalf("the file of the test is not good: %v", err)
	}
	return b
}

func TestAFileThatIsHiddenBetweenTheOthersIsRefused(t *testing.T) {
	good := container(t, document.CAdES)
	const hidden = "nascosto.txt"
	for place := 1; place <= 3; place++ {
		b := unlisted(t, changed(t, good, func(f []file) []file { return slices.Insert(f, place, named(f[1], hidden)) })(), hidden)
		if _, err := read(b); !isRefusal(err, document.FaultFormat) {
			t.Errorf("at %d: %v", place, err)
		}
	}
	noise := make([]byte, 1<<20)
	rand.Read(noise)
	b := unlisted(t, changed(t, good, func(f []file) []file {
		return slices.Insert(f, 1, file{zip.FileHeader{Name: hidden, Method: zip.Store}, noise})
	})(), hidden)
	r := &watching{r: bytes.NewReader(b)}
	if _, err := asic.Read(r, int64(len(b))); !isRefusal(err, document.FaultFormat) || r.most > 100<<10 {
		t.Errorf("a large one: %v; %d bytes were read at once", err, r.most)
	}
}

// watching notes the largest piece that is read.
type watching struct {
	r    io.ReaderAt
	most int
}

func (w *watching) ReadAt(b []byte, at int64) (int, error) {
	w.most = max(w.most, len(b))
	return w.r.ReadAt(b, at)
}

// What archive/zip would look for elsewhere is refused before it does.
func TestTheListOfFilesIsWhereTheEndSaysAndShort(t *testing.T) {
	good := container(t, document.CAdES)
	short := bytes.Clone(good)
	short[len(short)-10]-- // its length
	for name, b := range map[string][]byte{"a byte before": append([]byte("x"), good...), "a list that is longer than it says": short} {
		if _, err := read(b); !isRefusal(err, document.FaultFormat) || !strings.Contains(err.Error(), "before or behind") {
			t.Errorf("%s: %v", name, err)
		}
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
