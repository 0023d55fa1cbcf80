// SPDX-License-Identifier: EUPL-1.2

package cns

// classic is the layout of the specification: STIncard 1.0 and 1.1, Oberthur, Athena, Siemens CardOS (cns-card.md A2, A6).
// Certificate and key are below the MF, and the key is found from everywhere.
var classic = layout{
	name:        "classic",
	certificate: []byte{0x11, 0x00, 0x11, 0x01},
	extent:      derExtent,
	key:         0x01,
}
