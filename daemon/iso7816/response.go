// SPDX-License-Identifier: EUPL-1.2

package iso7816

import (
	"errors"
	"fmt"
)

// ErrResponse is returned for bytes that are not a response APDU.
var ErrResponse = errors.New("not a response APDU")

// Response is a response APDU.
type Response struct {
	Data   []byte // shares memory with what was parsed
	Status Status
}

// ParseResponse splits a response into data and status word. Fewer than 2 bytes or more than 65,538 give ErrResponse.
func ParseResponse(b []byte) (Response, error) {
	if len(b) < 2 || len(b) > maxResponseBytes {
		return Response{}, fmt.Errorf("%d bytes: %w", len(b), ErrResponse)
	}
	n := len(b) - 2
	return Response{Data: b[:n], Status: Status(b[n])<<8 | Status(b[n+1])}, nil
}

// Status is a status word, SW1 SW2. Every value but OK is an error.
type Status uint16

// Status words, ISO/IEC 7816-4:2020 table 6, with the meanings seen on CNS cards (cns-card.md A8).
const (
	OK                      Status = 0x9000
	EndOfFile               Status = 0x6282
	VerificationFailed      Status = 0x6300 // wrong PIN, counter not given
	WrongLength             Status = 0x6700
	ChainingNotSupported    Status = 0x6884
	SecurityStatus          Status = 0x6982 // PIN missing
	Blocked                 Status = 0x6983
	ReferenceDataNotUsable  Status = 0x6984 // PIN not initialised
	ConditionsNotSatisfied  Status = 0x6985
	CommandNotAllowed       Status = 0x6986 // no current EF
	WrongData               Status = 0x6A80
	FunctionNotSupported    Status = 0x6A81
	FileNotFound            Status = 0x6A82
	WrongParameters         Status = 0x6A86
	ReferencedDataNotFound  Status = 0x6A88
	WrongOffset             Status = 0x6B00
	InstructionNotSupported Status = 0x6D00
	ClassNotSupported       Status = 0x6E00
)

// Error gives the status word in hexadecimal with its meaning. Citizens never see it.
func (s Status) Error() string {
	if text, ok := meanings[s]; ok {
		return fmt.Sprintf("status %04X (%s)", uint16(s), text)
	}
	if n, ok := s.TriesLeft(); ok {
		return fmt.Sprintf("status %04X (wrong PIN, %d tries left)", uint16(s), n)
	}
	return fmt.Sprintf("status %04X", uint16(s))
}

var meanings = map[Status]string{
	OK: "no error", EndOfFile: "end of file", VerificationFailed: "wrong PIN", WrongLength: "wrong length",
	ChainingNotSupported: "chaining not supported", SecurityStatus: "PIN missing", Blocked: "PIN blocked",
	ReferenceDataNotUsable: "PIN not usable", ConditionsNotSatisfied: "conditions of use not satisfied",
	CommandNotAllowed: "command not allowed", WrongData: "wrong data", FunctionNotSupported: "function not supported",
	FileNotFound:    "file not found",
	WrongParameters: "wrong P1 P2", ReferencedDataNotFound: "object not found", WrongOffset: "wrong offset",
	InstructionNotSupported: "instruction not supported", ClassNotSupported: "class not supported",
}

// TriesLeft reads the counter of 63Cx.
func (s Status) TriesLeft() (int, bool) {
	if s&0xFFF0 == 0x63C0 {
		return int(s & 0xF), true
	}
	return 0, false
}

// MoreData reads 61xx: so many bytes wait for GET RESPONSE (256 for 6100).
func (s Status) MoreData() (int, bool) { return s.length(0x6100) }

// CorrectLe reads 6Cxx: the command must be sent again with this Le (256 for 6C00).
func (s Status) CorrectLe() (int, bool) { return s.length(0x6C00) }

func (s Status) length(class Status) (int, bool) {
	if s&0xFF00 != class {
		return 0, false
	}
	if s&0xFF == 0 {
		return 256, true
	}
	return int(s & 0xFF), true
}
