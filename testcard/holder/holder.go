// SPDX-License-Identifier: EUPL-1.2

// Package holder invents the people of the test cards and writes what a TS-CNS
// stores about them: EF.ID_Carta, EF.Dati_personali and the certificate's
// common name (cns-card.md A4 and A7). It parses nothing, and none of these
// people exists.
package holder

import (
	"crypto/sha1" // the CNS profile asks for it: an identifier, not a signature
	"encoding/base64"
	"fmt"
	"strings"
)

// PersonalDataSize is the size of EF.Dati_personali (cns-card.md A2).
const PersonalDataSize = 400

// Holder is the person to whom a card is issued. Dates are DDMMYYYY, as in
// EF.Dati_personali; an empty field is written with length zero.
type Holder struct {
	CardID       string // 16 digits, EF.ID_Carta
	Issuer       string // 4 digits, 6030 is made up for tests
	Issued       string
	Expires      string
	Surname      string
	Name         string
	BirthDate    string
	Sex          string // M or F
	Height       string
	FiscalCode   string
	Citizenship  string
	BirthTown    string // cadastral code, H501 is Rome
	BirthCountry string
	BirthRecord  string
	Town         string // cadastral code of the residence
	Address      string
	Notes        string
}

// Giada is the default holder, with the personal data of the example in
// cns-card.md A4.
func Giada() Holder {
	return Holder{
		CardID: "7430010024925855", Issuer: "6030", Issued: "23102026", Expires: "21102032",
		Surname: "ROSSINI", Name: "GIADA PROVA", BirthDate: "23111984", Sex: "F",
		FiscalCode: "RSSGPR84S63H501C", BirthTown: "H501", Town: "H501",
	}
}

// Matteo is the second holder, a child whose card a parent puts in the reader.
func Matteo() Holder {
	h := Holder{
		CardID: "7430010024925863", Issuer: "6030", Issued: "23102026", Expires: "21102032",
		Surname: "ROSSINI", Name: "MATTEO PROVA", BirthDate: "15032017", Sex: "M",
		BirthTown: "H501", Town: "H501",
	}
	h.FiscalCode = WithCheckLetter("RSSMTP17C15H501")
	return h
}

// Accented is a holder whose names carry an apostrophe and accents. The card
// stores them in Latin-1 (unproved on real cards), the certificate in UTF-8.
func Accented() Holder {
	h := Giada()
	h.CardID = "7430010024925871"
	h.Surname, h.Name = "D'ALÒ", "NICCOLÒ"
	h.BirthDate, h.Sex = "02051979", "M"
	h.FiscalCode = WithCheckLetter("DLANCL79E02H501")
	return h
}

// Omocodia is a holder whose fiscal code had a twin, so that its last digit
// became a letter and the check letter was computed again (cns-card.md C).
func Omocodia() Holder {
	h := Giada()
	h.CardID = "7430010024925889"
	h.FiscalCode = WithCheckLetter("RSSGPR84S63H50M")
	return h
}

// Slashed is Giada with a note that makes the base64 part of the common name
// contain "/", the character that also ends the fiscal code (cns-card.md A7).
func Slashed() Holder {
	h := Giada()
	for n := 0; ; n++ {
		h.Notes = fmt.Sprintf("PROVA %d", n)
		if strings.Contains(h.PersonalDataHash(), "/") {
			return h
		}
	}
}

// ByName gives the holders under the names that ponte-testcard accepts.
func ByName(name string) (Holder, error) {
	switch name {
	case "", "giada":
		return Giada(), nil
	case "matteo", "child":
		return Matteo(), nil
	case "accented":
		return Accented(), nil
	case "omocodia":
		return Omocodia(), nil
	case "slashed":
		return Slashed(), nil
	}
	return Holder{}, fmt.Errorf("holder %q is unknown: use giada, matteo, accented, omocodia or slashed", name)
}

// PersonalData is the content of EF.Dati_personali: six hexadecimal digits of
// length, sixteen fields with two digits of length each, zeros up to
// PersonalDataSize (cns-card.md A4). What does not fit is cut, as no holder
// of this package needs.
func (h Holder) PersonalData() []byte {
	var fields strings.Builder
	for _, f := range []string{
		h.Issuer, h.Issued, h.Expires, h.Surname, h.Name, h.BirthDate, h.Sex, h.Height,
		h.FiscalCode, h.Citizenship, h.BirthTown, h.BirthCountry, h.BirthRecord,
		h.Town, h.Address, h.Notes,
	} {
		b := latin1(f)
		fmt.Fprintf(&fields, "%02X%s", len(b), b)
	}
	file := make([]byte, PersonalDataSize)
	copy(file, fmt.Sprintf("%06X%s", fields.Len(), fields.String()))
	return file
}

// PersonalDataHash is the base64 SHA-1 of EF.Dati_personali that ends the
// common name. That the whole 400 bytes are hashed, not the used part only, is
// an assumption: unproved on real cards (cns-card.md A7).
func (h Holder) PersonalDataHash() string {
	sum := sha1.Sum(h.PersonalData())
	return base64.StdEncoding.EncodeToString(sum[:])
}

// CommonName is the subject's CN of the authentication certificate,
// FiscalCode/CardID.Hash, 62 characters (cns-card.md A7).
func (h Holder) CommonName() string {
	return h.FiscalCode + "/" + h.CardID + "." + h.PersonalDataHash()
}

// latin1 encodes s as ISO 8859-1; a character outside it becomes "?".
func latin1(s string) []byte {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xFF {
			r = '?'
		}
		b = append(b, byte(r))
	}
	return b
}
