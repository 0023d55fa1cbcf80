// SPDX-License-Identifier: EUPL-1.2

package cns

import (
	"errors"
	"strconv"
	"strings"
)

// ErrPersonalData is returned for an EF.Dati_personali that cannot be read.
var ErrPersonalData = errors.New("the personal data on the card cannot be read")

// PersonalData is EF.Dati_personali (cns-card.md A4). A field that the card leaves out is empty. Dates are DDMMYYYY.
type PersonalData struct {
	Issuer, IssueDate, ExpiryDate                   string
	Surname, Name, BirthDate, Sex, Height           string
	FiscalCode, Citizenship                         string
	BirthMunicipality, BirthCountry, BirthRecord    string
	ResidenceMunicipality, ResidenceAddress, Remark string
}

// ParsePersonalData reads the file: six hexadecimal digits of total length, then fields of two hexadecimal digits of
// length and so many Latin-1 characters, in the order of PersonalData. Missing trailing fields are tolerated.
func ParsePersonalData(b []byte) (PersonalData, error) {
	if len(b) < 6 {
		return PersonalData{}, ErrPersonalData
	}
	total, err := strconv.ParseUint(string(b[:6]), 16, 24)
	if err != nil {
		return PersonalData{}, ErrPersonalData
	}
	b = b[6:]
	b = b[:min(uint64(len(b)), total)]
	var p PersonalData
	for _, field := range []*string{
		&p.Issuer, &p.IssueDate, &p.ExpiryDate, &p.Surname, &p.Name, &p.BirthDate, &p.Sex, &p.Height, &p.FiscalCode,
		&p.Citizenship, &p.BirthMunicipality, &p.BirthCountry, &p.BirthRecord, &p.ResidenceMunicipality,
		&p.ResidenceAddress, &p.Remark,
	} {
		if len(b) == 0 {
			break
		}
		if len(b) < 2 {
			return PersonalData{}, ErrPersonalData
		}
		n, err := strconv.ParseUint(string(b[:2]), 16, 8)
		if err != nil || int(n) > len(b)-2 {
			return PersonalData{}, ErrPersonalData
		}
		*field = latin1(b[2 : 2+n])
		b = b[2+n:]
	}
	if p.FiscalCode == "" && p.Surname == "" {
		return PersonalData{}, ErrPersonalData
	}
	return p, nil
}

// latin1 makes a string of ISO/IEC 8859-1 bytes; control characters become spaces.
func latin1(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		if c < 0x20 || (c >= 0x7F && c < 0xA0) {
			c = ' '
		}
		s.WriteRune(rune(c))
	}
	return strings.TrimSpace(s.String())
}
