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

// environment is the security environment of the authentication key, in every layout (cns-card.md A6).
const environment = 3

// What MSE and PSO are told in P1 and P2 (cns-card.md A6).
const (
	templateDecipher = 0xB8 // confidentiality template
	templateSign     = 0xB6 // digital signature template
	psoDecipher      = 0x8086
	psoSign          = 0x9E9A
)

// SignPKCS1 signs a digest with the authentication key, RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2). The PIN must have been
// verified in the same transaction. The signature is checked with pub, the key of the card's certificate: ErrKeyMismatch.
func (c *Card) SignPKCS1(pub *rsa.PublicKey, hash crypto.Hash, digest []byte) ([]byte, error) {
	block, err := encodePKCS1(pub.Size(), hash, digest)
	if err != nil {
		return nil, err
	}
	if c.Kind.signs {
		return c.signInfo(pub, block, digestInfo(hash, digest))
	}
	signature, err := c.signBlock(pub, block)
	if !refused(err) {
		return signature, err
	}
	signature, fallback := c.signInfo(pub, block, digestInfo(hash, digest))
	if fallback != nil {
		return nil, fmt.Errorf("%w; then %w", err, fallback)
	}
	c.Kind.signs = true
	return signature, nil
}

// SignPSS is SignPKCS1 with RSASSA-PSS (RFC 8017, section 8.1) and a salt as long as the digest. A key that pads by itself
// cannot do it.
func (c *Card) SignPSS(pub *rsa.PublicKey, hash crypto.Hash, digest []byte) ([]byte, error) {
	block, err := encodePSS(pub.N.BitLen(), hash, digest)
	if err != nil {
		return nil, err
	}
	return c.signBlock(pub, block)
}

// signBlock is the private key operation on a block that is padded already. Command chaining is refused by these cards,
// so a 2048-bit key needs an extended APDU: where the reader or card refuses it, ErrExtendedLength.
func (c *Card) signBlock(pub *rsa.PublicKey, block []byte) ([]byte, error) {
	return c.withKey(templateDecipher, func() ([]byte, error) {
		return c.operate("PSO DECIPHER", pub, block, psoDecipher, append([]byte{0}, block...)) // 00: padding indicator
	})
}

// signInfo lets the card pad the digest info itself: the way of the specification for a key that may only sign. No real
// authentication key was seen to need it (cns-card.md A6), so it comes second. block is what the signature must be of.
func (c *Card) signInfo(pub *rsa.PublicKey, block, info []byte) ([]byte, error) {
	return c.withKey(templateSign, func() ([]byte, error) {
		return c.operate("PSO COMPUTE DIGITAL SIGNATURE", pub, block, psoSign, info)
	})
}

// withKey uses the key that MSE has set. A further signature of the same transaction needs the operation alone: the key
// stays set. A card that has forgotten it refuses the operation, or answers with another key's, and it is set again; no real
// card was asked yet which of them it does.
func (c *Card) withKey(template byte, operate func() ([]byte, error)) ([]byte, error) {
	if c.ready == template {
		signature, err := operate()
		if !refused(err) && !errors.Is(err, ErrKeyMismatch) {
			return signature, err
		}
	}
	c.ready = 0
	if err := c.prepareKey(template); err != nil {
		return nil, err
	}
	signature, err := operate()
	if err == nil {
		c.ready = template
	}
	return signature, err
}

// refused says that a key may be one for signatures only: these answers come before anything is computed.
func refused(err error) bool {
	for _, s := range []iso7816.Status{
		iso7816.ConditionsNotSatisfied, iso7816.WrongParameters, iso7816.ReferencedDataNotFound, iso7816.InstructionNotSupported,
	} {
		if errors.Is(err, s) {
			return true
		}
	}
	return false
}

// prepareKey makes the key's DF current, where it has one, and sets the key: MSE RESTORE and MSE SET (cns-card.md A6).
func (c *Card) prepareKey(template byte) error {
	l := c.layout()
	if l.keyDF != nil {
		if err := c.selectPath(l.keyDF); err != nil {
			return fmt.Errorf("selecting the key's DF: %w", err)
		}
	}
	restore := iso7816.Command{INS: iso7816.InsManageSecurityEnvironment, P1: 0xF3, P2: environment}
	if _, err := c.do("MSE RESTORE", restore); err != nil {
		return err
	}
	set := iso7816.Command{INS: iso7816.InsManageSecurityEnvironment, P1: 0xF1, P2: template, Data: []byte{0x83, 0x01, l.key}}
	_, err := c.do("MSE SET", set)
	return err
}

// operate is a PERFORM SECURITY OPERATION whose answer must be the signature of block.
func (c *Card) operate(name string, pub *rsa.PublicKey, block []byte, operation uint16, data []byte) ([]byte, error) {
	k := pub.Size()
	pso := iso7816.Command{INS: iso7816.InsPerformSecurityOperation, P1: byte(operation >> 8), P2: byte(operation), Data: data, Le: max(256, k)}
	if pso.Extended() {
		pso.Le = 65536
	}
	r, err := c.send(pso)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	switch r.Status {
	case iso7816.OK:
	case iso7816.WrongLength, iso7816.ClassNotSupported:
		if pso.Extended() {
			return nil, fmt.Errorf("%s: %w (%w)", name, ErrExtendedLength, r.Status)
		}
		return nil, fmt.Errorf("%s: %w", name, r.Status)
	default:
		return nil, fmt.Errorf("%s: %w", name, r.Status)
	}
	if len(r.Data) == 0 || len(r.Data) > k {
		return nil, fmt.Errorf("%s gave %d bytes for a key of %d", name, len(r.Data), k)
	}
	signature := make([]byte, k) // some cards drop leading zeros
	copy(signature[k-len(r.Data):], r.Data)
	return signature, checkRaw(pub, signature, block)
}
