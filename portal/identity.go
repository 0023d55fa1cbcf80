// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Identity is who logged in, as the certificate of the card says.
type Identity struct {
	FiscalCode     FiscalCode
	Name           string // given name; empty if the certificate has none
	Surname        string
	CardNumber     string // ID_Carta, 16 digits on a TS-CNS; empty if the certificate does not tell it
	Administration string // who issued the card (OU of the subject), as "REGIONE AUTONOMA DELLA SARDEGNA"; may be empty
	Authority      string // the certification authority (CN of the issuer), as "Regione X - CA Cittadini"
	NotAfter       time.Time
	Certificate    *x509.Certificate // for the record of accesses: serial number and issuer identify the card
}

// Attributes of names (ITU-T X.520).
var (
	oidCommonName = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidSurname    = asn1.ObjectIdentifier{2, 5, 4, 4}
	oidUnit       = asn1.ObjectIdentifier{2, 5, 4, 11}
	oidGivenName  = asn1.ObjectIdentifier{2, 5, 4, 42}
)

var errCommonName = errors.New("the subject does not have exactly one common name of the form fiscal code/card number.hash")

// identify reads the subject: C, O, OU, CN=<fiscal code>/<ID_Carta>.<base64 SHA-1>, GN, SN, in any order.
func identify(cert *x509.Certificate) (Identity, error) {
	common := attributes(cert, oidCommonName)
	if len(common) != 1 {
		return Identity{}, errCommonName // two names would leave open who it is
	}
	code, card, err := splitCommonName(common[0])
	if err != nil {
		return Identity{}, err
	}
	return Identity{
		FiscalCode:     code,
		Name:           first(attributes(cert, oidGivenName)),
		Surname:        first(attributes(cert, oidSurname)),
		CardNumber:     card,
		Administration: first(attributes(cert, oidUnit)),
		Authority:      readable(cert.Issuer.CommonName),
		NotAfter:       cert.NotAfter,
		Certificate:    cert,
	}, nil
}

// splitCommonName cuts at the first "/" and then at the first ".": the hash after it is in base64 and may hold "/" too.
// What is not a card number gives "": it identifies nobody, and is no ground to send a citizen away.
func splitCommonName(cn string) (FiscalCode, string, error) {
	code, rest, found := strings.Cut(cn, "/")
	if !found {
		return "", "", errCommonName
	}
	fc, err := ParseFiscalCode(code)
	if err != nil {
		return "", "", err
	}
	card, _, found := strings.Cut(rest, ".")
	if !found || len(card) > 32 || strings.ContainsFunc(card, notAlphanumeric) {
		card = ""
	}
	return fc, card, nil
}

func notAlphanumeric(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// attributes gives the values of one type in the subject, from single and multi-valued RDNs alike.
func attributes(cert *x509.Certificate, kind asn1.ObjectIdentifier) []string {
	var values []string
	for _, a := range cert.Subject.Names {
		if s, ok := a.Value.(string); ok && a.Type.Equal(kind) {
			values = append(values, readable(s))
		}
	}
	return values
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// readable makes text of an attribute fit to be shown: UTF-8 (a T61String is taken as Latin-1), at most 200 characters,
// no control or format characters, no space around.
func readable(s string) string {
	if !utf8.ValidString(s) {
		latin := make([]rune, len(s))
		for i := range len(s) {
			latin[i] = rune(s[i])
		}
		s = string(latin)
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200])
	}
	return strings.TrimSpace(s)
}
