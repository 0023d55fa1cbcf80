// SPDX-License-Identifier: EUPL-1.2

package pcsc

import (
	"encoding/binary"
	"errors"
)

// ErrNotTold: the reader's driver does not say what it can carry. Many do not.
var ErrNotTold = errors.New("the reader does not tell how long a command may be")

// Numbers of PC/SC Part 10 (IFDs with Secure PIN Entry Capabilities), as in pcsclite's reader.h.
const (
	getFeatureRequest    = 3400 // CM_IOCTL_GET_FEATURE_REQUEST
	getTLVProperties     = 0x12 // FEATURE_GET_TLV_PROPERTIES
	tagMaxAPDUDataSize   = 0x0A // PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize
	lengthOfFeature      = 4    // a control code, most significant byte first
	lengthOfMaxAPDUBytes = 4    // least significant byte first
)

// tlv finds the value of a tag in a list of tag, length and value, one byte each for the first two.
func tlv(list []byte, tag byte) []byte {
	for len(list) >= 2 {
		n := int(list[1])
		if len(list) < 2+n {
			return nil
		}
		if list[0] == tag {
			return list[2 : 2+n]
		}
		list = list[2+n:]
	}
	return nil
}

// AskMaxAPDU asks a reader how many bytes of data it carries in a command, by its list of features and a control command:
// 0 for short APDUs only, ErrNotTold when it does not say (PC/SC part 10, dwMaxAPDUDataSize). No real reader that says 0 has
// been met yet: that such a one cannot sign with a long key is what the specification says, not what was seen.
func AskMaxAPDU(features []byte, control func(code uint32, in []byte) ([]byte, error)) (int, error) {
	code, err := propertiesCode(features)
	if err != nil {
		return 0, err
	}
	properties, err := control(code, nil)
	if err != nil {
		return 0, ErrNotTold
	}
	return maxAPDU(properties)
}

// propertiesCode finds the control code that asks for the reader's properties.
func propertiesCode(features []byte) (uint32, error) {
	v := tlv(features, getTLVProperties)
	if len(v) != lengthOfFeature {
		return 0, ErrNotTold
	}
	return binary.BigEndian.Uint32(v), nil
}

// maxAPDU finds how many bytes of data a command may have; 0 stands for short APDUs only.
func maxAPDU(properties []byte) (int, error) {
	v := tlv(properties, tagMaxAPDUDataSize)
	if len(v) != lengthOfMaxAPDUBytes {
		return 0, ErrNotTold
	}
	n := binary.LittleEndian.Uint32(v)
	if n > 1<<16 {
		return 0, ErrNotTold
	}
	return int(n), nil
}
