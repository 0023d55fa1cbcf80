// SPDX-License-Identifier: EUPL-1.2

package cns

// st2022NFC is the TS-CNS of STMicroelectronics of 2022 without contact (cns-card.md A10). Its files are those of the
// classic layout, inside an application that has to be selected first; with contacts it is a classic card. One author has
// tried it on one card.
var st2022NFC = layout{
	name:        "ST 2022 over NFC",
	application: []byte{0xA0, 0x00, 0x00, 0x00, 0x95, 0x01, 0x00, 0x4D},
	model:       []byte("JSign4"),
	certificate: classic.certificate,
	extent:      derExtent,
	key:         0x01,
}
