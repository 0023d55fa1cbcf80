// SPDX-License-Identifier: EUPL-1.2

package testcard

import (
	"bytes"
	"crypto/subtle"
	"fmt"
)

// References of PIN and PUK in P2; with refBacktrack the card searches from the
// current DF up instead of in the MF (cns-card.md A5).
const (
	refPIN       = 0x10
	refPUK       = 0x11
	refBacktrack = 0x80
)

// pinLength is that of every PIN on the wire: digits, then FF (cns-card.md A5).
const pinLength = 8

// secret is a PIN or PUK. value and left survive the loss of power.
type secret struct {
	value      []byte // padded to pinLength
	left, most int
	verified   bool
}

// try compares and counts. A wrong value costs a try, a right one restores all.
func (s *secret) try(value []byte) bool {
	s.verified = false
	if s.left == 0 {
		return false
	}
	if subtle.ConstantTimeCompare(s.value, value) != 1 {
		s.left--
		return false
	}
	s.left, s.verified = s.most, true
	return true
}

// padded writes digits as the card wants them.
func padded(digits string) ([]byte, error) {
	if len(digits) < 5 || len(digits) > pinLength {
		return nil, fmt.Errorf("has %d digits instead of 5 to 8", len(digits))
	}
	b := bytes.Repeat([]byte{0xFF}, pinLength)
	copy(b, digits)
	if !wellFormed(b) {
		return nil, fmt.Errorf("has characters other than digits")
	}
	return b, nil
}

// wellFormed checks a new PIN: 5 to 8 digits, then FF. Whether real cards check
// it is not known.
func wellFormed(b []byte) bool {
	digits := bytes.TrimRight(b, "\xFF")
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) == pinLength && len(digits) >= 5
}

// secretFor finds the object that P2 names, or says why it cannot be used.
func (c *Card) secretFor(p2 byte) (*secret, status) {
	if c.outside() || c.opts.Quirks.PINOnly90 && p2&refBacktrack == 0 {
		return nil, swNoObject
	}
	if c.state == StateNotActivated {
		return nil, swNotActivated
	}
	switch p2 &^ refBacktrack {
	case refPIN:
		return &c.pin, swOK
	case refPUK:
		return &c.puk, swOK
	}
	return nil, swNoObject
}

// attempt tries a value and gives the status word of the outcome.
func (c *Card) attempt(s *secret, value []byte) status {
	if s.left == 0 {
		return swBlocked
	}
	if s.try(value) {
		return swOK
	}
	if c.opts.Quirks.VerifyNoCounter {
		return swWrongNoCounter
	}
	return swWrong | status(s.left)
}

// verify is VERIFY (ISO/IEC 7816-4, 20). Without data it asks for the tries
// left, which is unproved on real CNS (cns-card.md A5).
func (c *Card) verify(cmd command) answer {
	if len(cmd.data) > 0 {
		c.counters.Verifies++
	}
	if cmd.p1 != 0 {
		return sw(swParameters)
	}
	s, problem := c.secretFor(cmd.p2)
	switch {
	case problem != swOK:
		return sw(problem)
	case len(cmd.data) == 0:
		return sw(c.triesStatus(s))
	case len(cmd.data) != pinLength:
		return sw(swLength)
	}
	return sw(c.attempt(s, cmd.data))
}

func (c *Card) triesStatus(s *secret) status {
	switch {
	case c.opts.Quirks.EmptyVerify != 0:
		return status(c.opts.Quirks.EmptyVerify)
	case s.left == 0:
		return swBlocked
	case s.verified:
		return swOK
	}
	return swWrong | status(s.left)
}

// changePIN is CHANGE REFERENCE DATA with the old and the new value. A wrong
// old one costs a try.
func (c *Card) changePIN(cmd command) answer {
	if cmd.p1 != 0 {
		return sw(swParameters)
	}
	s, problem := c.secretFor(cmd.p2)
	switch {
	case problem != swOK:
		return sw(problem)
	case len(cmd.data) != 2*pinLength:
		return sw(swLength)
	case !wellFormed(cmd.data[pinLength:]):
		return sw(swData) // before the old value is tried
	}
	result := c.attempt(s, cmd.data[:pinLength])
	if result == swOK {
		s.value = bytes.Clone(cmd.data[pinLength:])
	}
	return sw(result)
}

// resetRetryCounter gives the PIN its tries back, with the PUK in the command
// (P1 = 00, 01) or verified before (02, 03) and with a new PIN (00, 02) or
// without (01, 03). Only 00 was seen from real clients (cns-card.md A5).
func (c *Card) resetRetryCounter(cmd command) answer {
	_, problem := c.secretFor(cmd.p2)
	switch {
	case problem != swOK:
		return sw(problem)
	case cmd.p1 > 3:
		return sw(swParameters)
	case cmd.p2&^refBacktrack != refPIN:
		return sw(swNoObject)
	}
	withPUK, withPIN := cmd.p1&2 == 0, cmd.p1&1 == 0
	puk, pin := cmd.data, cmd.data
	want := 0
	if withPUK {
		want += pinLength
	}
	if withPIN {
		want += pinLength
	}
	if len(cmd.data) != want {
		return sw(swLength)
	}
	if withPUK {
		puk, pin = cmd.data[:pinLength], cmd.data[pinLength:]
	}
	if withPIN && !wellFormed(pin) {
		return sw(swData)
	}
	if withPUK {
		if result := c.attempt(&c.puk, puk); result != swOK {
			return sw(result)
		}
	} else if !c.puk.verified {
		return sw(swNotPermitted)
	}
	if withPIN {
		c.pin.value = bytes.Clone(pin)
	}
	c.pin.left, c.pin.verified = c.pin.most, false
	return sw(swOK)
}
