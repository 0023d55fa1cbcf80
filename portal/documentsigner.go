// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"

	"github.com/ponte-cns/ponte/portal/document"
)

// Signer is who signed a document, as the certificate says. Nobody vouches for it while the Kind of the signature is
// document.KindNone.
type Signer struct {
	Name       string     // given name and surname; of other certificates the common name; may be empty
	FiscalCode FiscalCode // empty if the certificate has none, or more than one
	CardNumber string     // of a CNS
	Authority  string     // the certification authority (CN of the issuer)
}

var oidSerialNumber = asn1.ObjectIdentifier{2, 5, 4, 5}

func signerOf(cert *x509.Certificate) Signer {
	if cert == nil {
		return Signer{}
	}
	s := Signer{Authority: readable(cert.Issuer.CommonName)}
	names := append(attributes(cert, oidGivenName), attributes(cert, oidSurname)...)
	if who, err := identify(cert); err == nil { // the subject of a CNS
		s.FiscalCode, s.CardNumber = who.FiscalCode, who.CardNumber
	} else {
		s.FiscalCode = codeOfSerial(cert)
		if len(names) != 2 {
			names = attributes(cert, oidCommonName)
		}
	}
	if len(names) <= 2 { // more would leave open who it is
		s.Name = strings.TrimSpace(strings.Join(names, " "))
	}
	return s
}

// codeOfSerial reads the fiscal code where certificates for signatures have it: in the serial number of the subject, as
// "TINIT-" and the code (ETSI EN 319 412-1, 5.1.3), on older ones as "IT:" and the code.
func codeOfSerial(cert *x509.Certificate) FiscalCode {
	var codes []FiscalCode
	for _, serial := range attributes(cert, oidSerialNumber) {
		for _, prefix := range []string{"TINIT-", "IT:"} {
			if rest, found := strings.CutPrefix(serial, prefix); found {
				if code, err := ParseFiscalCode(rest); err == nil && !slices.Contains(codes, code) {
					codes = append(codes, code)
				}
			}
		}
	}
	if len(codes) != 1 {
		return ""
	}
	return codes[0]
}

// Integrity says whether a document is the one that was signed, whoever signed it.
type Integrity string

// The answers.
const (
	IntegrityUnknown Integrity = "unknown" // the signature itself is not in order, or its document was not there
	IntegrityWhole   Integrity = "whole"   // as it was signed
	IntegrityAdded   Integrity = "added"   // as it was signed; what was added later, as another signature, is allowed
	IntegrityChanged Integrity = "changed" // changed after it was signed
)

// certificateFaults are those of who signed and when: they leave what was signed alone.
var certificateFaults = []document.Fault{
	document.FaultKeyUsage, document.FaultPolicy, document.FaultUntrusted, document.FaultNotYetValid, document.FaultExpired,
	document.FaultRevoked, document.FaultSuspended, document.FaultRevocation, document.FaultTimeStamp, document.FaultTimeAuthority,
}

// Integrity of what the signature covers.
func (s *DocumentSignature) Integrity() Integrity {
	if s.Has(document.FaultDocumentChanged) || s.Has(document.FaultChangedAfter) {
		return IntegrityChanged
	}
	for _, f := range s.Faults {
		if !slices.Contains(certificateFaults, f.Fault) {
			return IntegrityUnknown
		}
	}
	switch s.Cover {
	case document.CoverWhole:
		return IntegrityWhole
	case document.CoverRevision:
		return IntegrityAdded
	}
	return IntegrityUnknown
}
