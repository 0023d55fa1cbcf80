// SPDX-License-Identifier: BSD-3-Clause

package document

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Sizes of keys. More than the largest only costs time; real certificates stop at 4096.
const (
	smallestKey    = 2048
	smallestOldKey = 1024
	largestKey     = 8192
	smallestCurve  = 256
)

// Judge decides over the certificate of a signature whose time stamps were judged before: it sets Kind and Chain and adds
// faults. others are certificates that came with the signature, in no order and of no authority by themselves. It asks
// about revocation only when nothing else is wrong with the signature: so only a genuine one makes a portal ask an
// authority.
func (t *Trust) Judge(ctx context.Context, s *Signature, others []*x509.Certificate) {
	if s.Certificate == nil {
		s.Add(Refuse(FaultNoCertificate, "the certificate of the signer is not there"))
		return
	}
	at, proven := s.ProvenTime()
	if !proven {
		at = t.now()
	}
	if s.ClaimedTime.After(t.now().Add(clockSkew)) {
		s.Notes = append(s.Notes, "the signer claims a time that is still to come")
	}
	t.checkKey(s)
	if !checkDates(s, at) {
		at = within(s.Certificate, at) // the chain is looked at nevertheless
	}
	chain, err := t.chain([]*x509.CertPool{t.roots, t.anchorsNow()}, s.Certificate, others, at, x509.ExtKeyUsageAny)
	if err != nil {
		s.AddError(err, FaultUntrusted)
		return
	}
	s.Chain, s.Kind = chain, kindOf(s.Certificate, t.policies)
	if !s.Good() {
		return
	}
	if t.revocation == nil {
		s.Notes = append(s.Notes, NoteNoRevocation)
		return
	}
	t.checkRevocation(ctx, s, at, proven)
}

// JudgeTime decides over the certificate of a time stamp that is in order otherwise: it sets Chain and adds faults. An
// authority that was revoked, at whatever time, proves nothing any more: its key may be in other hands (RFC 3161, 4).
func (t *Trust) JudgeTime(ctx context.Context, s *TimeStamp, others []*x509.Certificate) {
	chain, err := t.chain([]*x509.CertPool{t.times}, s.Certificate, others, s.Time, x509.ExtKeyUsageTimeStamping)
	if err != nil {
		s.Faults = append(s.Faults, Refuse(FaultTimeAuthority, err.Error()))
		return
	}
	s.Chain = chain
	if now := t.now(); s.Time.After(now.Add(clockSkew)) {
		s.Faults = append(s.Faults, Refuse(FaultTimeStamp, "a time that is still to come"))
		return
	}
	for i := range len(chain) - 1 {
		if t.revocation == nil {
			return
		}
		if err := t.revocation.Check(ctx, chain[i], chain[i+1]); err != nil {
			s.Faults = append(s.Faults, RefuseFor(FaultTimeAuthority, err))
			return
		}
	}
}

// NoteNoRevocation is the note of a signature that is good as far as is known: nobody was there to be asked.
const NoteNoRevocation = "revocation was not checked"

// clockSkew is by how much the clocks of the authorities and ours may differ.
const clockSkew = 5 * time.Minute

func (t *Trust) anchorsNow() *x509.CertPool {
	if t.source == nil {
		return nil
	}
	return t.source.TrustAnchors()
}

func (t *Trust) checkKey(s *Signature) {
	switch key := s.Certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		switch bits := key.N.BitLen(); {
		case bits < t.smallest:
			s.Add(Refuse(FaultWeakKey, fmt.Sprintf("an RSA key of %d bits; accepted are %d to %d", bits, t.smallest, largestKey)))
		case bits > largestKey:
			s.Add(Refuse(FaultTooLarge, fmt.Sprintf("an RSA key of %d bits; accepted are %d to %d", bits, t.smallest, largestKey)))
		}
	case *ecdsa.PublicKey:
		if bits := key.Curve.Params().BitSize; bits < smallestCurve {
			s.Add(Refuse(FaultWeakKey, fmt.Sprintf("a curve of %d bits", bits)))
		}
	default:
		s.Add(Refuse(FaultAlgorithm, "a key that is neither RSA nor of an elliptic curve"))
	}
	usage := s.Certificate.KeyUsage
	if usage != 0 && usage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		s.Add(Refuse(FaultKeyUsage, "neither digitalSignature nor nonRepudiation"))
	}
	if s.Certificate.IsCA {
		s.Add(Refuse(FaultKeyUsage, "the certificate of an authority"))
	}
}

