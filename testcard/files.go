// SPDX-License-Identifier: EUPL-1.2

package testcard

import (
	"bytes"
	"encoding/binary"

	"github.com/ponte-cns/ponte/testcard/holder"
)

// File identifiers (cns-card.md A2).
const (
	fidMF           = 0x3F00
	fidGDO          = 0x2F02
	fidDF0          = 0x1000
	fidProcessor    = 0x1002
	fidCardID       = 0x1003
	fidDF1          = 0x1100
	fidCertificate  = 0x1101
	fidPersonalData = 0x1102
	fidDF2          = 0x1200
	fidMorePersonal = 0x1201
	fidFreeMemory   = 0x1202
	fidServices     = 0x1203
	fidInstFile     = 0x4142
	fidSignature    = 0x1400

	fidIdemiaHolder      = 0x9001 // of the certificate, below fidSignature (A10)
	fidIdemiaCertificate = 0x2002
	fidIdemiaKey         = 0x9002

	fidInfoCamere            = 0x2FFF
	fidInfoCamereCertificate = 0x8228
	fidInfoCamereKey         = 0x0000
)

// certificateSize is the size of EF.C_Carta; the real one is not known
// (cns-card.md F assumes 2048).
const certificateSize = 2048

// file is an elementary file or, with children, a dedicated file.
type file struct {
	id        uint16
	parent    *file
	children  []*file
	directory bool
	content   []byte
}

func (f *file) add(children ...*file) *file {
	for _, c := range children {
		c.parent = f
	}
	f.children = append(f.children, children...)
	return f
}

func (f *file) child(id uint16) *file {
	for _, c := range f.children {
		if c.id == id {
			return c
		}
	}
	return nil
}

func df(id uint16, children ...*file) *file {
	return (&file{id: id, directory: true}).add(children...)
}

func ef(id uint16, content []byte) *file { return &file{id: id, content: content} }

// certificateFile is a certificate, zero filled up to the size of its file.
func certificateFile(certificate []byte) []byte {
	b := make([]byte, max(certificateSize, len(certificate)))
	copy(b, certificate)
	return b
}

// classicTree is the file tree of cns-card.md A2. The personal data are those of
// the holder.
func classicTree(who holder.Holder, certificate []byte) *file {
	return commonTree(who, ef(fidCertificate, certificate))
}

// idemiaTree has the certificate below the DF of the signature, and in the place
// of the classic one nothing but zeros (cns-card.md A10: no valid one).
func idemiaTree(who holder.Holder, certificate []byte) *file {
	root := commonTree(who, ef(fidCertificate, certificateFile(nil)))
	root.child(fidSignature).add(
		df(fidIdemiaHolder, ef(fidIdemiaCertificate, certificate)),
		df(fidIdemiaKey))
	return root
}

// infoCamereTree has no EF.C_Carta at all. That the key's file is a DF is assumed.
func infoCamereTree(who holder.Holder, certificate []byte) *file {
	return commonTree(who).add(df(fidInfoCamere,
		ef(fidInfoCamereCertificate, certificate),
		df(fidInfoCamereKey)))
}

// infoCamereFile is a certificate behind a header of five bytes, the second and
// third of which are its length (cns-card.md A2). The others are not known.
func infoCamereFile(certificate []byte) []byte {
	header := binary.BigEndian.AppendUint16([]byte{0x01}, uint16(len(certificate)))
	return certificateFile(append(append(header, 0, 0), certificate...))
}

// actalisTree is what the one log of such a card shows (cns-card.md A10): the
// certificate is in another application.
func actalisTree(who holder.Holder, _ []byte) *file {
	return df(fidMF, df(fidDF1, ef(fidPersonalData, who.PersonalData())))
}

// commonTree is what all layouts share, with more files in the DF of the holder.
func commonTree(who holder.Holder, more ...*file) *file {
	return df(fidMF,
		ef(fidGDO, gdo(who)),
		df(fidDF0,
			ef(fidProcessor, []byte("PONTE TESTCARD: NOT A REAL CHIP\x00")),
			ef(fidCardID, []byte(who.CardID))),
		df(fidDF1, append(more, ef(fidPersonalData, who.PersonalData()))...),
		df(fidDF2,
			ef(fidMorePersonal, make([]byte, 64)),
			ef(fidFreeMemory, []byte{0x00, 0x00, 0x20, 0x00}),
			ef(fidServices, make([]byte, 160)),
			ef(fidInstFile, make([]byte, 128))),
		df(fidSignature))
}

// gdo is EF.GDO: tag 5A and the serial number of the chip, here the card id as
// packed digits.
func gdo(who holder.Holder) []byte {
	serial := make([]byte, 8)
	for i := 0; i < 16 && i < len(who.CardID); i++ {
		serial[i/2] |= (who.CardID[i] - '0') << (4 * (1 - i%2))
	}
	return append([]byte{0x5A, 8}, serial...)
}

// fci is the file control information in the shape of the one real example,
// that of EF.Dati_personali (cns-card.md A3). The access bytes of the others
// are assumed to be the same.
func (f *file) fci() []byte {
	sizeTag, size, kind := byte(0x80), len(f.content), byte(0x01)
	access := append([]byte{0x00}, bytes.Repeat([]byte{0xFF}, 8)...)
	if f.directory {
		sizeTag, size, kind = 0x81, f.total(), 0x38
	}
	b := []byte{sizeTag, 2}
	b = binary.BigEndian.AppendUint16(b, uint16(size))
	b = append(b, 0x82, 3, kind, 0, 0, 0x83, 2)
	b = binary.BigEndian.AppendUint16(b, f.id)
	b = append(b, 0x85, 1, 1, 0x86, 9)
	b = append(b, access...)
	b = append(b, 0x8A, 1, 5, 0xCB, 24)
	b = append(b, bytes.Repeat([]byte{0xFF}, 24)...)
	return append([]byte{0x6F, byte(len(b))}, b...)
}

func (f *file) total() int {
	n := len(f.content)
	for _, c := range f.children {
		n += c.total()
	}
	return n
}
