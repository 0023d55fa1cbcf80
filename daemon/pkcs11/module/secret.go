// SPDX-License-Identifier: EUPL-1.2

//go:build cgo

package module

import (
	"unsafe"

	"github.com/miekg/pkcs11"

	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

// borrowed lets the library, which wants strings, see a secret without a copy of it on Go's side. The library copies it for
// the module, and frees that.
func borrowed(secret []byte) string { return unsafe.String(unsafe.SliceData(secret), len(secret)) }

// login opens a session in which the user has logged in: one C_Login for one PIN. With no secret the reader's own keys take
// it. What another session has left behind does not count.
func (m *loaded) login(slot uint, secrets [][]byte) error {
	m.logout(slot)
	session, done, err := m.session(slot, 0)
	if err != nil {
		return err
	}
	secret := ""
	if len(secrets) == 1 {
		secret = borrowed(secrets[0])
	}
	if err := m.ctx.Login(session, pkcs11.CKU_USER, secret); err != nil {
		done()
		return failed("C_Login", err)
	}
	m.sessions[slot] = session
	return nil
}

// logout makes the token forget the PIN.
func (m *loaded) logout(slot uint) {
	if session, ok := m.sessions[slot]; ok {
		_ = m.ctx.Logout(session)
		_ = m.ctx.CloseSession(session)
		delete(m.sessions, slot)
	}
}

// setPIN replaces the PIN: one C_SetPIN, in a session where nobody has logged in.
func (m *loaded) setPIN(slot uint, current, chosen []byte) error {
	m.logout(slot)
	session, done, err := m.session(slot, pkcs11.CKF_RW_SESSION)
	if err != nil {
		return err
	}
	defer done()
	if err := m.ctx.SetPIN(session, borrowed(current), borrowed(chosen)); err != nil {
		return failed("C_SetPIN", err)
	}
	return nil
}

// unblock gives the PIN another value: one C_Login of the security officer, whose PIN is the PUK, and one C_InitPIN.
func (m *loaded) unblock(slot uint, puk, chosen []byte) error {
	m.logout(slot)
	session, done, err := m.session(slot, pkcs11.CKF_RW_SESSION)
	if err != nil {
		return err
	}
	defer done()
	if err := m.ctx.Login(session, pkcs11.CKU_SO, borrowed(puk)); err != nil {
		return failed("C_Login", err)
	}
	defer func() { _ = m.ctx.Logout(session) }()
	if err := m.ctx.InitPIN(session, borrowed(chosen)); err != nil {
		return failed("C_InitPIN", err)
	}
	return nil
}

// sign signs in the session of who has logged in.
func (m *loaded) sign(r wire.Request) ([]byte, error) {
	session, ok := m.sessions[r.Slot]
	if !ok {
		return nil, failed("C_Sign", pkcs11.Error(pkcs11.CKR_USER_NOT_LOGGED_IN))
	}
	key, err := m.privateKey(session, r.Key)
	if err != nil {
		return nil, err
	}
	mechanism, err := mechanismOf(r)
	if err != nil {
		return nil, err
	}
	if err := m.ctx.SignInit(session, []*pkcs11.Mechanism{mechanism}, key); err != nil {
		return nil, failed("C_SignInit", err)
	}
	signature, err := m.ctx.Sign(session, r.Data)
	switch {
	case err != nil:
		return nil, failed("C_Sign", err)
	case len(signature) > wire.MaxSignature:
		return nil, errLength
	}
	return signature, nil
}

// privateKey is the one with the certificate's CKA_ID, or the only one of the token: some modules give certificates no ID.
// Whose it is shows when the agent checks the signature.
func (m *loaded) privateKey(session pkcs11.SessionHandle, id []byte) (pkcs11.ObjectHandle, error) {
	private := pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY)
	if len(id) > 0 {
		keys, err := m.find(session, []*pkcs11.Attribute{private, pkcs11.NewAttribute(pkcs11.CKA_ID, id)}, 1)
		if err != nil || len(keys) == 1 {
			return first(keys), err
		}
	}
	keys, err := m.find(session, []*pkcs11.Attribute{private}, 2)
	if err == nil && len(keys) != 1 {
		err = errNoKey
	}
	return first(keys), err
}

func first(keys []pkcs11.ObjectHandle) pkcs11.ObjectHandle {
	if len(keys) == 0 {
		return 0
	}
	return keys[0]
}

// hashes are the mechanisms of PSS, by the length of the digest in bits.
var hashes = map[int]struct{ hash, mgf uint }{
	256: {pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256},
	384: {pkcs11.CKM_SHA384, pkcs11.CKG_MGF1_SHA384},
	512: {pkcs11.CKM_SHA512, pkcs11.CKG_MGF1_SHA512},
}

func mechanismOf(r wire.Request) (*pkcs11.Mechanism, error) {
	switch r.Scheme {
	case wire.PKCS1:
		return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil), nil
	case wire.ECDSA:
		return pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil), nil
	case wire.PSS:
		if h, ok := hashes[r.Hash]; ok {
			return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, pkcs11.NewPSSParams(h.hash, h.mgf, uint(r.Hash/8))), nil
		}
	}
	return nil, errRequest
}
