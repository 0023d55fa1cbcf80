// SPDX-License-Identifier: EUPL-1.2

// Package iso7816 encodes commands to a smart card and decodes its responses, status words, BER-TLV objects and answers
// to reset (ISO/IEC 7816-3 and 7816-4). It does no I/O and knows no card.
package iso7816

import "fmt"

// Instruction bytes, ISO/IEC 7816-4:2020 table 5, as cns-card.md A3, A5, A6 and A10 use them.
const (
	InsVerify                    = 0x20
	InsManageSecurityEnvironment = 0x22
	InsChangeReferenceData       = 0x24
	InsPerformSecurityOperation  = 0x2A
	InsResetRetryCounter         = 0x2C
	InsGetChallenge              = 0x84
	InsSelect                    = 0xA4
	InsReadBinary                = 0xB0
	InsGetResponse               = 0xC0
	InsGetData                   = 0xCA
)

// Limits of the two length encodings, ISO/IEC 7816-4:2020 section 5.2.
const (
	maxShortData     = 255
	maxShortLe       = 256
	maxExtendedData  = 65535
	maxExtendedLe    = 65536
	maxResponseBytes = maxExtendedLe + 2
)

// Command is a command APDU.
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte // at most 65,535 bytes
	Le               int    // bytes expected, 0 for none, at most 65,536
}

// Bytes encodes the command: short lengths where they suffice, else extended ones (ISO/IEC 7816-4:2020, section 5.2).
func (c Command) Bytes() ([]byte, error) {
	if len(c.Data) > maxExtendedData || c.Le < 0 || c.Le > maxExtendedLe {
		return nil, fmt.Errorf("command %02X with %d bytes of data and Le %d cannot be encoded", c.INS, len(c.Data), c.Le)
	}
	b := make([]byte, 0, 4+3+len(c.Data)+2)
	b = append(b, c.CLA, c.INS, c.P1, c.P2)
	if len(c.Data) <= maxShortData && c.Le <= maxShortLe {
		if len(c.Data) > 0 {
			b = append(append(b, byte(len(c.Data))), c.Data...)
		}
		if c.Le > 0 {
			b = append(b, byte(c.Le)) // 256 is written 00
		}
		return b, nil
	}
	b = append(b, 0)
	if len(c.Data) > 0 {
		b = append(append(b, byte(len(c.Data)>>8), byte(len(c.Data))), c.Data...)
	}
	if c.Le > 0 {
		b = append(b, byte(c.Le>>8), byte(c.Le)) // 65,536 is written 0000
	}
	return b, nil
}

// Extended says that the command needs extended lengths, which not every reader carries.
func (c Command) Extended() bool { return len(c.Data) > maxShortData || c.Le > maxShortLe }
