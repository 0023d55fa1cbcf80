// SPDX-License-Identifier: EUPL-1.2

//go:build cgo

package module

import (
	"errors"

	"github.com/miekg/pkcs11"

	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

// codes are the answers of modules that mean something to the agent.
var codes = map[pkcs11.Error]wire.Code{
	pkcs11.CKR_PIN_INCORRECT:            wire.CodeWrong,
	pkcs11.CKR_PIN_LOCKED:               wire.CodeLocked,
	pkcs11.CKR_PIN_EXPIRED:              wire.CodeLocked,
	pkcs11.CKR_PIN_LEN_RANGE:            wire.CodeFormat,
	pkcs11.CKR_PIN_INVALID:              wire.CodeFormat,
	pkcs11.CKR_USER_PIN_NOT_INITIALIZED: wire.CodeNotInitialised,
	pkcs11.CKR_USER_NOT_LOGGED_IN:       wire.CodeNotLoggedIn,
	pkcs11.CKR_FUNCTION_CANCELED:        wire.CodeCancelled,
	pkcs11.CKR_CANCEL:                   wire.CodeCancelled,
	pkcs11.CKR_TOKEN_NOT_PRESENT:        wire.CodeRemoved,
	pkcs11.CKR_DEVICE_REMOVED:           wire.CodeRemoved,
	pkcs11.CKR_SLOT_ID_INVALID:          wire.CodeRemoved,
	pkcs11.CKR_SESSION_HANDLE_INVALID:   wire.CodeRemoved,
	pkcs11.CKR_SESSION_CLOSED:           wire.CodeRemoved,
	pkcs11.CKR_TOKEN_NOT_RECOGNIZED:     wire.CodeUnsupported,
	pkcs11.CKR_FUNCTION_NOT_SUPPORTED:   wire.CodeUnsupported,
	pkcs11.CKR_MECHANISM_INVALID:        wire.CodeUnsupported,
	pkcs11.CKR_TOKEN_WRITE_PROTECTED:    wire.CodeUnsupported,
	pkcs11.CKR_USER_TYPE_INVALID:        wire.CodeUnsupported,
}

func codeOf(err error) wire.Code {
	var m *moduleError
	switch {
	case errors.Is(err, errRequest):
		return wire.CodeRequest
	case errors.Is(err, errNoKey):
		return wire.CodeNoKey
	case errors.As(err, &m):
		if code, ok := codes[m.rv]; ok {
			return code
		}
	}
	return wire.CodeFailed
}
