// SPDX-License-Identifier: EUPL-1.2

package protocol

import (
	"crypto/sha256"
	"fmt"
)

// TokenFormat is the format member of the tokens that Ponte makes.
const TokenFormat = "web-eid:1.0"

// AlgorithmRS256 is RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3).
const AlgorithmRS256 = "RS256"

// Token is the Web eID authentication token, version 1.0.
type Token struct {
	UnverifiedCertificate string `json:"unverifiedCertificate"` // base64 (standard, padded) of the DER certificate
	Algorithm             string `json:"algorithm"`
	Signature             string `json:"signature"` // base64 (standard, padded)
	Format                string `json:"format"`
	AppVersion            string `json:"appVersion,omitempty"`
}

// CheckNonce says why nonce cannot be the challenge of a login: 44 to 128 characters of printable ASCII.
func CheckNonce(nonce string) error {
	if len(nonce) < MinNonceLength || len(nonce) > MaxNonceLength {
		return Fail(InvalidArgument, fmt.Sprintf("challengeNonce: %d to %d characters, not %d", MinNonceLength, MaxNonceLength, len(nonce)))
	}
	for _, c := range []byte(nonce) {
		if c < '!' || c > '~' {
			return Fail(InvalidArgument, "challengeNonce: printable ASCII characters only")
		}
	}
	return nil
}

// TokenDigest is what the key of an RS256 token signs, already hashed:
// SHA-256(SHA-256(origin) || SHA-256(nonce)), 32 bytes (Web eID authentication token 1.0, "signature").
func TokenDigest(o Origin, nonce string) [sha256.Size]byte {
	origin, challenge := sha256.Sum256([]byte(o.String())), sha256.Sum256([]byte(nonce))
	return sha256.Sum256(append(origin[:], challenge[:]...))
}
