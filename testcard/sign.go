// SPDX-License-Identifier: EUPL-1.2

package testcard

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
)

// authenticationEnvironment is that of the authentication key (cns-card.md A6).
const authenticationEnvironment = 0x03

// P1P2 of MSE and PSO (cns-card.md A6).
const (
	mseSetConfidentiality = 0xF1B8
	mseSetSignature       = 0xF1B6
	psoDecipher           = 0x8086
	psoSign               = 0x9E9A
)

// environment is the current security environment: lost with the power.
type environment struct {
	restored bool
	decipher bool // the key is set for PSO DECIPHER
	sign     bool // the key is set for PSO COMPUTE DIGITAL SIGNATURE
}

// manageEnvironment is MANAGE SECURITY ENVIRONMENT: RESTORE of environment 03,
// SET of the key of the layout.
func (c *Card) manageEnvironment(cmd command) answer {
	if cmd.p1 == 0xF3 {
		switch {
		case len(cmd.data) != 0:
			return sw(swLength)
		case cmd.p2 != authenticationEnvironment || c.outside():
			return sw(swNoObject)
		}
		c.env = environment{restored: true}
		return sw(swOK)
	}
	switch cmd.p12() {
	case mseSetConfidentiality, mseSetSignature:
	default:
		return sw(swParameters)
	}
	if len(cmd.data) != 3 || cmd.data[0] != 0x83 || cmd.data[1] != 1 {
		return sw(swData)
	}
	if cmd.data[2] != c.layout.key || c.outside() {
		return sw(swNoObject)
	}
	c.env.decipher = cmd.p12() == mseSetConfidentiality
	c.env.sign = !c.env.decipher
	return sw(swOK)
}

// performOperation is PERFORM SECURITY OPERATION.
func (c *Card) performOperation(cmd command) answer {
	switch cmd.p12() {
	case psoDecipher:
		return c.decipher(cmd.data)
	case psoSign:
		return c.computeSignature(cmd.data)
	}
	return sw(swParameters)
}

// decipher is the raw RSA private operation on a block that the host has padded,
// behind a padding indicator 00 (cns-card.md A6).
func (c *Card) decipher(data []byte) answer {
	k := c.key.Size()
	switch {
	case c.opts.Quirks.SignOnly, !c.env.restored, !c.env.decipher:
		return sw(swConditions)
	case !c.pin.verified:
		return sw(swNotPermitted)
	case !c.keyReached():
		return sw(swNotActivated)
	case len(data) != 1+k:
		return sw(swLength)
	case data[0] != 0:
		return sw(swData)
	}
	return c.rawRSA(data[1:])
}

// computeSignature pads the digest info itself, with block type 1. That an
// authentication key accepts it is unproved: only with Quirks.SignOnly.
func (c *Card) computeSignature(data []byte) answer {
	k := c.key.Size()
	switch {
	case !c.opts.Quirks.SignOnly, !c.env.restored, !c.env.sign:
		return sw(swConditions)
	case !c.pin.verified:
		return sw(swNotPermitted)
	case !c.keyReached():
		return sw(swNotActivated)
	case len(data) == 0 || len(data) > k*2/5: // ISO/IEC 7816-8: at most 40 % of the modulus
		return sw(swLength)
	}
	block := bytes.Repeat([]byte{0xFF}, k)
	block[0], block[1] = 0, 1
	block[k-len(data)-1] = 0
	copy(block[k-len(data):], data)
	return c.rawRSA(block)
}

// rawRSA is block^d mod n, always as long as the modulus.
func (c *Card) rawRSA(block []byte) answer {
	m := new(big.Int).SetBytes(block)
	if m.Cmp(c.key.N) >= 0 {
		return sw(swData)
	}
	c.rsaOperations++
	return answer{data: privateOperation(c.key, m).FillBytes(make([]byte, len(block))), status: swOK}
}

// privateOperation uses the Chinese remainders (RFC 8017, 5.1.2). It is not
// constant in time: this is a test card.
func privateOperation(key *rsa.PrivateKey, m *big.Int) *big.Int {
	if len(key.Primes) != 2 || key.Precomputed.Dp == nil {
		return new(big.Int).Exp(m, key.D, key.N)
	}
	p, q := key.Primes[0], key.Primes[1]
	m1 := new(big.Int).Exp(m, key.Precomputed.Dp, p)
	m2 := new(big.Int).Exp(m, key.Precomputed.Dq, q)
	h := m1.Sub(m1, m2)
	h.Mul(h, key.Precomputed.Qinv).Mod(h, p)
	return h.Mul(h, q).Add(h, m2)
}

// getChallenge is GET CHALLENGE: up to 256 random bytes, or 32 (cns-card.md A10).
func (c *Card) getChallenge(cmd command) answer {
	switch {
	case cmd.p12() != 0:
		return sw(swParameters)
	case len(cmd.data) != 0 || cmd.ne == 0 || cmd.ne > c.layout.challenge:
		return sw(swLength)
	}
	b := make([]byte, cmd.ne)
	rand.Read(b)
	return answer{data: b, status: swOK}
}
