// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"log"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func ExampleVerifier_Verify() {
	pki := testpki.New() // in production: the authorities of the Italian trusted list
	authorities, err := portal.ParseCertificates(pki.CAPEM())
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := portal.NewVerifier(portal.Options{TrustAnchors: authorities})
	if err != nil {
		log.Fatal(err)
	}
	origin, err := protocol.ParseOrigin("https://servizi.regione.example")
	if err != nil {
		log.Fatal(err)
	}
	nonce := portal.NewNonce()
	token := signedByCard(pki, origin, nonce)
	ctx := context.Background()

	who, err := verifier.Verify(ctx, token, origin, nonce)
	fmt.Println(who.FiscalCode, who.Name, who.Surname, who.CardNumber, err)

	_, err = verifier.Verify(ctx, token, origin, "another-challenge-that-is-as-long-as-a-real-one")
	fmt.Println(errors.Is(err, &portal.Refusal{Reason: portal.ReasonSignature}))
	// Output:
	// RSSGPR84S63H501C GIADA PROVA ROSSINI 7430010024925855 <nil>
	// true
}

// signedByCard does what agent and card do.
func signedByCard(pki *testpki.PKI, origin protocol.Origin, nonce string) []byte {
	cert, key := pki.Issue(testpki.LeafOptions{})
	digest := protocol.TokenDigest(origin, nonce)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		log.Fatal(err)
	}
	return newMembers(cert, protocol.AlgorithmRS256, signature).json()
}

func ExampleParseFiscalCode() {
	code, err := portal.ParseFiscalCode("RSSGPR84S63H501C")
	fmt.Println(code, err)
	_, err = portal.ParseFiscalCode("RSSGPR84S63H501D")
	fmt.Println(err)
	// Output:
	// RSSGPR84S63H501C <nil>
	// fiscal code with a wrong check letter
}
