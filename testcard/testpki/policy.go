// SPDX-License-Identifier: EUPL-1.2

package testpki

import (
	"crypto/x509/pkix"
	"encoding/asn1"
)

// Policy identifiers (cns-card.md A7 and B).
var (
	oidPolicyCNS      = asn1.ObjectIdentifier{1, 3, 76, 16, 2, 1}
	oidPolicyLombardy = asn1.ObjectIdentifier{1, 3, 159, 6, 1, 3, 2, 10}
	oidPolicyCIE      = asn1.ObjectIdentifier{1, 3, 76, 47, 4}
	oidPolicyOther    = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1, 1} // made up

	oidCertificatePolicies = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidUserNotice          = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 2}
)

// userNotice is the text of the profile, its English included (cns-card.md A7).
const userNotice = "Identifies X.509 authentication certificates issued for the italian National Service Card (CNS) project in according to the italian regulation"

// RFC 5280 4.2.1.4, as far as it is needed here.
type policyInformation struct {
	Policy     asn1.ObjectIdentifier
	Qualifiers []policyQualifier `asn1:"optional"`
}

type policyQualifier struct {
	ID     asn1.ObjectIdentifier
	Notice notice
}

type notice struct {
	ExplicitText string `asn1:"utf8"`
}

func policies(p Policy) []pkix.Extension {
	if p == PolicyNone {
		return nil
	}
	info := map[Policy]policyInformation{
		PolicyCNS: {
			Policy:     oidPolicyCNS,
			Qualifiers: []policyQualifier{{ID: oidUserNotice, Notice: notice{userNotice}}},
		},
		PolicyOther:    {Policy: oidPolicyOther},
		PolicyLombardy: {Policy: oidPolicyLombardy},
		PolicyCIE:      {Policy: oidPolicyCIE},
	}[p]
	der, err := asn1.Marshal([]policyInformation{info})
	if err != nil {
		panic("testpki: " + err.Error())
	}
	return []pkix.Extension{{Id: oidCertificatePolicies, Value: der}}
}
