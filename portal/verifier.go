// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// cnsPolicies are the certificate policies of the CNS: that of the national profile, and two that Lombardy used for the
// same purpose.
var cnsPolicies = []string{"1.3.76.16.2.1", "1.3.159.6.1.3.2.10", "1.3.76.12.1.1.10.2.2.10"}

// Sizes of RSA keys. The cards have 1024 and 2048; more than the largest only costs time.
const (
	smallestKey    = 2048
	smallestOldKey = 1024
	largestKey     = 4096
)

// Options of a Verifier. Only TrustAnchors or Trust is needed.
type Options struct {
	// TrustAnchors are the certificates of the authorities whose cards may log in. See ParseCertificates.
	TrustAnchors []*x509.Certificate
	// Trust names further trust anchors, which may change while the portal runs: portal/trustlist has one that follows
	// the national trusted list.
	Trust TrustSource
	// Intermediates are authorities between the trust anchors and the cards, where there are any.
	Intermediates []*x509.Certificate
	// Policies are the accepted certificate policies, as dotted numbers. Empty: 1.3.76.16.2.1 (CNS),
	// 1.3.159.6.1.3.2.10 and 1.3.76.12.1.1.10.2.2.10 (Lombardy's).
	Policies []string
	// AllowRSA1024 accepts the keys of old cards. Keys of that size are within reach of those who can afford to break
	// them: it is for portals that must serve such cards, until they expire.
	AllowRSA1024 bool
	// AllowInsecureLocalhost accepts http://localhost and http://127.0.0.1 as the portal's origin, for developers.
	AllowInsecureLocalhost bool
	// Revocation is asked last. Nil: revocation is not checked.
	Revocation Revocation
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// Revocation says whether a certificate was taken back by the authority that issued it.
type Revocation interface {
	// Check returns nil when the certificate is good, or may be taken as good. It is called only for a certificate that
	// issuer has signed and whose key has signed the login.
	Check(ctx context.Context, cert, issuer *x509.Certificate) error
}

// TrustSource names the authorities whose cards may log in at this moment.
type TrustSource interface {
	// TrustAnchors gives a pool that does not change any more and holds certificates of authorities only. It is called
	// for every token and must not wait. Nil: at this moment nobody is trusted.
	TrustAnchors() *x509.CertPool
}

// Verifier checks tokens. It does not change, and serves any number of goroutines.
type Verifier struct {
	roots, intermediates *x509.CertPool // roots is nil when there is only a source
	source               TrustSource
	policies             []x509.OID
	smallest             int
	localhost            bool
	revocation           Revocation
	now                  func() time.Time
}

// NewVerifier checks the options. It refuses to trust what is not the certificate of an authority.
func NewVerifier(o Options) (*Verifier, error) {
	if len(o.TrustAnchors) == 0 && o.Trust == nil {
		return nil, errors.New("no trust anchor: no card could log in")
	}
	v := &Verifier{
		source: o.Trust, intermediates: x509.NewCertPool(), smallest: smallestKey,
		localhost: o.AllowInsecureLocalhost, revocation: o.Revocation, now: o.Now,
	}
	if v.now == nil {
		v.now = time.Now
	}
	if o.AllowRSA1024 {
		v.smallest = smallestOldKey
	}
	if len(o.TrustAnchors) > 0 {
		v.roots = x509.NewCertPool()
		if err := addAuthorities(v.roots, o.TrustAnchors); err != nil {
			return nil, fmt.Errorf("trust anchors: %w", err)
		}
	}
	if err := addAuthorities(v.intermediates, o.Intermediates); err != nil {
		return nil, fmt.Errorf("intermediates: %w", err)
	}
	policies := o.Policies
	if len(policies) == 0 {
		policies = cnsPolicies
	}
	for _, p := range policies {
		oid, err := x509.ParseOID(p)
		if err != nil {
			return nil, fmt.Errorf("policy %q: %w", p, err)
		}
		v.policies = append(v.policies, oid)
	}
	return v, nil
}

// Verify checks a token against the portal's origin and the challenge that the portal issued for this login, and says
// who it is. The checks and their order are in the documentation of the package. A login that is not accepted gives a
// *Refusal. The caller makes sure that the nonce is its own, is fresh and is never accepted again: Login does that.
func (v *Verifier) Verify(ctx context.Context, tokenJSON []byte, origin protocol.Origin, nonce string) (Identity, error) {
	if !origin.Secure() && !(v.localhost && origin.Local()) {
		return Identity{}, refuse(ReasonOrigin, "the portal's own origin is not https")
	}
	if err := protocol.CheckNonce(nonce); err != nil {
		return Identity{}, refuse(ReasonNonceUnknown, err.Error())
	}
	t, err := parseToken(tokenJSON)
	if err != nil {
		return Identity{}, err
	}
	key, err := t.checkAlgorithm()
	if err != nil {
		return Identity{}, err
	}
	now := v.now()
	if err := v.checkCertificate(t.certificate, key, now); err != nil {
		return Identity{}, err
	}
	issuer, err := v.checkChain(t.certificate, now)
	if err != nil {
		return Identity{}, err
	}
	if err := t.checkSignature(key, origin, nonce); err != nil {
		return Identity{}, err
	}
	who, err := identify(t.certificate)
	if err != nil {
		return Identity{}, refuse(ReasonSubject, err.Error())
	}
	if v.revocation != nil {
		if err := v.revocation.Check(ctx, t.certificate, issuer); err != nil {
			return Identity{}, &Refusal{Reason: ReasonRevocation, Detail: clip(err.Error()), cause: err}
		}
	}
	return who, nil
}

// checkCertificate looks at what the certificate says, before asking who says it.
func (v *Verifier) checkCertificate(cert *x509.Certificate, key crypto.PublicKey, now time.Time) error {
	if key, ok := key.(*rsa.PublicKey); ok {
		if bits := key.N.BitLen(); bits < v.smallest || bits > largestKey {
			return refuse(ReasonKeySize, fmt.Sprintf("an RSA key of %d bits; accepted are %d to %d", bits, v.smallest, largestKey))
		}
	}
	switch {
	case cert.KeyUsage&x509.KeyUsageContentCommitment != 0:
		return refuse(ReasonKeyUsage, "nonRepudiation: a certificate for signatures, not for logging in")
	case cert.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return refuse(ReasonKeyUsage, "digitalSignature is missing")
	case cert.IsCA:
		return refuse(ReasonKeyUsage, "the certificate of an authority")
	}
	if !allowsClientAuth(cert) {
		return refuse(ReasonExtendedKeyUsage, "clientAuth is missing")
	}
	if !v.hasPolicy(cert) {
		return refuse(ReasonPolicy, "none of the policies of the CNS")
	}
	if now.Before(cert.NotBefore) {
		return refuse(ReasonNotYetValid, "valid from "+cert.NotBefore.UTC().Format(time.RFC3339))
	}
	if now.After(cert.NotAfter) {
		return refuse(ReasonExpired, "valid until "+cert.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}

// allowsClientAuth: no extendedKeyUsage at all, or one that names clientAuth. anyExtendedKeyUsage does not count, as in
// the Web eID validators.
func allowsClientAuth(cert *x509.Certificate) bool {
	for _, u := range cert.ExtKeyUsage {
		if u == x509.ExtKeyUsageClientAuth {
			return true
		}
	}
	return len(cert.ExtKeyUsage) == 0 && len(cert.UnknownExtKeyUsage) == 0
}

func (v *Verifier) hasPolicy(cert *x509.Certificate) bool {
	for _, p := range cert.Policies {
		for _, accepted := range v.policies {
			if p.Equal(accepted) {
				return true
			}
		}
	}
	return false
}
