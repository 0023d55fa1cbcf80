// SPDX-License-Identifier: EUPL-1.2

package testpki

import (
	"crypto/rand"
	"crypto/x509"
	"fmt"
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
func (p *PKI) CRL() []byte {
	list := &x509.RevocationList{
		Number:     big.NewInt(time.Now().Unix()),
		ThisUpdate: time.Now().Add(-time.Hour),
		NextUpdate: time.Now().Add(7 * 24 * time.Hour),
	}
	for _, r := range p.Revoked() {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: r.Serial, RevocationTime: r.At, ReasonCode: r.Reason,
		})
	}
	ca := p.must(RegionCA)
	der, err := x509.CreateRevocationList(rand.Reader, list, ca.cert, ca.key)
	if err != nil {
		panic(fmt.Sprintf("testpki: signing the revocation list: %v", err))
	}
	return der
}
