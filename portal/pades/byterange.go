// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"errors"
	"fmt"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// byteRange is what a signature covers: everything up to end but the gap, which holds the string of /Contents.
type byteRange struct {
	gap      [2]int
	end      int
	contents []byte
}

func partial(format string, a ...any) error {
	return document.Refuse(document.FaultPartialCover, fmt.Sprintf(format, a...))
}

// readByteRange checks /ByteRange (ISO 32000-2, 12.8.1): two ranges, the first from the first byte of the file, and
// between them exactly the string of /Contents of this signature with its < and >.
func readByteRange(doc *pdf.Document, sig pdf.Dict) (byteRange, error) {
	contents, ok := sig["Contents"].(pdf.String)
	if !ok {
		return byteRange{}, document.Refuse(document.FaultFormat, "a signature without /Contents")
	}
	if contents.End == 0 {
		return byteRange{}, document.Refuse(document.FaultFormat, "a signature in an object stream")
	}
	if !contents.Hex {
		return byteRange{}, document.Refuse(document.FaultFormat, "/Contents is not hexadecimal")
	}
	numbers, ok := sig["ByteRange"].(pdf.Array)
	if !ok || len(numbers) != 4 {
		return byteRange{}, partial("/ByteRange is not four numbers")
	}
	var n [4]int
	for i := range numbers {
		v, ok := numbers[i].(int64)
		if !ok || v < 0 || v > int64(doc.Size()) {
			return byteRange{}, partial("/ByteRange has a number that cannot be")
		}
		n[i] = int(v)
	}
	b := byteRange{gap: [2]int{n[1], n[2]}, end: n[2] + n[3], contents: contents.Value}
	switch {
	case n[0] != 0:
		return byteRange{}, partial("/ByteRange starts at byte %d", n[0])
	case b.end > doc.Size():
		return byteRange{}, partial("/ByteRange ends after the file")
	case n[1] != contents.Start || n[2] != contents.End:
		return byteRange{}, partial("/ByteRange leaves out the bytes %d to %d, and /Contents are %d to %d", n[1], n[2], contents.Start, contents.End)
	}
	return b, nil
}

// Limits of BER. Twenty levels are more than a CMS with time stamps has.
const maxLevels = 64

var errElement = errors.New("not an ASN.1 element")

// elementLength is how many bytes the first element of BER has, also one of indefinite length, as old libraries write
// it. What follows in /Contents are zeros.
func elementLength(b []byte) (int, error) { return berLength(b, maxLevels) }

func berLength(b []byte, levels int) (int, error) {
	if levels == 0 || len(b) < 2 || b[0]&0x1F == 0x1F { // tags of several bytes: none in CMS
		return 0, errElement
	}
	first := b[1]
	switch {
	case first < 0x80:
		return within(2+int(first), b)
	case first == 0x80:
		return indefiniteLength(b, levels)
	case first > 0x84:
		return 0, errElement
	}
	n, size := 0, int(first&0x7F)
	if len(b) < 2+size {
		return 0, errElement
	}
	for _, c := range b[2 : 2+size] {
		n = n<<8 | int(c)
	}
	return within(2+size+n, b)
}

func within(n int, b []byte) (int, error) {
	if n > len(b) {
		return 0, errElement
	}
	return n, nil
}

// indefiniteLength goes through the elements inside up to the end-of-contents (X.690, 8.1.5).
func indefiniteLength(b []byte, levels int) (int, error) {
	if b[0]&0x20 == 0 { // only what is constructed
		return 0, errElement
	}
	for at := 2; ; {
		if len(b) >= at+2 && b[at] == 0 && b[at+1] == 0 {
			return at + 2, nil
		}
		n, err := berLength(b[at:], levels-1)
		if err != nil {
			return 0, err
		}
		at += n
	}
}