func checkDates(s *Signature, at time.Time) bool {
	switch c := s.Certificate; {
	case at.Before(c.NotBefore):
		s.Add(Refuse(FaultNotYetValid, "valid from "+c.NotBefore.UTC().Format(time.RFC3339)))
	case at.After(c.NotAfter):
		s.Add(Refuse(FaultExpired, "valid until "+c.NotAfter.UTC().Format(time.RFC3339)))
	default:
		return true
	}
	return false
}

func within(c *x509.Certificate, at time.Time) time.Time {
	if at.Before(c.NotBefore) {
		return c.NotBefore
	}
	return c.NotAfter
}

// chain builds a chain to an anchor of one of the pools.
func (t *Trust) chain(pools []*x509.CertPool, cert *x509.Certificate, others []*x509.Certificate, at time.Time, usage x509.ExtKeyUsage) ([]*x509.Certificate, error) {
	if cert == nil {
		return nil, Refuse(FaultNoCertificate, "the certificate is not there")
	}
	if cert.SignatureAlgorithm == x509.SHA1WithRSA || cert.SignatureAlgorithm == x509.ECDSAWithSHA1 || cert.SignatureAlgorithm == x509.MD5WithRSA {
		return nil, Refuse(FaultUntrusted, "the authority signed the certificate with SHA-1 or MD5, which is not accepted any more")
	}
	between := x509.NewCertPool()
	for _, c := range append(append([]*x509.Certificate(nil), t.intermediates...), others...) {
		if key, ok := c.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > largestKey {
			continue // it comes from outside, and crypto/x509 would compute with it
		}
		between.AddCert(c) // crypto/x509 looks whether it is one of an authority
	}
	known := false
	for _, roots := range pools {
		if roots == nil { // crypto/x509 would take the roots of the system
			continue
		}
		known = true
		chains, err := cert.Verify(x509.VerifyOptions{
			Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{usage},
		})
		if err != nil {
			continue
		}
		if len(chains[0]) < 2 {
			return nil, Refuse(FaultUntrusted, "a trust anchor does not sign documents")
		}
		return chains[0], nil
	}
	if !known {
		return nil, Refuse(FaultUntrusted, "there is no list of trusted authorities at this moment")
	}
	return nil, Refuse(FaultUntrusted, fmt.Sprintf("no trusted authority issued the certificate; it names %.100q", cert.Issuer.CommonName))
}

// checkRevocation asks for each certificate of the chain but the anchor. What was taken back after a proven time does not
// touch the signature (ETSI EN 319 102-1, 5.5.4).
func (t *Trust) checkRevocation(ctx context.Context, s *Signature, at time.Time, proven bool) {
	for i := range len(s.Chain) - 1 {
		err := t.revocation.Check(ctx, s.Chain[i], s.Chain[i+1])
		if err == nil {
			continue
		}
		back, ok := errors.AsType[TakenBack](err)
		switch {
		case !ok:
			s.Add(RefuseFor(FaultRevocation, err))
		case proven && at.Before(back.Since()):
			s.Notes = append(s.Notes, "a certificate was taken back after the time stamp, on "+back.Since().UTC().Format(time.DateOnly))
		case back.Suspended():
			s.Add(RefuseFor(FaultSuspended, err))
		default:
			s.Add(RefuseFor(FaultRevoked, err))
		}
	}
}
