// SPDX-License-Identifier: EUPL-1.2

// Package wire is what the agent and its child ponte-pkcs11 say to each other over a pipe: requests, answers and their
// frames. It knows no module and starts no process.
package wire

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Ceilings, of bytes and of what a module may list. A module that claims more is cut off, or its answer is refused.
const (
	MaxRequest      = 8 << 10
	MaxAnswer       = 512 << 10
	MaxSecret       = 64 // bytes of a PIN or PUK
	MaxSlots        = 32
	MaxCertificates = 16
	MaxCertificate  = 8 << 10
	MaxKeyID        = 256
	MaxData         = 128  // bytes that are signed: a digest with the name of its hash
	MaxSignature    = 1024 // bytes
	maxText         = 128  // characters of a text that a module gives
)

// Operation is what a request asks for.
type Operation string

// The operations. Those of a slot find the token that is in it now.
const (
	OpSlots        Operation = "slots"
	OpCertificates Operation = "certificates"
	OpToken        Operation = "token"
	OpLogin        Operation = "login"  // with one secret, or by the reader's own keys
	OpSign         Operation = "sign"   // after OpLogin
	OpLogout       Operation = "logout" // never fails because nobody is logged in
	OpSetPIN       Operation = "set-pin"
	OpUnblock      Operation = "unblock" // two secrets: PUK and new PIN
)

// Request is one question. Secrets follow it, each in a frame of its own, and are in no JSON.
type Request struct {
	Number  uint64    `json:"number"` // another one for each request
	Do      Operation `json:"do"`
	Slot    uint      `json:"slot,omitempty"`
	Key     []byte    `json:"key,omitempty"` // CKA_ID
	Scheme  Scheme    `json:"scheme,omitempty"`
	Data    []byte    `json:"data,omitempty"`   // what is signed
	Hash    int       `json:"hash,omitempty"`   // bits, with PSS
	PINPad  bool      `json:"pinPad,omitempty"` // the reader's own keys take the PIN
	Secrets int       `json:"secrets,omitempty"`
}

// Scheme is how a key signs.
type Scheme string

// The schemes.
const (
	PKCS1 Scheme = "pkcs1" // of a DigestInfo
	PSS   Scheme = "pss"   // of a digest, the salt as long as that
	ECDSA Scheme = "ecdsa" // of a digest; gives r and s
)

// Answer is what the module has said. The first one has the number 0 and comes when the module has been loaded.
type Answer struct {
	Number       uint64        `json:"number"`
	PID          int           `json:"pid"` // of who answers: a module may fork, and then two would
	Code         Code          `json:"code,omitempty"`
	Detail       string        `json:"detail,omitempty"`
	Module       *Module       `json:"module,omitempty"`
	Slots        []Slot        `json:"slots,omitempty"`
	Certificates []Certificate `json:"certificates,omitempty"`
	Token        *Token        `json:"token,omitempty"`
	Signature    []byte        `json:"signature,omitempty"`
}

// Code is why a request failed; empty when it did not.
type Code string

// The codes.
const (
	CodeFile           Code = "file"        // it may not be loaded
	CodeLoad           Code = "load"        // it cannot be loaded
	CodeFailed         Code = "failed"      // anything else; Detail has the module's own name for it
	CodeUnsupported    Code = "unsupported" // the module cannot do it
	CodeRemoved        Code = "removed"     // the token is not there, or not any more
	CodeWrong          Code = "wrong"       // PIN or PUK
	CodeLocked         Code = "locked"      // PIN or PUK
	CodeFormat         Code = "format"      // of a PIN: length or characters
	CodeNotInitialised Code = "no-pin"      // the token has no PIN
	CodeNotLoggedIn    Code = "not-login"   // nobody is
	CodeCancelled      Code = "cancelled"   // at the reader's keys
	CodeNoKey          Code = "no-key"      // that belongs to the certificate
	CodeRequest        Code = "bad-request" // the agent's mistake
)

// Module is what a module says of itself.
type Module struct {
	Description  string `json:"description"`
	Manufacturer string `json:"manufacturer"`
	Version      string `json:"version"`
}

// Slot is one slot of a module.
type Slot struct {
	ID          uint   `json:"id"`
	Description string `json:"description"`
	Token       *Token `json:"token,omitempty"` // nil: it is empty
}

