// SPDX-License-Identifier: EUPL-1.2

package cns

// idemia2021 is the layout of IDEMIA's cards from 2021 on, "ACe 2021" and "ID-One CNS" (cns-card.md A10). Their EF.C_Carta
// holds no certificate; the key answers 6984 while its DF is not the current one. The PIN is the same object of the MF.
var idemia2021 = layout{
	name:        "IDEMIA 2021",
	certificate: []byte{0x14, 0x00, 0x90, 0x01, 0x20, 0x02},
	extent:      derExtent,
	key:         0x02,
	keyDF:       []byte{0x14, 0x00, 0x90, 0x02},
}
