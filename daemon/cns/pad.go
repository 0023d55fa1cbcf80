// SPDX-License-Identifier: EUPL-1.2

package cns

import (
	"errors"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/iso7816"
	"github.com/ponte-cns/ponte/daemon/pin"
)

// Pad is a reader with keys of its own: it completes a command with what is typed on them, sends it to the card once, and
// gives the card's answer, or a status word of its own. The PIN never reaches this computer.
type Pad interface {
	// VerifyOnPad completes a VERIFY.
	VerifyOnPad(command []byte) ([]byte, error)
	// ModifyOnPad completes a CHANGE REFERENCE DATA with the present PIN and, twice the same, the new one.
	ModifyOnPad(command []byte) ([]byte, error)
}

// What a reader with keys may answer in the card's place. The card was not asked. pin.ErrFormat comes where too few or too
// many digits were typed.
var (
	ErrPadCancelled = errors.New("the PIN was cancelled on the reader")
	ErrPadTimeout   = errors.New("nobody typed the PIN on the reader")
	ErrPadMismatch  = errors.New("the new PIN was typed differently the second time")
)

// ErrPadFailed: the reader says that a PIN can be typed on it, and it does not work. Whether the card was asked is not
// known: the tries have to be read again before the next one.
var ErrPadFailed = errors.New("the keys of the reader do not work")

// Status words of the reader itself (PC/SC part 10, section 2.6; 6B80 is a structure that it does not understand).
const (
	padTimeout   iso7816.Status = 0x6400
	padCancelled iso7816.Status = 0x6401
	padMismatch  iso7816.Status = 0x6402
	padLength    iso7816.Status = 0x6403
	padStructure iso7816.Status = 0x6B80
)

// VerifyPINOn is VerifyPIN with a PIN that is typed on the reader. It lets the reader ask once: also where the card has no
// such object and another reference would be right, because nobody types a PIN twice for one question.
func (c *Card) VerifyPINOn(p Pad) error {
	if err := c.selectSecrets(); err != nil {
		return err
	}
	status, err := c.onPad(p.VerifyOnPad, iso7816.InsVerify, blockLength)
	if err != nil {
		return fmt.Errorf("verifying the PIN on the reader: %w", err)
	}
	switch err := pinError(status); {
	case err != nil:
		return err
	case status != iso7816.OK:
		return fmt.Errorf("verifying the PIN on the reader: %w: %w", ErrPadFailed, status)
	}
	return nil
}

// ChangePINOn is ChangePIN with PINs that are typed on the reader.
func (c *Card) ChangePINOn(p Pad) error {
	if err := c.selectSecrets(); err != nil {
		return err
	}
	status, err := c.onPad(p.ModifyOnPad, iso7816.InsChangeReferenceData, 2*blockLength)
	if err != nil {
		return fmt.Errorf("changing the PIN on the reader: %w", err)
	}
	return replaced(status, pinError(status))
}

// onPad sends a command whose secrets the reader fills in. Until then they are FF.
func (c *Card) onPad(send func([]byte) ([]byte, error), instruction byte, length int) (iso7816.Status, error) {
	data := make([]byte, length)
	for i := range data {
		data[i] = 0xFF
	}
	command, err := iso7816.Command{INS: instruction, P2: c.reference(refPIN), Data: data}.Bytes()
	if err != nil {
		return 0, err
	}
	b, err := send(command)
	if err != nil {
		return 0, err
	}
	r, err := iso7816.ParseResponse(b)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrPadFailed, err)
	}
	switch r.Status {
	case padTimeout:
		return 0, ErrPadTimeout
	case padCancelled:
		return 0, ErrPadCancelled
	case padMismatch:
		return 0, ErrPadMismatch
	case padLength:
		return 0, pin.ErrFormat
	case iso7816.ReferencedDataNotFound:
		if !c.Kind.backtracks {
			err = c.backtrack() // the next one is typed in a dialog
		}
		return 0, errors.Join(ErrPadFailed, r.Status, err)
	case iso7816.WrongParameters, iso7816.InstructionNotSupported, iso7816.ClassNotSupported, iso7816.WrongLength, padStructure:
		return 0, fmt.Errorf("%w: %w", ErrPadFailed, r.Status)
	}
	return r.Status, nil
}
