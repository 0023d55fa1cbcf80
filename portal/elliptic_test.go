// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"testing"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// signEC makes a token as a card with an elliptic key does.
func signEC(t *testing.T, cert *x509.Certificate, key *ecdsa.PrivateKey, algorithm, forNonce string) members {
	t.Helper()
	r, s, err := ecdsa.Sign(rand.Reader, key, protocol.TokenDigestWith(algorithm, origin(t, site), forNonce))
	if err != nil {
		t.Fatal(err)
	}
	n := (key.Curve.Params().N.BitLen() + 7) / 8
	return newMembers(cert, algorithm, append(r.FillBytes(make([]byte, n)), s.FillBytes(make([]byte, n))...))
}

func TestAnEllipticSignatureThatDoesNotFitIsRefused(t *testing.T) {
	p256, key := pki.IssueEC(testpki.LeafOptions{}, elliptic.P256())
	p384, key384 := pki.IssueEC(testpki.LeafOptions{}, elliptic.P384())
	other, _ := pki.IssueEC(testpki.LeafOptions{}, elliptic.P256())
	_, rsaKey := pki.Issue(testpki.LeafOptions{})
	rsaCert, _ := pki.Issue(testpki.LeafOptions{})
	der, err := ecdsa.SignASN1(rand.Reader, key, protocol.TokenDigestWith("ES256", origin(t, site), nonce))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		token members
		want  portal.Reason
	}{
		"ES256 with a key on P-384":           {signEC(t, p384, key384, "ES256", nonce), portal.ReasonAlgorithm},
		"ES384 with a key on P-256":           {signEC(t, p256, key, "ES384", nonce), portal.ReasonAlgorithm},
		"ES256 with an RSA key":               {sign(t, rsaCert, rsaKey, origin(t, site), nonce).with("algorithm", "ES256"), portal.ReasonAlgorithm},
		"RS256 with a key on P-256":           {signEC(t, p256, key, "ES256", nonce).with("algorithm", "RS256"), portal.ReasonAlgorithm},
		"of another challenge":                {signEC(t, p256, key, "ES256", nonce+"x"), portal.ReasonSignature},
		"with the certificate of another key": {signEC(t, other, key, "ES256", nonce), portal.ReasonSignature},
		"in the form of ASN.1":                {newMembers(p256, "ES256", der), portal.ReasonSignature},
		"of zeros":                            {newMembers(p256, "ES256", make([]byte, 64)), portal.ReasonSignature},
		"of nothing but its first half":       {newMembers(p256, "ES256", der[:32]), portal.ReasonSignature},
	} {
		if _, err := verifier(t, nil).Verify(t.Context(), c.token.json(), origin(t, site), nonce); err == nil {
			t.Errorf("%s: accepted", name)
		} else {
			wantRefusal(t, err, c.want)
		}
	}
}

func TestATokenOfAnEllipticKeyIsAccepted(t *testing.T) {
	p256, key := pki.IssueEC(testpki.LeafOptions{}, elliptic.P256())
	p384, key384 := pki.IssueEC(testpki.LeafOptions{}, elliptic.P384())
	for name, token := range map[string]members{"ES256": signEC(t, p256, key, "ES256", nonce), "ES384": signEC(t, p384, key384, "ES384", nonce)} {
		if who, err := verifier(t, nil).Verify(t.Context(), token.json(), origin(t, site), nonce); err != nil || who.Name == "" {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
}
