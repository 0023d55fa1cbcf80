// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/pkcs11"
	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
	"github.com/ponte-cns/ponte/protocol"
)

// byModule is a card that its maker's module drives, for the length of one piece of work. What stands for the reset of a
// card is C_Logout.
type byModule struct {
	found *pkcs11.Found // as it was found: others read it
	l     *link
	state wire.Token // as it is now; see TriesLeft
}

// moduleLink is the Link of a card that is reached through a module: nothing is transmitted, and the module has its own
// transactions.
type moduleLink struct{ forget bool }

var errNoCommands = errors.New("the card is reached through a module, which takes no commands")

func (*moduleLink) Transmit([]byte) ([]byte, error) { return nil, errNoCommands }

// ResetAtEnd makes the token forget the PIN at the end.
func (m *moduleLink) ResetAtEnd() { m.forget = true }

// withModule is the transaction of a card that is reached through a module.
func withModule(found *pkcs11.Found, work func(Link) error) error {
	l := &moduleLink{}
	err := work(l)
	if l.forget {
		err = errors.Join(err, (&byModule{}).explain(found.Logout(context.Background())))
	}
	return err
}

// patiently lets a module take the time that package pkcs11 gives it: it answers more slowly than a card.
func (m *byModule) patiently(work func(context.Context) error) error {
	if err := context.Cause(m.l.ctx); err != nil {
		return err
	}
	m.l.stall.Stop()
	defer m.l.stall.Reset(patience)
	return m.explain(work(m.l.ctx))
}

// explain gives an error of package pkcs11 the meaning that drivers share.
func (m *byModule) explain(err error) error {
	var e *pkcs11.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	meaning, ok := map[wire.Code]error{
		wire.CodeRemoved: pcsc.ErrRemoved, wire.CodeLocked: cns.ErrBlocked, wire.CodeFormat: pin.ErrFormat,
		wire.CodeNotInitialised: cns.ErrNotActivated, wire.CodeCancelled: cns.ErrPadCancelled, wire.CodeNoKey: cns.ErrKeyMismatch,
	}[e.Code]
	if !ok {
		meaning = pkcs11.ErrModule
	}
	return fmt.Errorf("%w: %w", meaning, err)
}

func (m *byModule) Certificate() ([]byte, error) { return m.found.Certificate.Raw, nil }

// TriesLeft reads the flags of the token, which tell the last try and no other number.
func (m *byModule) TriesLeft() (int, error) {
	err := m.patiently(func(ctx context.Context) (err error) {
		m.state, err = m.found.Token.State(ctx)
		return err
	})
	s := m.state
	switch {
	case err != nil:
		return Unknown, err
	case s.Locked && !m.found.Module.LocksWrongly():
		return 0, cns.ErrBlocked
	case s.LoginRequired && s.Initialised && !s.HasPIN:
		return Unknown, cns.ErrNotActivated
	case s.FinalTry:
		return 1, nil
	}
	return Unknown, nil
}

// PUKTriesLeft: no flag that modules set reliably tells of the PUK.
func (m *byModule) PUKTriesLeft() (int, error) { return Unknown, nil }

// VerifyPIN logs in, once. A nil PIN is typed on the reader.
func (m *byModule) VerifyPIN(p *pin.PIN) error {
	err := m.patiently(func(ctx context.Context) error { return m.found.Login(ctx, p) })
	if !isCode(err, wire.CodeWrong) {
		return err
	}
	tries, err := m.TriesLeft()
	if err != nil {
		return err
	}
	return &WrongPINError{TriesLeft: tries}
}

