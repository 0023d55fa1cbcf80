// SPDX-License-Identifier: BSD-3-Clause

package document

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Options of a Trust. Only TrustAnchors or Source is needed.
type Options struct {
	// TrustAnchors are the certificates of the authorities whose certificates may sign.
	TrustAnchors []*x509.Certificate
	// Source names further trust anchors, which may change while the program runs. portal/trustlist has one.
	Source Source
	// Intermediates are authorities between the trust anchors and the signers, beside those that a document brings along.
	Intermediates []*x509.Certificate
	// TimeAuthorities are the trust anchors of time stamp authorities. Without any no time stamp proves anything.
	TimeAuthorities []*x509.Certificate
	// Policies are the certificate policies of the CNS, as dotted numbers. Empty: CNSPolicies.
	Policies []string
	// AllowRSA1024 accepts the keys of old cards. See portal.Options.
	AllowRSA1024 bool
	// Revocation is asked last. Nil: revocation is not checked, and a note says so.
	Revocation Revocation
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// Source names the authorities that are trusted at this moment, as portal.TrustSource.
type Source interface {
	TrustAnchors() *x509.CertPool
}

// Revocation says whether a certificate was taken back by the authority that issued it, as portal.Revocation.
type Revocation interface {
	// Check returns nil when the certificate is good, or may be taken as good. An error that is a TakenBack says since
	// when it is not; any other means that nobody could say.
	Check(ctx context.Context, cert, issuer *x509.Certificate) error
}

// TakenBack is what an error of Revocation.Check has in its chain when the authority revoked or suspended a certificate.
type TakenBack interface {
	error
	Since() time.Time
	Suspended() bool // not for good
}

// Trust decides over the certificates of signatures. It does not change, and serves any number of goroutines.
type Trust struct {
	roots, times  *x509.CertPool // nil: none
	source        Source
	intermediates []*x509.Certificate
	policies      []x509.OID
	smallest      int
	revocation    Revocation
	now           func() time.Time
}

// NewTrust checks the options. It refuses to trust what is not the certificate of an authority.
func NewTrust(o Options) (*Trust, error) {
	if len(o.TrustAnchors) == 0 && o.Source == nil {
		return nil, errors.New("no trust anchor: no signature could be good")
	}
	t := &Trust{source: o.Source, intermediates: o.Intermediates, smallest: smallestKey, revocation: o.Revocation, now: o.Now}
	if t.now == nil {
		t.now = time.Now
	}
	if o.AllowRSA1024 {
		t.smallest = smallestOldKey
	}
	var err error
	if t.roots, err = poolOf(o.TrustAnchors); err != nil {
		return nil, fmt.Errorf("trust anchors: %w", err)
	}
	if t.times, err = poolOf(o.TimeAuthorities); err != nil {
		return nil, fmt.Errorf("anchors of time stamp authorities: %w", err)
	}
	if _, err = poolOf(o.Intermediates); err != nil {
		return nil, fmt.Errorf("intermediates: %w", err)
	}
	policies := o.Policies
	if len(policies) == 0 {
		policies = CNSPolicies()
	}
	if t.policies, err = parsePolicies(policies); err != nil {
		return nil, err
	}
	return t, nil
}

// poolOf makes a pool of authorities; nil for none. crypto/x509 would take any certificate in it as trusted, also that
// of a person.
func poolOf(certs []*x509.Certificate) (*x509.CertPool, error) {
	if len(certs) == 0 {
		return nil, nil
	}
	pool := x509.NewCertPool()
	for _, c := range certs {
		if c == nil {
			return nil, errors.New("a certificate is nil")
		}
		if !c.BasicConstraintsValid || !c.IsCA {
			return nil, fmt.Errorf("%.100q is not the certificate of an authority", c.Subject.CommonName)
		}
		pool.AddCert(c)
	}
	return pool, nil
}

func parsePolicies(dotted []string) ([]x509.OID, error) {
	var oids []x509.OID
	for _, p := range dotted {
		oid, err := x509.ParseOID(p)
		if err != nil {
			return nil, fmt.Errorf("policy %q: %w", p, err)
		}
		oids = append(oids, oid)
	}
	return oids, nil
}