// Token is what a token says without a PIN.
type Token struct {
	Label         string `json:"label"`
	Manufacturer  string `json:"manufacturer"`
	Model         string `json:"model"`
	Serial        string `json:"serial"`
	Initialised   bool   `json:"initialised"`
	LoginRequired bool   `json:"loginRequired"`
	HasPIN        bool   `json:"hasPin"`
	CountLow      bool   `json:"countLow"` // a wrong PIN since the last right one
	FinalTry      bool   `json:"finalTry"`
	Locked        bool   `json:"locked"`
	PINPad        bool   `json:"pinPad"`
	MinPIN        uint   `json:"minPin"`
	MaxPIN        uint   `json:"maxPin"`
	PKCS1         bool   `json:"pkcs1"` // mechanisms; told by OpToken only
	PSS           bool   `json:"pss"`
	ECDSA         bool   `json:"ecdsa"`
}

// Certificate is one of a token.
type Certificate struct {
	ID  []byte `json:"id"` // CKA_ID, that of its key
	DER []byte `json:"der"`
}

// ErrFrame: what came is no frame of ours.
var ErrFrame = errors.New("not a frame of ponte-pkcs11")

// magic begins a frame, so that what a module writes to a pipe by mistake is not taken for a length.
const magic = 0x50_31

// WriteJSON sends a value in one frame.
func WriteJSON(w io.Writer, v any, most int) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return WriteBytes(w, b, most)
}

// WriteBytes sends bytes in one frame. It keeps no copy of them.
func WriteBytes(w io.Writer, b []byte, most int) error {
	if len(b) > most {
		return fmt.Errorf("a frame of %d bytes: %w", len(b), ErrFrame)
	}
	frame := make([]byte, 8+len(b))
	defer clear(frame)
	binary.BigEndian.PutUint32(frame, magic)
	binary.BigEndian.PutUint32(frame[4:], uint32(len(b)))
	copy(frame[8:], b)
	_, err := w.Write(frame)
	return err
}

// ReadBytes receives one frame. The caller clears it when it is a secret.
func ReadBytes(r io.Reader, most int) ([]byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[4:])
	if binary.BigEndian.Uint32(head[:]) != magic || uint64(n) > uint64(most) {
		return nil, ErrFrame
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("the rest of a frame: %w", err)
	}
	return b, nil
}

// ReadRequest receives a request and its secrets, which the caller clears.
func ReadRequest(r io.Reader) (req Request, secrets [][]byte, err error) {
	b, err := ReadBytes(r, MaxRequest)
	if err != nil {
		return req, nil, err
	}
	if err := json.Unmarshal(b, &req); err != nil {
		return req, nil, fmt.Errorf("%w: %w", ErrFrame, err)
	}
	if req.Secrets < 0 || req.Secrets > 2 || len(req.Key) > MaxKeyID || len(req.Data) > MaxData {
		return req, nil, ErrFrame
	}
	for range req.Secrets {
		s, err := ReadBytes(r, MaxSecret)
		if err != nil {
			return req, secrets, err
		}
		secrets = append(secrets, s)
	}
	return req, secrets, nil
}

// ReadAnswer receives an answer and refuses one that is too long in any part.
func ReadAnswer(r io.Reader) (Answer, error) {
	var a Answer
	b, err := ReadBytes(r, MaxAnswer)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrFrame, err)
	}
	if len(a.Slots) > MaxSlots || len(a.Certificates) > MaxCertificates || len(a.Signature) > MaxSignature || len(a.Detail) > 4*maxText {
		return Answer{}, ErrFrame
	}
	for _, c := range a.Certificates {
		if len(c.DER) > MaxCertificate || len(c.ID) > MaxKeyID {
			return Answer{}, ErrFrame
		}
	}
	return a, nil
}

// Text cuts a text that a module gave, and leaves out what is no printable ASCII or Latin letter.
func Text(s string) string {
	out := make([]rune, 0, min(len(s), maxText))
	for _, c := range s {
		if len(out) == maxText {
			break
		}
		if c >= ' ' && c != 0x7F && c != '\uFFFD' && (c < 0x80 || c > 0x9F) && c < 0x250 {
			out = append(out, c)
		}
	}
	return string(out)
}
