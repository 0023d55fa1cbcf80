// SPDX-License-Identifier: EUPL-1.2

package cns

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/iso7816"
)

// ErrKeyMismatch is returned when the card's key is not the one of its certificate.
var ErrKeyMismatch = errors.New("the card's key does not belong to its certificate")

// SignPKCS1 signs a digest with the authentication key, RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2). The PIN must have been
// verified in the same transaction. The signature is checked with pub, the key of the card's certificate: ErrKeyMismatch.
func (c *Card) SignPKCS1(pub *rsa.PublicKey, hash crypto.Hash, digest []byte) ([]byte, error) {
	block, err := encodePKCS1(pub.Size(), hash, digest)
	if err != nil {
		return nil, err
	}
	return c.signBlock(pub, block)
}

// SignPSS is SignPKCS1 with RSASSA-PSS (RFC 8017, section 8.1) and a salt as long as the digest.
func (c *Card) SignPSS(pub *rsa.PublicKey, hash crypto.Hash, digest []byte) ([]byte, error) {
	block, err := encodePSS(pub.N.BitLen(), hash, digest)
	if err != nil {
		return nil, err
	}
	return c.signBlock(pub, block)
}

func (c *Card) signBlock(pub *rsa.PublicKey, block []byte) ([]byte, error) {
	signature, err := c.rawRSA(pub.Size(), block)
	if err != nil {
		return nil, err
	}
	return signature, checkRaw(pub, signature, block)
}

// rawRSA is the private key operation on a block of k bytes that is padded already: MSE RESTORE of environment 3, MSE SET
// of the key, PSO DECIPHER with the padding indicator 00 (cns-card.md A6). Command chaining is refused by these cards,
// so a 2048-bit key needs an extended APDU: where the reader or card refuses it, ErrExtendedLength.
func (c *Card) rawRSA(k int, block []byte) ([]byte, error) {
	if _, err := c.do("MSE RESTORE", iso7816.Command{INS: iso7816.InsManageSecurityEnvironment, P1: 0xF3, P2: environment}); err != nil {
		return nil, err
	}
	set := iso7816.Command{INS: iso7816.InsManageSecurityEnvironment, P1: 0xF1, P2: 0xB8, Data: []byte{0x83, 0x01, refKey}}
	if _, err := c.do("MSE SET", set); err != nil {
		return nil, err
	}
	pso := iso7816.Command{INS: iso7816.InsPerformSecurityOperation, P1: 0x80, P2: 0x86, Data: append([]byte{0}, block...), Le: 256}
	if pso.Extended() {
		pso.Le = 65536
	}
	r, err := c.send(pso)
	if err != nil {
		return nil, fmt.Errorf("PSO DECIPHER: %w", err)
	}
	switch r.Status {
	case iso7816.OK:
	case iso7816.WrongLength, iso7816.ClassNotSupported:
		if pso.Extended() {
			return nil, fmt.Errorf("PSO DECIPHER: %w (%w)", ErrExtendedLength, r.Status)
		}
		return nil, fmt.Errorf("PSO DECIPHER: %w", r.Status)
	default:
		return nil, fmt.Errorf("PSO DECIPHER: %w", r.Status)
	}
	if len(r.Data) == 0 || len(r.Data) > k {
		return nil, fmt.Errorf("PSO DECIPHER gave %d bytes for a key of %d", len(r.Data), k)
	}
	signature := make([]byte, k) // some cards drop leading zeros
	copy(signature[k-len(r.Data):], r.Data)
	return signature, nil
}
