// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// piece puts a length before bytes.
func piece(b []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// inPieces writes streams, a few bytes at a time.
func inPieces(streams ...[]byte) []byte {
	var all []byte
	for _, s := range streams {
		for len(s) > 0 {
			n := min(len(s), 700)
			all = append(all, piece(s[:n])...)
			s = s[n:]
		}
		all = append(all, piece(nil)...)
	}
	return all
}

func TestWhatIsNotWholeOrTooLargeIsNotVerified(t *testing.T) {
	whole := inPieces([]byte("abc"), []byte("def"))
	for name, in := range map[string][]byte{
		"nothing": nil, "half a length": whole[:2], "a length and no bytes": whole[:4], "half a piece": whole[:6], "no end": whole[:7],
		"half a document": whole[:13], "a document without an end": whole[:len(whole)-4],
		"a piece over the limit": append(piece(make([]byte, maxPiece+1)), 0, 0, 0, 0),
	} {
		if _, _, err := readFramed(bytes.NewReader(in)); !errors.Is(err, errFrames) {
			t.Errorf("%s: %v", name, err)
		}
	}
	endless := io.MultiReader() // as large as is read, and one byte more
	for range portal.MaxDocument/maxPiece + 1 {
		endless = io.MultiReader(endless, bytes.NewReader(piece(make([]byte, maxPiece))))
	}
	if _, _, err := readFramed(endless); !errors.Is(err, errTooLarge) {
		t.Errorf("too much: %v", err)
	}
	v := documentFlags{revocation: "off"}.verifyFramed(t.Context(), words.For("it"), strings.NewReader("x"))
	if v.Good || v.Cause == "" {
		t.Errorf("%+v", v)
	}
}

func TestADocumentApartIsReadBehindItsSignature(t *testing.T) {
	for _, c := range []struct {
		in            []byte
		file, content string
		none          bool
	}{
		{inPieces([]byte("abc")), "abc", "", true}, {inPieces([]byte("abc"), nil), "abc", "", false}, {inPieces([]byte("abc"), bytes.Repeat([]byte("d"), 2000)), "abc", strings.Repeat("d", 2000), false},
	} {
		file, content, err := readFramed(bytes.NewReader(c.in))
		if err != nil || string(file) != c.file || string(content) != c.content || (content == nil) != c.none {
			t.Errorf("%q, %.20q, %v", file, content, err)
		}
	}
}

func TestWithoutANationalListAllElseIsSaid(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	cert, key := testpki.New().Issue(testpki.LeafOptions{})
	signer := documenttest.Signer{Certificate: cert, Key: key}
	f := documentFlags{revocation: "off"}
	signed := signer.P7M([]byte("Domanda"))
	v := f.verifyFramed(t.Context(), words.For("it"), bytes.NewReader(inPieces(signed, []byte("Altro"))))
	if !v.NoTrust || !v.Inside || v.Good || len(v.Signatures) != 1 || v.Signatures[0].Integrity != portal.IntegrityWhole {
		t.Errorf("%+v", v)
	}
	if i := bytes.Index(signed, []byte("Domanda")); i > 0 {
		signed[i] = 'd'
	}
	v = f.verifyFramed(t.Context(), words.For("it"), bytes.NewReader(inPieces(signed)))
	if v.Good || len(v.Signatures) != 1 || v.Signatures[0].Integrity == portal.IntegrityWhole || v.Signatures[0].Faults[0].Code != document.FaultDocumentChanged {
		t.Errorf("a changed document: %+v", v.Signatures)
	}
}
