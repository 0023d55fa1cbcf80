// SPDX-License-Identifier: EUPL-1.2

// Package pin holds the citizen's PIN between the dialog and the card, for as short as possible. A PIN cannot be printed,
// logged or marshalled, and is wiped as soon as it has been used. It never becomes a string.
package pin

import (
	"errors"
	"fmt"
	"log/slog"
)

// Digits of the PIN of a CNS (cns-card.md A5): 5 in Lombardia, 8 in most other regions.
const (
	MinDigits = 5
	MaxDigits = 8
)

// ErrFormat is returned for what cannot be a PIN. The card is not asked, so it costs no try.
var ErrFormat = errors.New("a PIN has 5 to 8 digits")

// PIN is a PIN that a human typed. The zero PIN is empty.
type PIN struct{ b []byte }

// New takes ownership of b: it is wiped by Wipe, and must not be used otherwise.
func New(b []byte) *PIN { return &PIN{b} }

// Check says whether the PIN has 5 to 8 decimal digits.
func (p *PIN) Check() error {
	if len(p.b) < MinDigits || len(p.b) > MaxDigits {
		return ErrFormat
	}
	for _, c := range p.b {
		if c < '0' || c > '9' {
			return ErrFormat
		}
	}
	return nil
}

// Padded writes the PIN into an 8-byte block padded with FF on the right, as VERIFY wants it (cns-card.md A5). It is the
// only way to read a PIN. The caller wipes the block.
func (p *PIN) Padded(block *[8]byte) error {
	if err := p.Check(); err != nil {
		return err
	}
	for i := range block {
		block[i] = 0xFF
	}
	copy(block[:], p.b)
	return nil
}

// Wipe overwrites the PIN with zeros and empties it.
func (p *PIN) Wipe() {
	if p == nil {
		return
	}
	clear(p.b[:cap(p.b)])
	p.b = nil
}

const redacted = "[PIN]"

// Format prints [PIN], whatever the verb.
func (p PIN) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// String gives [PIN].
func (p PIN) String() string { return redacted }

// GoString gives [PIN].
func (p PIN) GoString() string { return redacted }

// LogValue gives [PIN].
func (p PIN) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText refuses: a PIN crosses no door.
func (p PIN) MarshalText() ([]byte, error) { return nil, errors.New("a PIN is never marshalled") }
