// SPDX-License-Identifier: EUPL-1.2

package cns

// infoCamere is the layout "1204" of the chambers of commerce (cns-card.md A2). A header of five bytes stands before the
// certificate, with the length in its second and third.
var infoCamere = layout{
	name:        "InfoCamere 1204",
	certificate: []byte{0x2F, 0xFF, 0x82, 0x28},
	extent:      infoCamereExtent,
	key:         0x21,
	keyDF:       []byte{0x2F, 0xFF, 0x00, 0x00},
}

const infoCamereHeader = 5

// infoCamereExtent checks the two lengths against each other: a file that only looks like this one is not read on.
func infoCamereExtent(head []byte) (from, to int, ok bool) {
	if len(head) < infoCamereHeader {
		return 0, 0, false
	}
	announced := int(head[1])<<8 + int(head[2])
	_, length, ok := derExtent(head[infoCamereHeader:])
	if !ok || length > announced {
		return 0, 0, false
	}
	return infoCamereHeader, infoCamereHeader + length, true
}
