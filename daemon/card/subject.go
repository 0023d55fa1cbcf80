// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"crypto/x509"
	"strings"
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
