// SPDX-License-Identifier: EUPL-1.2

package cns

import (
	"errors"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/iso7816"
	"github.com/ponte-cns/ponte/daemon/pin"
)

// PIN and PUK objects, in every layout (cns-card.md A5, A10).
const (
	refPIN          = 0x10
	refPUK          = 0x11
	refBacktracking = 0x80 // search from the current DF up; STIncard cards may want it
)

// blockLength is that of a PIN or PUK in a command: digits, then FF (cns-card.md A5).
const blockLength = 8

// Answers to the commands of PIN and PUK that mean something to the citizen.
var (
	ErrBlocked       = errors.New("the PIN is blocked")
	ErrPUKBlocked    = errors.New("the PUK is blocked")
	ErrNotActivated  = errors.New("the PIN was never initialised")
	ErrNewPINRefused = errors.New("the card does not take this new PIN")
	ErrNoPINCare     = errors.New("the card does not let its PIN be replaced")
)

// Unknown stands for a number of tries that the card does not tell.
const Unknown = -1

// WrongPINError is the answer to a PIN that the card refused.
type WrongPINError struct {
	TriesLeft int // or Unknown
}

func (e *WrongPINError) Error() string { return wrong("PIN", e.TriesLeft) }

// WrongPUKError is the answer to a PUK that the card refused.
type WrongPUKError struct {
	TriesLeft int // or Unknown
}

func (e *WrongPUKError) Error() string { return wrong("PUK", e.TriesLeft) }

func wrong(what string, tries int) string {
	if tries == Unknown {
		return "wrong " + what
	}
	return fmt.Sprintf("wrong %s, %d tries left", what, tries)
}

// reference is the P2 that names the PIN or the PUK on this card.
func (c *Card) reference(object byte) byte {
	if c.Kind.backtracks {
		return object | refBacktracking
	}
	return object
}

// selectSecrets makes current what PIN and PUK are found from: the MF, or on a card that searches from the current DF up,
// the DF of the key where the layout has one.
func (c *Card) selectSecrets() error {
	if df := c.layout().keyDF; c.Kind.backtracks && df != nil {
		return c.selectPath(df)
	}
	return c.selectMF()
}

// backtrack goes over to the other reference, after the card has answered that the MF has no such object.
func (c *Card) backtrack() error {
	c.Kind.backtracks = true
	if c.layout().keyDF == nil {
		return nil // the MF stays current
	}
	return c.selectSecrets()
}

// TriesLeft asks the card how many PIN tries are left, by a VERIFY without data. It costs no try. Unproved on each
// maker's cards (cns-card.md A5): an answer that does not say gives Unknown.
func (c *Card) TriesLeft() (int, error) {
	if err := c.selectSecrets(); err != nil {
		return Unknown, err
	}
	r, err := c.transmit(iso7816.Command{INS: iso7816.InsVerify, P2: c.reference(refPIN)})
	if err == nil && r.Status == iso7816.ReferencedDataNotFound && !c.Kind.backtracks {
		if err := c.backtrack(); err != nil {
			return Unknown, err
		}
		r, err = c.transmit(iso7816.Command{INS: iso7816.InsVerify, P2: c.reference(refPIN)})
	}
	if err != nil {
		return Unknown, err
	}
	return tries(pinError(r.Status)) // 9000 (already verified, counter not shown), 6700, 6D00 and the like say nothing
}

// PUKTriesLeft asks the same of the PUK. Call it after TriesLeft and only when that has told a number: a card that knows
// no VERIFY without data could count this one as a wrong PUK, and a used-up PUK is the end of the card. No real card was
// seen to answer it.
func (c *Card) PUKTriesLeft() (int, error) {
	if err := c.selectSecrets(); err != nil {
		return Unknown, err
	}
	r, err := c.transmit(iso7816.Command{INS: iso7816.InsVerify, P2: c.reference(refPUK)})
	if err != nil {
		return Unknown, err
	}
	return tries(pukError(r.Status))
}

// tries reads a counter from the meaning of a status word.
func tries(err error) (int, error) {
	var pin *WrongPINError
	var puk *WrongPUKError
	switch {
	case errors.As(err, &pin):
		return pin.TriesLeft, nil
	case errors.As(err, &puk):
		return puk.TriesLeft, nil
	case errors.Is(err, ErrBlocked), errors.Is(err, ErrPUKBlocked):
		return 0, err
	}
	return Unknown, err
}

// VerifyPIN spends one try. It sends one VERIFY that carries the PIN; a second one only where the card has answered that
// there is no such object (6A88), which compares nothing and so costs nothing. Errors: pin.ErrFormat (nothing sent),
// *WrongPINError, ErrBlocked, ErrNotActivated.
func (c *Card) VerifyPIN(p *pin.PIN) error {
	var block [blockLength]byte
	defer clear(block[:])
	if err := p.Padded(&block); err != nil {
		return err
	}
	if err := c.selectSecrets(); err != nil {
		return err
	}
	status, err := c.sendSecret(iso7816.InsVerify, block[:])
	if err != nil {
		return fmt.Errorf("verifying the PIN: %w", err)
	}
	if err := pinError(status); err != nil {
		return err
	}
	if status != iso7816.OK {
		return fmt.Errorf("verifying the PIN: %w", status)
	}
	return nil
}

