// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"log"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// A citizen sends an application that was signed with the card. Here the card is one of the tests, and revocation is not
// asked for.
func ExampleVerifyDocument() {
	pki := testpki.New()
	cert, key := pki.Issue(testpki.LeafOptions{})
	file := documenttest.Signer{Certificate: cert, Key: key}.P7M([]byte("Domanda di iscrizione"))

	trust, err := document.NewTrust(document.Options{TrustAnchors: []*x509.Certificate{pki.CA()}})
	if err != nil {
		log.Fatal(err)
	}
	report, err := portal.VerifyDocument(context.Background(), file, portal.DocumentOptions{Trust: trust})
	if refused, ok := portal.SummarizeRefusal(err, "en"); ok {
		log.Fatal(refused.Faults[0].Text) // it cannot be read, or nobody signed it
	}
	if err != nil {
		log.Fatal(err)
	}
	one := report.Summary("en").Signatures[0]
	fmt.Println(report.Good(), one.Signer.Name, one.Format, one.Level, one.Kind)
	fmt.Println(one.IntegrityText)
	// Output:
	// true GIADA PROVA ROSSINI CAdES B-B FEA
	// The document is whole and has not changed since it was signed.
}
