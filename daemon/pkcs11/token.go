// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import (
	"bytes"
	"context"
	"crypto"

	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

// Slots lists the slots of a module, and the tokens in them.
func (m *Module) Slots(ctx context.Context) ([]wire.Slot, error) {
	a, err := m.ask(ctx, wire.Request{Do: wire.OpSlots})
	return a.Slots, err
}

// Token is one slot of a module with what is in it.
type Token struct {
	Module *Module
	Slot   uint
}

// State is what the token says now, without a PIN.
func (t Token) State(ctx context.Context) (wire.Token, error) {
	a, err := t.Module.ask(ctx, wire.Request{Do: wire.OpToken, Slot: t.Slot})
	if err != nil {
		return wire.Token{}, err
	}
	if a.Token == nil {
		return wire.Token{}, ErrModule
	}
	return *a.Token, nil
}

// Certificates reads those of the token.
func (t Token) Certificates(ctx context.Context) ([]wire.Certificate, error) {
	a, err := t.Module.ask(ctx, wire.Request{Do: wire.OpCertificates, Slot: t.Slot})
	return a.Certificates, err
}

// Login lets the token compare a PIN, once. With nil it is typed at the reader's own keys.
func (t Token) Login(ctx context.Context, p *pin.PIN) error {
	req := wire.Request{Do: wire.OpLogin, Slot: t.Slot, PINPad: p == nil}
	if p == nil {
		_, err := t.Module.ask(ctx, req)
		return err
	}
	digits, err := digitsOf(p)
	if err != nil {
		return err
	}
	_, err = t.Module.ask(ctx, req, digits)
	return err
}

// Sign signs after Login, with the key of a certificate. What data is, the scheme says.
func (t Token) Sign(ctx context.Context, key []byte, scheme wire.Scheme, hash crypto.Hash, data []byte) ([]byte, error) {
	a, err := t.Module.ask(ctx, wire.Request{Do: wire.OpSign, Slot: t.Slot, Key: key, Scheme: scheme, Hash: 8 * hash.Size(), Data: data})
	return a.Signature, err
}

// Logout makes the token forget the PIN.
func (t Token) Logout(ctx context.Context) error {
	_, err := t.Module.ask(ctx, wire.Request{Do: wire.OpLogout, Slot: t.Slot})
	return err
}

// SetPIN replaces the PIN. A wrong current one spends one try.
func (t Token) SetPIN(ctx context.Context, current, chosen *pin.PIN) error {
	return t.replace(ctx, wire.OpSetPIN, current, chosen)
}

// Unblock gives the PIN another value with the PUK.
func (t Token) Unblock(ctx context.Context, puk, chosen *pin.PIN) error {
	return t.replace(ctx, wire.OpUnblock, puk, chosen)
}

func (t Token) replace(ctx context.Context, op wire.Operation, first, second *pin.PIN) error {
	a, err := digitsOf(first)
	if err != nil {
		return err
	}
	b, err := digitsOf(second)
	if err != nil {
		clear(a)
		return err
	}
	_, err = t.Module.ask(ctx, wire.Request{Do: op, Slot: t.Slot}, a, b)
	return err
}

// digitsOf gives the digits of a PIN or PUK, which ask wipes.
func digitsOf(p *pin.PIN) ([]byte, error) {
	var block [8]byte
	defer clear(block[:])
	if err := p.Padded(&block); err != nil {
		return nil, err
	}
	digits := make([]byte, 0, len(block))
	return append(digits, bytes.TrimRight(block[:], "\xFF")...), nil
}