// ChangePIN replaces the PIN by CHANGE REFERENCE DATA, 00 24 00 P2 10 and both PINs (cns-card.md A5; seen from OpenSC, and
// on one card of 2022 by somebody else). A wrong current PIN spends one try; like VerifyPIN it sends one command. Errors:
// pin.ErrFormat (nothing sent), *WrongPINError, ErrBlocked, ErrNotActivated, ErrNewPINRefused, ErrNoPINCare. Unproved:
// how cards answer a new PIN that they do not like (6A80 and 6700 are taken for it), and whether the current one was
// compared then.
func (c *Card) ChangePIN(current, chosen *pin.PIN) error {
	status, err := c.replace(iso7816.InsChangeReferenceData, current, chosen)
	if err != nil {
		return fmt.Errorf("changing the PIN: %w", err)
	}
	return replaced(status, pinError(status))
}

// Unblock gives the PIN its tries back and a new value by RESET RETRY COUNTER, 00 2C 00 P2 10, PUK and PIN (cns-card.md
// A5; seen from OpenSC only). A wrong PUK spends one of its tries; like VerifyPIN it sends one command. Errors:
// pin.ErrFormat and pin.ErrPUKFormat (nothing sent), *WrongPUKError, ErrPUKBlocked, ErrNotActivated, ErrNewPINRefused,
// ErrNoPINCare.
func (c *Card) Unblock(puk, chosen *pin.PIN) error {
	if err := puk.CheckPUK(); err != nil {
		return err
	}
	status, err := c.replace(iso7816.InsResetRetryCounter, puk, chosen)
	if err != nil {
		return fmt.Errorf("unblocking the PIN: %w", err)
	}
	return replaced(status, pukError(status))
}

// ReplacesPIN says that a command is one after which another PIN may be valid.
func ReplacesPIN(command []byte) bool {
	return len(command) > 1 && (command[1] == iso7816.InsChangeReferenceData || command[1] == iso7816.InsResetRetryCounter)
}

// replace sends a command of the present secret and the new PIN.
func (c *Card) replace(instruction byte, secret, chosen *pin.PIN) (iso7816.Status, error) {
	var blocks [2 * blockLength]byte
	defer clear(blocks[:])
	if err := secret.Padded((*[blockLength]byte)(blocks[:blockLength])); err != nil {
		return 0, err
	}
	if err := chosen.Padded((*[blockLength]byte)(blocks[blockLength:])); err != nil {
		return 0, err
	}
	if err := c.selectSecrets(); err != nil {
		return 0, err
	}
	return c.sendSecret(instruction, blocks[:])
}

// replaced gives the meaning of a status word that is not that of a wrong secret.
func replaced(status iso7816.Status, secret error) error {
	switch {
	case status == iso7816.OK:
		return nil
	case secret != nil:
		return secret
	case status == iso7816.WrongData, status == iso7816.WrongLength:
		return fmt.Errorf("%w: %w", ErrNewPINRefused, status)
	}
	return fmt.Errorf("%w: %w", ErrNoPINCare, status)
}

// sendSecret sends a command with a PIN or PUK once. It is sent again only where the card has answered that there is no
// such object (6A88), with the other reference: nothing was compared.
func (c *Card) sendSecret(instruction byte, data []byte) (iso7816.Status, error) {
	status, err := c.sendOnce(instruction, data)
	if err == nil && status == iso7816.ReferencedDataNotFound && !c.Kind.backtracks {
		if err := c.backtrack(); err != nil {
			return 0, err
		}
		status, err = c.sendOnce(instruction, data)
	}
	return status, err
}

// sendOnce sends a command with a secret and wipes it.
func (c *Card) sendOnce(instruction byte, data []byte) (iso7816.Status, error) {
	command, err := iso7816.Command{INS: instruction, P2: c.reference(refPIN), Data: data}.Bytes()
	if err != nil {
		return 0, err
	}
	defer clear(command)
	b, err := c.t.Transmit(command)
	if err != nil {
		return 0, err
	}
	r, err := iso7816.ParseResponse(b)
	return r.Status, err
}

// pinError gives the meaning that a status word has where the card compares a PIN (cns-card.md A5), nil when it has none.
func pinError(s iso7816.Status) error {
	if n, ok := s.TriesLeft(); ok {
		if n == 0 {
			return ErrBlocked
		}
		return &WrongPINError{n}
	}
	switch s {
	case iso7816.VerificationFailed:
		return &WrongPINError{Unknown}
	case iso7816.Blocked:
		return ErrBlocked
	case iso7816.ReferenceDataNotUsable, iso7816.ConditionsNotSatisfied:
		return ErrNotActivated
	}
	return nil
}

// pukError is pinError where the card compares a PUK.
func pukError(s iso7816.Status) error {
	err := pinError(s)
	var wrong *WrongPINError
	switch {
	case errors.As(err, &wrong):
		return &WrongPUKError{wrong.TriesLeft}
	case errors.Is(err, ErrBlocked):
		return ErrPUKBlocked
	}
	return err
}
