// SPDX-License-Identifier: EUPL-1.2

//go:build cgo

package module

import (
	"errors"
	"fmt"

	"github.com/miekg/pkcs11"

	"github.com/ponte-cns/ponte/daemon/pkcs11/modulefile"
	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

// loaded is a module that has been initialised.
type loaded struct {
	ctx      *pkcs11.Ctx
	file     *modulefile.File
	sessions map[uint]pkcs11.SessionHandle // by slot; those of who has logged in
}

// load opens a module. What its initialisation changes in this process is why the process is thrown away with it.
func load(path string, rules modulefile.Rules) (*loaded, error) {
	file, err := rules.Open(path)
	if err != nil {
		return nil, err
	}
	ctx := pkcs11.New(file.Path)
	if ctx == nil {
		return nil, fmt.Errorf("%w: the system refuses it or one of the libraries that it needs", errLoad)
	}
	if err := file.Still(); err != nil {
		return nil, err
	}
	if err := ctx.Initialize(); err != nil && !is(err, pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED) {
		return nil, fmt.Errorf("%w: C_Initialize: %s", errLoad, name(err))
	}
	return &loaded{ctx, file, map[uint]pkcs11.SessionHandle{}}, nil
}

// close lets go of the cards, as a module wants it before its process ends.
func (m *loaded) close() {
	for slot := range m.sessions {
		m.logout(slot)
	}
	_ = m.ctx.Finalize()
}

func (m *loaded) info() *wire.Module {
	i, err := m.ctx.GetInfo()
	if err != nil {
		return &wire.Module{}
	}
	return &wire.Module{
		Description: wire.Text(i.LibraryDescription), Manufacturer: wire.Text(i.ManufacturerID),
		Version: fmt.Sprintf("%d.%d", i.LibraryVersion.Major, i.LibraryVersion.Minor),
	}
}

// slots lists the first of the module's slots. A slot that fails is told as empty: another may hold the card.
func (m *loaded) slots() ([]wire.Slot, error) {
	ids, err := m.ctx.GetSlotList(false)
	if err != nil {
		return nil, failed("C_GetSlotList", err)
	}
	slots := make([]wire.Slot, 0, min(len(ids), wire.MaxSlots))
	for _, id := range ids[:min(len(ids), wire.MaxSlots)] {
		info, err := m.ctx.GetSlotInfo(id)
		if err != nil {
			continue
		}
		s := wire.Slot{ID: id, Description: wire.Text(info.SlotDescription)}
		if info.Flags&pkcs11.CKF_TOKEN_PRESENT != 0 {
			s.Token, _ = m.tokenInfo(id)
		}
		slots = append(slots, s)
	}
	return slots, nil
}

func (m *loaded) tokenInfo(slot uint) (*wire.Token, error) {
	i, err := m.ctx.GetTokenInfo(slot)
	if err != nil {
		return nil, failed("C_GetTokenInfo", err)
	}
	has := func(flag uint) bool { return i.Flags&flag != 0 }
	return &wire.Token{
		Label: wire.Text(i.Label), Manufacturer: wire.Text(i.ManufacturerID), Model: wire.Text(i.Model), Serial: wire.Text(i.SerialNumber),
		Initialised: has(pkcs11.CKF_TOKEN_INITIALIZED), LoginRequired: has(pkcs11.CKF_LOGIN_REQUIRED), HasPIN: has(pkcs11.CKF_USER_PIN_INITIALIZED),
		CountLow: has(pkcs11.CKF_USER_PIN_COUNT_LOW), FinalTry: has(pkcs11.CKF_USER_PIN_FINAL_TRY), Locked: has(pkcs11.CKF_USER_PIN_LOCKED),
		PINPad: has(pkcs11.CKF_PROTECTED_AUTHENTICATION_PATH), MinPIN: i.MinPinLen, MaxPIN: i.MaxPinLen,
	}, nil
}

// token tells of a token, with the ways in which it signs.
func (m *loaded) token(slot uint) (*wire.Token, error) {
	t, err := m.tokenInfo(slot)
	if err != nil {
		return nil, err
	}
	list, err := m.ctx.GetMechanismList(slot)
	if err != nil {
		return t, nil // what it can do shows when it signs
	}
	for _, mechanism := range list {
		switch mechanism.Mechanism {
		case pkcs11.CKM_RSA_PKCS:
			t.PKCS1 = true
		case pkcs11.CKM_RSA_PKCS_PSS:
			t.PSS = true
		case pkcs11.CKM_ECDSA:
			t.ECDSA = true
		}
	}
	return t, nil
}

// certificates reads those of a token, without a PIN.
func (m *loaded) certificates(slot uint) ([]wire.Certificate, error) {
	session, done, err := m.session(slot, 0)
	if err != nil {
		return nil, err
	}
	defer done()
	objects, err := m.find(session, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE)}, wire.MaxCertificates)
	if err != nil {
		return nil, err
	}
	certificates := make([]wire.Certificate, 0, len(objects))
	for _, o := range objects {
		// One attribute at a time: a module that lacks one of several may give none.
		der, err := m.attribute(session, o, pkcs11.CKA_VALUE, wire.MaxCertificate)
		if err != nil || len(der) == 0 {
			continue
		}
		id, err := m.attribute(session, o, pkcs11.CKA_ID, wire.MaxKeyID)
		if err != nil {
			id = nil
		}
		certificates = append(certificates, wire.Certificate{ID: id, DER: der})
	}
	return certificates, nil
}