// Sign asks the module, and believes nothing that the certificate does not confirm.
func (m *byModule) Sign(pub crypto.PublicKey, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	hash := opts.HashFunc()
	if len(digest) != hash.Size() {
		return nil, errors.New("digest and hash do not fit")
	}
	scheme, data := wire.PKCS1, digest
	if _, pss := opts.(*rsa.PSSOptions); pss {
		scheme = wire.PSS
	}
	if _, elliptic := pub.(*ecdsa.PublicKey); elliptic {
		scheme = wire.ECDSA
	}
	if scheme == wire.PKCS1 {
		var err error
		if data, err = cns.DigestInfo(hash, digest); err != nil {
			return nil, err
		}
	}
	var signature []byte
	err := m.patiently(func(ctx context.Context) (err error) {
		signature, err = m.found.Token.Sign(ctx, m.found.Key, scheme, hash, data)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !verifies(pub, scheme, hash, digest, signature) {
		m.found.Module.Suspect("its signature does not fit the certificate, and is not handed out")
		return nil, fmt.Errorf("the signature of the module: %w", cns.ErrKeyMismatch)
	}
	m.found.Module.Trusted("its signature fits the certificate")
	return signature, nil
}

func verifies(pub crypto.PublicKey, scheme wire.Scheme, hash crypto.Hash, digest, signature []byte) bool {
	switch key := pub.(type) {
	case *rsa.PublicKey:
		if scheme == wire.PSS {
			return rsa.VerifyPSS(key, hash, digest, signature, &rsa.PSSOptions{SaltLength: hash.Size()}) == nil
		}
		return rsa.VerifyPKCS1v15(key, hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		n := (key.Curve.Params().N.BitLen() + 7) / 8
		return len(signature) == 2*n &&
			ecdsa.Verify(key, digest, new(big.Int).SetBytes(signature[:n]), new(big.Int).SetBytes(signature[n:]))
	}
	return false
}

// ChangePIN replaces the PIN by C_SetPIN.
func (m *byModule) ChangePIN(current, chosen *pin.PIN) error {
	err := m.replace(func(ctx context.Context) error { return m.found.SetPIN(ctx, current, chosen) })
	if !isCode(err, wire.CodeWrong) {
		return newPIN(err)
	}
	tries, err := m.TriesLeft()
	if err != nil {
		return err
	}
	return &WrongPINError{TriesLeft: tries}
}

// Unblock gives the PIN another value by C_InitPIN, after the PUK as that of the security officer.
func (m *byModule) Unblock(puk, chosen *pin.PIN) error {
	if err := puk.CheckPUK(); err != nil {
		return err
	}
	err := m.replace(func(ctx context.Context) error { return m.found.Unblock(ctx, puk, chosen) })
	switch {
	case isCode(err, wire.CodeWrong):
		return &WrongPUKError{TriesLeft: Unknown}
	case isCode(err, wire.CodeLocked):
		return cns.ErrPUKBlocked
	}
	return newPIN(err)
}

// newPIN: who typed it had the format that we know, so the token wants another one, or changes none.
func newPIN(err error) error {
	switch {
	case isCode(err, wire.CodeFormat):
		return fmt.Errorf("%w: %w", cns.ErrNewPINRefused, err)
	case isCode(err, wire.CodeUnsupported):
		return fmt.Errorf("%w: %v", cns.ErrNoPINCare, err) // %v: the module has not failed, it cannot
	}
	return err
}

// replace takes down that a request is on its way after which another PIN may be valid. Only an answer of the module says
// how it went.
func (m *byModule) replace(work func(context.Context) error) error {
	if m.l.replacing != nil {
		m.l.replacing.Store(true)
	}
	err := m.patiently(work)
	var told *pkcs11.Error
	if m.l.replacing != nil && (err == nil || errors.As(err, &told) || errors.Is(err, pin.ErrFormat)) {
		m.l.replacing.Store(false)
	}
	return err
}

func isCode(err error, code wire.Code) bool { return errors.Is(err, &pkcs11.Error{Code: code}) }

// sameToken compares what two looks at a module have found.
func sameToken(a, b *pkcs11.Found) bool {
	return a.Slot == b.Slot && a.Module == b.Module && a.State.Serial == b.State.Serial && bytes.Equal(a.Certificate.Raw, b.Certificate.Raw)
}

// algorithmOf names how the card of some contents signs a token: RS256 wherever it can, because every verifier knows it.
func algorithmOf(c *contents) string {
	if c.certificate == nil {
		return ""
	}
	switch key := c.certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		if c.found != nil && !c.found.State.PKCS1 && c.found.State.PSS {
			return protocol.AlgorithmPS256
		}
		return protocol.AlgorithmRS256
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256():
			return protocol.AlgorithmES256
		case elliptic.P384():
			return protocol.AlgorithmES384
		}
	}
	return ""
}

// noModule says that the module that was chosen for a card does not drive it: nothing else is tried.
func noModule(err error) error {
	if errors.Is(err, pkcs11.ErrNone) {
		return protocol.Fail(protocol.ModuleFailed, "the module that was chosen for this card does not drive it")
	}
	return err
}
