// SPDX-License-Identifier: EUPL-1.2

// Package pin holds the citizen's PIN or PUK between the dialog and the card, for as short as possible. It cannot be
// printed, logged or marshalled, and is wiped as soon as it has been used. It never becomes a string. What a PIN is for,
// and whether it is the right one, is not known here.
package pin

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// Digits of the PIN of a CNS (cns-card.md A5), 5 in Lombardia and 8 in most other regions, and of its PUK.
const (
	MinDigits = 5
	MaxDigits = 8
	PUKDigits = 8
)

// Digits of the PIN of an identity card (CIE): the whole, or its end when the card is paired with this computer (cns-card.md
// B).
const (
	CIEDigits       = 8
	CIEPairedDigits = 4
)

// Returned for what cannot be a PIN or a PUK. The card is not asked, so it costs no try.
var (
	ErrFormat    = errors.New("a PIN has 5 to 8 digits")
	ErrPUKFormat = errors.New("a PUK has 8 digits")
)

// PIN is a PIN or a PUK that a human typed.
type PIN struct{ secret *secret }

type secret struct {
	mu    sync.Mutex // Wipe may come while a slow card still works
	bytes []byte
	cie   bool
}

// New takes ownership of b: it is overwritten by Wipe, and must not be used otherwise.
func New(b []byte) *PIN { return &PIN{&secret{bytes: b}} }

// ForCIE makes it the PIN of an identity card: then it has 8 digits, or the last 4 of them.
func (p *PIN) ForCIE() {
	p.secret.mu.Lock()
	defer p.secret.mu.Unlock()
	p.secret.cie = true
}

// Check says whether the PIN has 5 to 8 decimal digits.
func (p *PIN) Check() error {
	p.secret.mu.Lock()
	defer p.secret.mu.Unlock()
	return p.secret.check()
}

// CheckPUK says whether it has the 8 decimal digits of a PUK.
func (p *PIN) CheckPUK() error {
	p.secret.mu.Lock()
	defer p.secret.mu.Unlock()
	if len(p.secret.bytes) != PUKDigits || p.secret.check() != nil {
		return ErrPUKFormat
	}
	return nil
}

// Equal compares two PINs in constant time. What is no PIN, or has been wiped, equals nothing.
func (p *PIN) Equal(other *PIN) bool {
	var a, b [MaxDigits]byte
	defer clear(a[:])
	defer clear(b[:])
	if p.Padded(&a) != nil || other.Padded(&b) != nil {
		return false
	}
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func (s *secret) check() error {
	switch n := len(s.bytes); {
	case s.cie && n != CIEDigits && n != CIEPairedDigits, !s.cie && (n < MinDigits || n > MaxDigits):
		return ErrFormat
	}
	for _, c := range s.bytes {
		if c < '0' || c > '9' {
			return ErrFormat
		}
	}
	return nil
}

// Padded writes the PIN into an 8-byte block padded with FF on the right, as VERIFY wants it (cns-card.md A5). It is the
// only way to read a PIN, and gives ErrFormat for one that is no PIN or has been wiped. The caller clears the block.
func (p *PIN) Padded(block *[8]byte) error {
	p.secret.mu.Lock()
	defer p.secret.mu.Unlock()
	if err := p.secret.check(); err != nil {
		return err
	}
	for i := range block {
		block[i] = 0xFF
	}
	copy(block[:], p.secret.bytes)
	return nil
}

// Wipe overwrites the PIN with zeros and empties it. A nil PIN is fine.
func (p *PIN) Wipe() {
	if p == nil {
		return
	}
	p.secret.mu.Lock()
	defer p.secret.mu.Unlock()
	clear(p.secret.bytes[:cap(p.secret.bytes)])
	p.secret.bytes = nil
}

const redacted = "[PIN]"

// Format prints [PIN], whatever the verb.
func (p PIN) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// String gives [PIN].
func (p PIN) String() string { return redacted }

// LogValue gives [PIN].
func (p PIN) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText refuses: a PIN crosses no door.
func (p PIN) MarshalText() ([]byte, error) { return nil, errors.New("a PIN is never marshalled") }