func (m *loaded) attribute(session pkcs11.SessionHandle, o pkcs11.ObjectHandle, attribute uint, most int) ([]byte, error) {
	values, err := m.ctx.GetAttributeValue(session, o, []*pkcs11.Attribute{pkcs11.NewAttribute(attribute, nil)})
	switch {
	case err != nil:
		return nil, failed("C_GetAttributeValue", err)
	case len(values) != 1 || len(values[0].Value) > most:
		return nil, errLength
	}
	return values[0].Value, nil
}

// find looks for objects, and stops at the ceiling however many there are.
func (m *loaded) find(session pkcs11.SessionHandle, like []*pkcs11.Attribute, most int) ([]pkcs11.ObjectHandle, error) {
	if err := m.ctx.FindObjectsInit(session, like); err != nil {
		return nil, failed("C_FindObjectsInit", err)
	}
	defer func() { _ = m.ctx.FindObjectsFinal(session) }()
	objects, _, err := m.ctx.FindObjects(session, most)
	if err != nil {
		return nil, failed("C_FindObjects", err)
	}
	return objects[:min(len(objects), most)], nil
}

// session is the one that has logged in, or another for the length of one request.
func (m *loaded) session(slot, flags uint) (session pkcs11.SessionHandle, done func(), err error) {
	if open, ok := m.sessions[slot]; ok && flags == 0 {
		return open, func() {}, nil
	}
	session, err = m.ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|flags)
	if err != nil {
		return 0, nil, failed("C_OpenSession", err)
	}
	return session, func() { _ = m.ctx.CloseSession(session) }, nil
}

// moduleError is what a function of the module has returned.
type moduleError struct {
	function string
	rv       pkcs11.Error
}

func (e *moduleError) Error() string { return e.function + ": " + name(e.rv) }

func failed(function string, err error) error {
	var rv pkcs11.Error
	if errors.As(err, &rv) {
		return &moduleError{function, rv}
	}
	return fmt.Errorf("%s: %w", function, err)
}

// name is that of the specification, without the number that the library puts before it.
func name(err error) string {
	var rv pkcs11.Error
	if !errors.As(err, &rv) {
		return err.Error()
	}
	return rv.Error()
}

func is(err error, rv uint) bool {
	var e pkcs11.Error
	var m *moduleError
	return errors.As(err, &m) && m.rv == pkcs11.Error(rv) || errors.As(err, &e) && e == pkcs11.Error(rv)
}
