// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"slices"

	"github.com/ponte-cns/ponte/protocol"
)

// signatureHash is a hash function by its name in Web eID.
type signatureHash struct {
	name string
	hash crypto.Hash
}

// signatureHashes are those whose hashes are signed, the usual one first.
var signatureHashes = []signatureHash{{"SHA-256", crypto.SHA256}, {"SHA-384", crypto.SHA384}, {"SHA-512", crypto.SHA512}}

// algorithm is RSASSA-PKCS1-v1_5 as Web eID names it.
func algorithm(hashFunction string) protocol.SignatureAlgorithm {
	return protocol.SignatureAlgorithm{CryptoAlgorithm: "RSA", HashFunction: hashFunction, PaddingScheme: "PKCS1.5"}
}

func algorithms() (all []protocol.SignatureAlgorithm) {
	for _, h := range signatureHashes {
		all = append(all, algorithm(h.name))
	}
	return all
}

// oidDocumentSigning is id-kp-documentSigning (RFC 9336).
var oidDocumentSigning = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}

// forSignatures are extended key usages that do not forbid signatures of documents. A CNS certificate has clientAuth, and
// its signatures count as those of a FEA all the same.
var forSignatures = []x509.ExtKeyUsage{x509.ExtKeyUsageAny, x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection}

// mayNotSign says why documents are not signed with a certificate; nil: they are.
func (b *Bridge) mayNotSign(c *x509.Certificate) error {
	switch {
	case !b.Settings.SignaturesOn():
		return errSwitchedOff
	case c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0:
		return protocol.Because(protocol.SigningNotAllowed, protocol.ReasonKeyUsage, "keyUsage")
	case !usageAllows(c):
		return protocol.Because(protocol.SigningNotAllowed, protocol.ReasonKeyUsage, "extKeyUsage")
	case !slices.ContainsFunc(c.Policies, func(p x509.OID) bool { return slices.Contains(b.Settings.SignPolicies(), p.String()) }):
		return protocol.Because(protocol.SigningNotAllowed, protocol.ReasonPolicy, "certificatePolicies")
	}
	return nil
}

var errSwitchedOff = protocol.Because(protocol.SigningNotAllowed, protocol.ReasonSwitchedOff, "")

// usageAllows says that a certificate names no extended key usages, or one with which documents can be signed.
func usageAllows(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.ContainsFunc(c.ExtKeyUsage, func(u x509.ExtKeyUsage) bool { return slices.Contains(forSignatures, u) }) ||
		slices.ContainsFunc(c.UnknownExtKeyUsage, oidDocumentSigning.Equal)
}

// proven says that a signature is what it should be. Whatever has made it, none leaves the agent that does not fit.
func proven(c *x509.Certificate, hash crypto.Hash, digest, signature []byte) error {
	pub, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok || rsa.VerifyPKCS1v15(pub, hash, digest, signature) != nil {
		return protocol.Fail(protocol.KeyMismatch, "the signature does not fit the certificate")
	}
	return nil
}
