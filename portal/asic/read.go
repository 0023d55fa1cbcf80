// SPDX-License-Identifier: BSD-3-Clause

package asic

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ponte-cns/ponte/portal/document"
)

// Limits of what is read.
const (
	MaxSize = 256 << 20 // bytes of a container

	maxDirectory = 8 << 10  // bytes of the list at its end
	maxSignature = 20 << 20 // bytes of the file of signatures
	mayGrow      = 100      // how many times its size a file may grow to, if it is larger than fewBytes
	fewBytes     = 10 << 20
)

// Of the ZIP format (APPNOTE 4.3.7, 4.3.9, 4.3.16 and 4.4.4).
const (
	headLength    = 30 // of the header of a file, without its name
	endLength     = 22 // of the end record, without a comment
	maxGap        = 24 // of the data descriptor behind a file
	isEncrypted   = 1
	hasDescriptor = 8
)

// Container is one that was read. It reads from what it was given, which must not change.
type Container struct {
	content, signature *zip.File
}

func refuse(f document.Fault, format string, a ...any) error {
	return document.Refuse(f, fmt.Sprintf(format, a...))
}

func malformed(format string, a ...any) error { return refuse(document.FaultFormat, format, a...) }

// Read reads a container. It verifies nothing. What it refuses is a *document.Refusal, unless r fails.
func Read(r io.ReaderAt, size int64) (*Container, error) {
	if size > MaxSize {
		return nil, refuse(document.FaultTooLarge, "a container of more than %d MB", MaxSize>>20)
	}
	directory, err := checkEnd(r, size)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, document.RefuseFor(document.FaultFormat, err)
	}
	if err := checkPlaces(r, z.File, directory); err != nil {
		return nil, err
	}
	c := &Container{}
	for i, f := range z.File {
		if err := c.take(i, f); err != nil {
			return nil, err
		}
	}
	switch {
	case c.signature == nil:
		return nil, refuse(document.FaultNoSignature, "no file of signatures in the container")
	case c.content == nil:
		return nil, malformed("no document in the container")
	}
	return c, checkMimetype(z.File[0])
}

// checkEnd reads the end record and gives where the list of files begins. The list must be short, at the very end and
// followed by nothing: archive/zip allocates what it holds.
func checkEnd(r io.ReaderAt, size int64) (int64, error) {
	if size < endLength {
		return 0, malformed("not a ZIP file")
	}
	end := make([]byte, endLength)
	if err := readAt(r, end, size-endLength); err != nil {
		return 0, err
	}
	le := binary.LittleEndian
	if !bytes.HasPrefix(end, []byte("PK\x05\x06")) {
		return 0, malformed("not a ZIP file, or one with a comment")
	}
	length, offset := int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
	switch {
	case le.Uint32(end[4:]) != 0:
		return 0, malformed("a ZIP file of several disks")
	case length > maxDirectory:
		return 0, refuse(document.FaultTooLarge, "a list of files of %d bytes", length)
	case offset+length != size-endLength:
		return 0, malformed("something before or behind the list of files")
	}
	return offset, nil
}

// readAt fills b. An end before that is a fault of the container.
func readAt(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	switch {
	case n == len(b):
		return nil
	case errors.Is(err, io.EOF):
		return malformed("a file that is longer than the container")
	default:
		return fmt.Errorf("reading the container: %w", err)
	}
}

// checkPlaces wants the files one after the other from the beginning to the list, each with the name that the list has:
// a program that reads them from the beginning sees the same.
func checkPlaces(r io.ReaderAt, files []*zip.File, directory int64) error {
	next, gap := int64(0), int64(0) // where the next file begins, at the earliest, and by how much later
	for _, f := range files {
		offset, err := f.DataOffset()
		if err != nil {
			return document.RefuseFor(document.FaultFormat, err)
		}
		length := offset - next
		if length < headLength+int64(len(f.Name)) || length > gap+headLength+maxDirectory {
			return malformed("files that overlap, or something hidden between them")
		}
		before := make([]byte, length)
		if err := readAt(r, before, next); err != nil {
			return err
		}
		if err := checkHead(before, gap, f); err != nil {
			return err
		}
		next, gap = offset+int64(f.CompressedSize64), 0
		if f.Flags&hasDescriptor != 0 {
			gap = maxGap
		}
	}
	if left := directory - next; left < 0 || left > gap {
		return malformed("files that overlap, or something hidden before their list")
	}
	return nil
}

