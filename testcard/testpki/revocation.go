// SPDX-License-Identifier: EUPL-1.2

package testpki

import (
	"crypto/x509"
	"math/big"
	"time"
)

// Reasons of revocation (RFC 5280 5.3.1) that matter for a TS-CNS: a lost card
// looks suspended (cns-card.md C).
const (
	ReasonKeyCompromise   = 1
	ReasonCertificateHold = 6
)

// Revocation is a certificate that the region's CA took back.
type Revocation struct {
	Serial *big.Int
	Reason int
	At     time.Time
}

// Revoke takes the certificate back for good.
func (p *PKI) Revoke(cert *x509.Certificate) { p.takeBack(cert, ReasonKeyCompromise) }

// Suspend takes the certificate back until further notice.
func (p *PKI) Suspend(cert *x509.Certificate) { p.takeBack(cert, ReasonCertificateHold) }

func (p *PKI) takeBack(cert *x509.Certificate, reason int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.revoked = append(p.revoked, Revocation{cert.SerialNumber, reason, p.now.Add(-24 * time.Hour)})
}

// Revoked lists what was revoked or suspended.
func (p *PKI) Revoked() []Revocation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Revocation(nil), p.revoked...)
}

// CRL is a revocation list of the region's CA in DER, good for a week from now.
func (p *PKI) CRL() []byte { return p.CRLWith(CRLOptions{}) }
