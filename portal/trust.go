// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
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
