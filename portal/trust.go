// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// ParseCertificates reads a bundle of certificates in PEM, as Apache's SSLCACertificateFile. Comments between the
// certificates are skipped; a bundle without certificates, or with something else among them, is an error.
func ParseCertificates(bundle []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for n := 1; ; n++ {
		var block *pem.Block
		block, bundle = pem.Decode(bundle)
		if block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("block %d of the bundle is a %.40q, not a certificate", n, block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("reading certificate %d of the bundle: %w", n, err)
		}
		certs = append(certs, cert)
	}
	if bytes.Contains(bundle, []byte("-----BEGIN")) {
		return nil, fmt.Errorf("reading certificate %d of the bundle: damaged PEM", len(certs)+1)
	}
	if len(certs) == 0 {
		return nil, errors.New("no certificate in the bundle (PEM is needed)")
	}
	return certs, nil
}

// addAuthorities puts certificates in a pool. crypto/x509 would take any certificate in a pool of roots as trusted,
// also that of a person.
func addAuthorities(pool *x509.CertPool, certs []*x509.Certificate) error {
	for _, c := range certs {
		if c == nil {
			return errors.New("a certificate is nil")
		}
		if !c.BasicConstraintsValid || !c.IsCA {
			return fmt.Errorf("%.100q is not the certificate of an authority", c.Subject.CommonName)
		}
		pool.AddCert(c)
	}
	return nil
}

// checkChain builds a chain to a trust anchor and returns the certificate of the authority that issued cert.
func (v *Verifier) checkChain(cert *x509.Certificate, now time.Time) (*x509.Certificate, error) {
	if cert.SignatureAlgorithm == x509.SHA1WithRSA || cert.SignatureAlgorithm == x509.ECDSAWithSHA1 {
		return nil, refuse(ReasonChain, "the authority signed it with SHA-1, which is not accepted any more")
	}
	pools := []*x509.CertPool{v.roots}
	if v.source != nil {
		pools = append(pools, v.source.TrustAnchors())
	}
	known := false
	for _, roots := range pools {
		if roots == nil { // crypto/x509 would take the roots of the system
			continue
		}
		known = true
		chains, err := cert.Verify(x509.VerifyOptions{
			Roots:         roots,
			Intermediates: v.intermediates,
			CurrentTime:   now,
			KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny}, // checkCertificate has looked at it
		})
		if err != nil {
			continue
		}
		if len(chains[0]) < 2 {
			return nil, refuse(ReasonChain, "a trust anchor cannot log in")
		}
		return chains[0][1], nil
	}
	if !known {
		return nil, refuse(ReasonChain, "there is no list of trusted authorities at this moment")
	}
	return nil, refuse(ReasonChain, fmt.Sprintf("no trusted authority signed it; it names %.100q", cert.Issuer.CommonName))
}
