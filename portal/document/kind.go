// SPDX-License-Identifier: BSD-3-Clause

package document

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
)

// Kind says what a signature is worth in Italy. See the package.
type Kind string

// The kinds.
const (
	KindNone  Kind = ""      // not known: no trusted authority is known to have issued the certificate
	KindFEQ   Kind = "FEQ"   // firma elettronica qualificata
	KindFEA   Kind = "FEA"   // takes the place of a firma elettronica avanzata towards public administrations: made with a CNS
	KindOther Kind = "other" // anything else, as a company's seal or a certificate for e-mail
)

// CNSPolicies are the certificate policies of the CNS: that of the national profile, and two that Lombardy used for the
// same purpose.
func CNSPolicies() []string {
	return []string{"1.3.76.16.2.1", "1.3.159.6.1.3.2.10", "1.3.76.12.1.1.10.2.2.10"}
}

// QCStatements (RFC 3739, 3.2.6) of ETSI EN 319 412-5.
var (
	oidQCStatements = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}
	oidQCCompliance = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 1}    // 4.2.1: the certificate is a qualified one
	oidQCSSCD       = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 4}    // 4.2.2: the key is in a qualified device
	oidQCType       = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6}    // 4.2.3: what the certificate is for
	oidQCTypeESign  = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6, 1} // signatures of persons; others are seals and web sites
)

// maxStatements is more than any certificate has: ETSI EN 319 412-5 knows ten.
const maxStatements = 32

// KindOf says what a signature with this certificate is worth, provided that a trusted authority has issued it.
func KindOf(cert *x509.Certificate) Kind { return kindOf(cert, mustPolicies(CNSPolicies())) }

func kindOf(cert *x509.Certificate, cns []x509.OID) Kind {
	if qualified(cert) {
		return KindFEQ
	}
	for _, p := range cert.Policies {
		if slices.ContainsFunc(cns, p.Equal) {
			return KindFEA
		}
	}
	return KindOther
}

// qualified says that the certificate is a qualified one for signatures of a person, with its key in a qualified device.
func qualified(cert *x509.Certificate) bool {
	var compliance, device bool
	person := true // a certificate of before 2014 has no type
	for _, s := range statements(cert) {
		switch {
		case s.ID.Equal(oidQCCompliance):
			compliance = true
		case s.ID.Equal(oidQCSSCD):
			device = true
		case s.ID.Equal(oidQCType):
			var types []asn1.ObjectIdentifier
			rest, err := asn1.Unmarshal(s.Info.FullBytes, &types)
			person = err == nil && len(rest) == 0 && slices.ContainsFunc(types, oidQCTypeESign.Equal)
		}
	}
	return compliance && device && person
}

type statement struct {
	ID   asn1.ObjectIdentifier
	Info asn1.RawValue `asn1:"optional"`
}

// statements reads the qcStatements. What cannot be read counts as none: it can only make a signature worth less.
func statements(cert *x509.Certificate) []statement {
	for _, e := range cert.Extensions {
		if !e.Id.Equal(oidQCStatements) {
			continue
		}
		var found []statement
		if rest, err := asn1.Unmarshal(e.Value, &found); err != nil || len(rest) > 0 || len(found) > maxStatements {
			return nil
		}
		return found
	}
	return nil
}

func mustPolicies(dotted []string) []x509.OID {
	oids, err := parsePolicies(dotted)
	if err != nil {
		panic("document: " + err.Error()) // our own constants
	}
	return oids
}
