// SPDX-License-Identifier: EUPL-1.2

package protocol

import (
	"crypto"
	"crypto/sha256"
	_ "crypto/sha512" // SHA-384, for HashOf
	"fmt"
)

// TokenFormat is the format member of the tokens that Ponte makes.
const TokenFormat = "web-eid:1.0"

// Algorithms of a token (RFC 7518, sections 3.3 to 3.5). Those with an elliptic key are for cards that are not CNS.
const (
	AlgorithmRS256 = "RS256" // RSASSA-PKCS1-v1_5 with SHA-256
	AlgorithmPS256 = "PS256" // RSASSA-PSS with SHA-256
	AlgorithmES256 = "ES256" // ECDSA with P-256 and SHA-256
	AlgorithmES384 = "ES384" // ECDSA with P-384 and SHA-384
)

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

// HashOf is the hash of an algorithm of tokens; 0 for one that is none.
func HashOf(algorithm string) crypto.Hash {
	switch algorithm {
	case AlgorithmRS256, AlgorithmPS256, AlgorithmES256:
		return crypto.SHA256
	case AlgorithmES384:
		return crypto.SHA384
	}
	return 0
}

// TokenDigestWith is what the key of a token signs, already hashed: H(H(origin) || H(nonce)) with the hash of the algorithm
// (Web eID authentication token 1.0, "signature"); nil for what is no algorithm.
func TokenDigestWith(algorithm string, o Origin, nonce string) []byte {
	hash := HashOf(algorithm)
	if hash == 0 {
		return nil
	}
	sum := func(parts ...[]byte) []byte {
		h := hash.New()
		for _, p := range parts {
			_, _ = h.Write(p)
		}
		return h.Sum(nil)
	}
	return sum(sum([]byte(o.String())), sum([]byte(nonce)))
}

// TokenDigest is what the key of an RS256 token signs, already hashed:
// SHA-256(SHA-256(origin) || SHA-256(nonce)), 32 bytes (Web eID authentication token 1.0, "signature").
func TokenDigest(o Origin, nonce string) [sha256.Size]byte {
	origin, challenge := sha256.Sum256([]byte(o.String())), sha256.Sum256([]byte(nonce))
	return sha256.Sum256(append(origin[:], challenge[:]...))
}
