// SPDX-License-Identifier: EUPL-1.2

package pcsc

import "encoding/binary"

// Pad is what the keys of a reader can do, by the control codes that its driver names (PC/SC part 10, section 2.2). Zero is
// what it cannot.
type Pad struct {
	Verify uint32 // FEATURE_VERIFY_PIN_DIRECT
	Modify uint32 // FEATURE_MODIFY_PIN_DIRECT
}

// Tags of features (PC/SC part 10, section 2.2).
const (
	verifyPINDirect = 0x06
	modifyPINDirect = 0x07
)

// ParsePad reads the features that a driver names in answer to Features.
func ParsePad(features []byte) Pad {
	code := func(tag byte) uint32 {
		v := tlv(features, tag)
		if len(v) != lengthOfFeature {
			return 0
		}
		return binary.BigEndian.Uint32(v)
	}
	return Pad{code(verifyPINDirect), code(modifyPINDirect)}
}

// PadRules say what a PIN is like that is typed on a reader, and what its display, where it has one, says.
type PadRules struct {
	Min, Max int    // digits
	Block    int    // bytes that a PIN takes in the command, from its first one on
	Seconds  int    // that the reader waits for a key
	Language string // it, en or de
}

// How the PIN gets into the command (PC/SC part 10, section 2.5; PIN_VERIFY and PIN_MODIFY structures).
const (
	padFormat      = 0x82 // lengths in bytes, from the first byte of data on, to the left, ASCII
	padUntilEnter  = 0x02 // the key that confirms ends the PIN
	padConfirmBoth = 0x03 // the present PIN is asked, and the new one twice
	padOneMessage  = 0x01
	padAllMessages = 0x03
)

// languages are the numbers of Windows' languages (USB language identifiers), which a reader with a display knows.
var languages = map[string]uint16{"it": 0x0410, "en": 0x0409, "de": 0x0407}

// VerifyStructure is what FEATURE_VERIFY_PIN_DIRECT is given: how to ask, and the command that gets the PIN.
func VerifyStructure(r PadRules, command []byte) []byte {
	b := []byte{byte(r.Seconds), byte(r.Seconds), padFormat, byte(r.Block), 0}
	b = append(b, byte(r.Max), byte(r.Min), padUntilEnter, padOneMessage)
	b = binary.LittleEndian.AppendUint16(b, languages[r.Language])
	b = append(b, 0, 0, 0, 0) // the first message; no prologue, which is for T=1 blocks of our own
	b = binary.LittleEndian.AppendUint32(b, uint32(len(command)))
	return append(b, command...)
}

// ModifyStructure is what FEATURE_MODIFY_PIN_DIRECT is given. The command has room for the present PIN and, after it, the
// new one.
func ModifyStructure(r PadRules, command []byte) []byte {
	b := []byte{byte(r.Seconds), byte(r.Seconds), padFormat, byte(r.Block), 0}
	b = append(b, 0, byte(r.Block)) // where the present one goes, and the new one
	b = append(b, byte(r.Max), byte(r.Min), padConfirmBoth, padUntilEnter, padAllMessages)
	b = binary.LittleEndian.AppendUint16(b, languages[r.Language])
	b = append(b, 0, 1, 2) // the messages: present PIN, new PIN, new PIN again
	b = append(b, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(command)))
	return append(b, command...)
}