// checkHead compares the header of a file, which ends what is before its data, with what the list says (APPNOTE 4.3.7).
func checkHead(before []byte, gap int64, f *zip.File) error {
	begin := bytes.Index(before, []byte("PK\x03\x04"))
	if begin < 0 || int64(begin) > gap || len(before)-begin < headLength {
		return malformed("files that overlap, or something hidden between them")
	}
	le, head := binary.LittleEndian, before[begin:]
	name, extra := int(le.Uint16(head[26:])), int(le.Uint16(head[28:]))
	switch {
	case len(head) != headLength+name+extra || string(head[headLength:headLength+name]) != f.Name:
		return malformed("a file with two names")
	case le.Uint16(head[8:]) != f.Method || le.Uint16(head[6:]) != f.Flags:
		return malformed("a file with two methods")
	}
	return nil
}

// take sorts one file.
func (c *Container) take(i int, f *zip.File) error {
	switch {
	case f.Flags&isEncrypted != 0:
		return refuse(document.FaultEncrypted, "a file that needs a password")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return malformed("a file packed in a way that is not known here")
	case f.Mode()&^0o777 != 0:
		return malformed("something that is no file")
	case f.UncompressedSize64 > MaxContent || f.UncompressedSize64 > fewBytes && f.UncompressedSize64/mayGrow > f.CompressedSize64:
		return refuse(document.FaultTooLarge, "a file that grows to %d bytes", f.UncompressedSize64)
	case (f.Name == mimetypeName) != (i == 0):
		return malformed("the file mimetype is not the first, or is there twice")
	case i == 0:
		return nil
	}
	into := &c.content
	if strings.HasPrefix(f.Name, "META-INF/") {
		if into = &c.signature; !slices.Contains([]string{cadesName, xadesName}, f.Name) {
			return malformed("a file that does not belong there: %.80q", f.Name)
		}
		if f.UncompressedSize64 > maxSignature {
			return refuse(document.FaultTooLarge, "signatures of %d bytes", f.UncompressedSize64)
		}
	} else if err := checkName(f.Name); err != nil || f.NonUTF8 && !ascii(f.Name) {
		return malformed("a document with a name that is not accepted")
	}
	if *into != nil {
		return malformed("two documents, or two files of signatures")
	}
	*into = f
	return nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
}

// checkMimetype wants the file that says what the container is, as it is and without anything beside it (EN
// 319 162-1).
func checkMimetype(f *zip.File) error {
	offset, err := f.DataOffset()
	if err != nil || f.Method != zip.Store || f.UncompressedSize64 != uint64(len(mimetype)) || offset != int64(headLength+len(mimetypeName)) {
		return malformed("the file mimetype is not as it must be")
	}
	if b, err := contents(f); err != nil || string(b) != mimetype {
		return malformed("not an ASiC-S container")
	}
	return nil
}

// contents reads a small file.
func contents(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, document.RefuseFor(document.FaultFormat, err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, int64(f.UncompressedSize64)+1))
	if err != nil {
		return nil, document.RefuseFor(document.FaultFormat, err)
	}
	return b, nil
}

// Name is that of the document: a file name, without folders.
func (c *Container) Name() string { return c.content.Name }

// Size is that of the document, in bytes.
func (c *Container) Size() int64 { return int64(c.content.UncompressedSize64) }

// Open reads the document. Nobody has verified it before Verify finds no fault.
func (c *Container) Open() (io.ReadCloser, error) {
	r, err := c.content.Open()
	if err != nil {
		return nil, document.RefuseFor(document.FaultFormat, err)
	}
	return r, nil
}
