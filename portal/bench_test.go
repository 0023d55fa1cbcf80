// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"testing"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// BenchmarkVerifyToken verifies a token of an RSA-2048 card with everything at hand: a trust anchor, and a revocation
// answer that is known already.
func BenchmarkVerifyToken(b *testing.B) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	here := origin(b, site)
	token := sign(b, cert, key, here, nonce).json()
	v := verifier(b, func(o *portal.Options) {
		o.Revocation = revocation(func(context.Context, *x509.Certificate, *x509.Certificate) error { return nil })
	})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), token, here, nonce); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
}

// BenchmarkBareRSA is the floor: the two RSA verifications that a token cannot do without, that of the card over the
// challenge and that of the authority over the certificate.
func BenchmarkBareRSA(b *testing.B) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	m := sign(b, cert, key, origin(b, site), nonce)
	signature, err := base64.StdEncoding.DecodeString(m["signature"].(string))
	if err != nil {
		b.Fatal(err)
	}
	challenge, certificate := sha256.Sum256(signedData(site, nonce)), sha256.Sum256(cert.RawTBSCertificate)
	card, authority := cert.PublicKey.(*rsa.PublicKey), pki.CA().PublicKey.(*rsa.PublicKey)
	b.ReportAllocs()
	for b.Loop() {
		if err := rsa.VerifyPKCS1v15(card, crypto.SHA256, challenge[:], signature); err != nil {
			b.Fatal(err)
		}
		if err := rsa.VerifyPKCS1v15(authority, crypto.SHA256, certificate[:], cert.Signature); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
}

// BenchmarkChallengeMemory issues and redeems in the memory of the process.
func BenchmarkChallengeMemory(b *testing.B) {
	m := portal.NewMemory(portal.MemoryOptions{})
	b.ReportAllocs()
	for b.Loop() {
		n, err := m.Issue(b.Context(), "session")
		if err == nil {
			err = m.Redeem(b.Context(), "session", n)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "roundtrips/s")
}
