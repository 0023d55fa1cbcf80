// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"context"
	"crypto/x509"
	"strings"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/protocol"
)

// Holder is the name of a card's holder as it is printed on the card: given name and surname (cns-card.md A7), or what
// the certificate has instead. Never the fiscal code.
func Holder(c *x509.Certificate) string {
	var given, surname string
	for _, n := range c.Subject.Names {
		value, _ := n.Value.(string)
		switch n.Type.String() {
		case "2.5.4.42": // givenName
			given = value
		case "2.5.4.4": // surname
			surname = value
		}
	}
	switch {
	case given != "" && surname != "":
		return given + " " + surname
	case surname != "":
		return surname
	}
	return given
}

// Subject is the fiscal code and the number of the card in a certificate's common name,
// <fiscal code>/<card number>.<hash> (cns-card.md A7): split at the first "/" only, then at the first ".". Parts that are
// not there are empty; nothing is checked, so this is for showing, never for identifying.
func Subject(c *x509.Certificate) (fiscalCode, cardNumber string) {
	fiscalCode, rest, _ := strings.Cut(c.Subject.CommonName, "/")
	cardNumber, _, _ = strings.Cut(rest, ".")
	return fiscalCode, cardNumber
}

// Identity reads the holder's data from the card (cns-card.md A4). It needs no PIN and caches nothing: whoever calls it
// has the citizen's consent before anything of it leaves the agent. Fields that the card leaves empty are not there.
func (r *Readers) Identity(ctx context.Context, s Slot) (map[protocol.IdentityField]string, error) {
	var p cns.PersonalData
	var number string
	err := r.own(ctx, s, func(l *link) error {
		card, ok := r.driver(s, l).(native)
		if !ok {
			return cns.ErrPersonalData
		}
		var err error
		if p, err = card.PersonalData(); err != nil {
			return err
		}
		number, err = card.CardID()
		return err
	})
	if err != nil {
		return nil, err
	}
	data := map[protocol.IdentityField]string{
		protocol.FieldFiscalCode: p.FiscalCode, protocol.FieldName: p.Name, protocol.FieldSurname: p.Surname,
		protocol.FieldBirthDate: isoDate(p.BirthDate), protocol.FieldSex: p.Sex, protocol.FieldBirthMunicipality: p.BirthMunicipality,
		protocol.FieldResidenceMunicipality: p.ResidenceMunicipality, protocol.FieldIssueDate: isoDate(p.IssueDate),
		protocol.FieldExpiryDate: isoDate(p.ExpiryDate), protocol.FieldCardNumber: number,
	}
	for field, value := range data {
		if value == "" {
			delete(data, field)
		}
	}
	return data, nil
}

// isoDate turns DDMMYYYY into YYYY-MM-DD; anything else becomes empty.
func isoDate(s string) string {
	if len(s) != 8 || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return s[4:] + "-" + s[2:4] + "-" + s[:2]
}
