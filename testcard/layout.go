// SPDX-License-Identifier: EUPL-1.2

package testcard

import (
	"bytes"
	"encoding/binary"

	"github.com/ponte-cns/ponte/testcard/holder"
)

// Layout is where a family of cards keeps certificate and key (cns-card.md A2,
// A10).
type Layout string

// The layouts.
const (
	Classic          Layout = "classic"
	LayoutIdemia2021 Layout = "idemia2021"
	LayoutST2022NFC  Layout = "st2022-nfc" // inside an application, as seen over NFC
	LayoutInfoCamere Layout = "infocamere"
	// LayoutActalis2025 has the holder's data only: its certificate and key are
	// where the standard commands do not reach.
	LayoutActalis2025 Layout = "actalis2025"
)

// Layouts lists all layouts.
func Layouts() []Layout {
	return []Layout{Classic, LayoutIdemia2021, LayoutST2022NFC, LayoutInfoCamere, LayoutActalis2025}
}

// layoutFacts is what a layout consists of. PIN and PUK are objects of the MF in
// all of them.
type layoutFacts struct {
	model       Model  // with this layout
	application []byte // that holds the CNS; nil: the CNS is there after a reset
	product     string // what GET DATA tells
	key         byte
	keyDF       []byte // path of the DF that must be current for the key; nil: any
	challenge   int    // most bytes of GET CHALLENGE
	tree        func(who holder.Holder, certificate []byte) *file
	file        func(certificate []byte) []byte
}

// The ATR of an InfoCamere card is not known here: one of its time is taken.
var layouts = map[Layout]layoutFacts{
	Classic: {model: STIncard11, key: 0x01, challenge: 256, tree: classicTree, file: certificateFile},
	LayoutIdemia2021: {
		model: Idemia2021, key: 0x02, keyDF: []byte{0x14, 0x00, 0x90, 0x02}, challenge: 32,
		tree: idemiaTree, file: certificateFile,
	},
	LayoutST2022NFC: {
		model: STNFC, application: []byte("\xA0\x00\x00\x00\x95\x01\x00\x4D"), product: "JSign4",
		key: 0x01, challenge: 256, tree: classicTree, file: certificateFile,
	},
	LayoutInfoCamere: {
		model: STIncard10, key: 0x21, keyDF: []byte{0x2F, 0xFF, 0x00, 0x00}, challenge: 256,
		tree: infoCamereTree, file: infoCamereFile,
	},
	LayoutActalis2025: {
		model: STIncard11, application: []byte("\xA0\x00\x00\x05\x30\x00\x0B\x10\x40\x01\x02\x1A"),
		challenge: 256, tree: actalisTree, file: certificateFile,
	},
}

// outside says that the application with the CNS is not selected.
func (c *Card) outside() bool { return c.layout.application != nil && !c.inside }

// emptyMF is what a card shows before its application is selected. What a real
// one answers there is not known.
var emptyMF = df(fidMF)

// mf is the MF as things stand.
func (c *Card) mf() *file {
	if c.outside() {
		return emptyMF
	}
	return c.root
}

// byName selects the application with the CNS. Another name leaves the current
// one selected.
func (c *Card) byName(name []byte) *file {
	if c.layout.application == nil || !bytes.Equal(name, c.layout.application) {
		return nil
	}
	c.inside = true
	return c.root
}

// getData is GET DATA of the product's name (cns-card.md A10).
func (c *Card) getData(cmd command) answer {
	switch {
	case c.layout.product == "" || c.outside():
		return sw(swInstruction)
	case binary.BigEndian.Uint16([]byte{cmd.p1, cmd.p2}) != 0x0180:
		return sw(swNoObject)
	}
	return c.limited(cmd, []byte(c.layout.product))
}

// keyReached says that the card finds its key from the current DF.
func (c *Card) keyReached() bool {
	return c.layout.keyDF == nil || byPath(c.root, c.layout.keyDF) == c.currentDF
}
